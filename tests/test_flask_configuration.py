"""What Celery takes over of the whole configuration of a Flask application: `celery.conf.update(app.config)`."""

from __future__ import annotations

import pytest

from celery_projects import service_of, value
from taskguard.project.celery.configuration import configuration
from taskguard.project.python.values import Unknown

FLASK_CELERY = (
    "from celery import Celery\n"
    "def make_celery(app):\n"
    "    celery = Celery(app.import_name)\n"
    "    celery.conf.update(app.config)\n"
    "    return celery\n"
)
FLASK_CONFIGS = (
    "class Config:\n    CELERY_DEFAULT_QUEUE = 'mail'\n    CELERY_TIMEZONE = 'UTC'\n    SECRET = 'x'\n"
    "class Production(Config):\n    CELERY_TIMEZONE = 'Europe/London'\n"
    "configs = {'development': Config, 'production': Production}\n"
)


def flask_service(fills, config=FLASK_CONFIGS):
    """An app that takes over the configuration of a Flask application, which `fills` fills."""
    web = f"import os\nfrom flask import Flask\nfrom shop.settings import *\nfrom shop.queue import make_celery\nflask_app = Flask('shop')\n{fills}celery = make_celery(flask_app)\n"
    return service_of(
        {"shop/queue.py": FLASK_CELERY, "shop/settings.py": config, "shop/web.py": web, "shop/__init__.py": ""}
    )


def test_the_whole_configuration_of_flask_is_read_by_all_places_that_fill_it():
    service = flask_service("flask_app.config.from_object(Config)\nflask_app.config['CELERY_IGNORE_RESULT'] = True\n")
    assert value(service, "task_default_queue") == "mail"
    assert value(service, "timezone") == "UTC"
    assert value(service, "task_ignore_result") is True
    assert configuration(service).value("result_backend").absent
    assert configuration(service).open == ""


def test_of_the_classes_that_flask_may_take_only_what_all_agree_on_is_known():
    service = flask_service("flask_app.config.from_object(configs[os.environ['STAGE']])\n")
    assert value(service, "task_default_queue") == "mail"
    assert isinstance(configuration(service).value("timezone"), Unknown)
    assert configuration(service).open == ""


def test_the_default_of_a_factory_that_only_tests_hand_another_object_is_what_flask_takes():
    fills = "def create_app(app, settings=Config):\n    app.config.from_object(settings)\n    return app\n"
    assert configuration(flask_service(f"{fills}create_app()\n")).open == ""
    assert value(flask_service(f"{fills}create_app()\n"), "task_default_queue") == "mail"
    assert configuration(flask_service(f"{fills}create_app(os.environ['STAGE'])\n")).open


@pytest.mark.parametrize(
    "fills",
    [
        "flask_app.config.from_object(Config)\nflask_app.config['CELERY_DEFAULT_QUEUE'] = 'bulk'\n",
        "flask_app.config.from_object(Config)\nflask_app.config.update(CELERY_DEFAULT_QUEUE='bulk')\n",
        "flask_app.config.from_object(Config)\nflask_app.config.setdefault('CELERY_DEFAULT_QUEUE', 'bulk')\n",
        "if os.environ['STAGE']:\n    flask_app.config.from_object(Config)\n",
    ],
)
def test_a_key_that_flask_gets_in_several_ways_or_at_times_is_unknown(fills):
    assert isinstance(configuration(flask_service(fills)).value("task_default_queue"), Unknown)


@pytest.mark.parametrize(
    "fills",
    [
        "flask_app.config.from_envvar('SHOP_SETTINGS')\n",
        "flask_app.config.from_prefixed_env()\n",
        "flask_app.config.from_object(os.environ['STAGE'])\n",
        "flask_app.config.update(os.environ)\n",
        "flask_app.config[os.environ['KEY']] = 1\n",
    ],
)
def test_a_flask_configuration_that_code_does_not_show_is_open(fills):
    service = flask_service(f"flask_app.config.from_object(Config)\n{fills}")
    assert configuration(service).open
    assert not configuration(service).value("result_backend").absent
