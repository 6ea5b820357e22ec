"""Which broker a service talks to, as far as its configuration says."""

from __future__ import annotations

import pytest

from celery_projects import DJANGO, configured, service_of
from taskguard.project.celery.brokers import broker_of

URLS = {
    "'redis://localhost'": ("Redis", True),
    "'rediss://:secret@host:6379/0'": ("Redis", True),
    "'amqp://guest@host//'": ("RabbitMQ", True),
    "'pyamqp://'": ("RabbitMQ", True),
    "'sqs://'": ("SQS", True),
    "'mongodb://host'": ("mongodb", True),
    "['amqp://one', 'amqp://two']": ("RabbitMQ", True),
    "['amqp://one', 'redis://two']": ("", False),
    "f'redis://{unknown}:6379/0'": ("Redis", True),
    "'redis://' + unknown": ("Redis", True),
    "'redis://%s/0' % unknown": ("Redis", True),
    "'amqp://{}'.format(unknown)": ("RabbitMQ", True),
    "'redis://a' if unknown else 'redis://b'": ("Redis", True),
    "'redis://a' if unknown else 'amqp://b'": ("", False),
    "os.environ.get('X', 'redis://localhost')": ("Redis", False),
    "os.getenv('X', default='amqp://localhost')": ("RabbitMQ", False),
    "os.environ['REDIS_URL']": ("Redis", False),
    "os.environ.get('RABBITMQ_URL')": ("RabbitMQ", False),
    "os.environ.get('REDIS_URL', 'amqp://localhost')": ("", False),
    "os.environ.get('X')": ("", False),
    "os.environ[unknown]": ("", False),
    "env.str('X', 'redis://localhost')": ("Redis", False),
    "get_redis_url()": ("Redis", False),
    "settings.RABBITMQ_URL": ("RabbitMQ", False),
    "str(URL)": ("Redis", True),
    "URL.rstrip('/')": ("Redis", True),
    "URL": ("Redis", True),
    "unknown or 'redis://localhost'": ("Redis", False),
    "unknown": ("", False),
    "3": ("", False),
}


@pytest.mark.parametrize("text", URLS)
def test_a_broker_is_told_by_what_its_url_begins_with(text: str) -> None:
    before = "import os\nfrom elsewhere import unknown, settings, get_redis_url, env\nURL = 'redis://localhost/'\n"
    found = broker_of(configured(f"{before}app.conf.broker_url = {text}\n"))
    assert (found.kind, found.sure) == URLS[text]
    assert bool(found.why) is not bool(found.kind)


def test_two_brokers_and_none_are_not_told() -> None:
    for text in (
        "",
        "app.conf.broker_read_url = 'redis://'\napp.conf.broker_url = 'redis://'",
        "app.config_from_object(unknown)",
    ):
        assert broker_of(configured(text)).kind == ""


def test_settings_of_django_and_deployment_files_say_it() -> None:
    settings = "import os\nCELERY_BROKER_URL = os.environ.get('QUEUE')\n"
    assert broker_of(service_of({**DJANGO, "proj/settings.py": settings})).kind == ""
    settings = "import os\nREDIS = 'redis://a'\nCELERY_BROKER_URL = REDIS\n"
    assert broker_of(service_of({**DJANGO, "proj/settings.py": settings})).kind == "Redis"


def test_a_setting_that_leads_to_itself_ends() -> None:
    flask = "from flask import Flask\nflask_app = Flask('x')\nflask_app.config['URL'] = flask_app.config['URL']\n"
    assert broker_of(configured(f"{flask}app.conf.broker_url = flask_app.config['URL']\n")).kind == ""
