"""What `celery_of(project)` says of a project's Celery configuration; where Celery's own behaviour is the yardstick, Celery is run."""

from __future__ import annotations

import pytest

from celery_projects import APP, DJANGO, configured, service_of, value
from taskguard import engine
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.django import settings_modules
from taskguard.project.celery.registered import tasks_of
from taskguard.project.celery.setting_names import meaning, names
from taskguard.project.celery.system import celery_of
from taskguard.project.celery.task_class import task_class_of
from taskguard.project.python.values import ABSENT, Known, Name
from taskguard.settings.model import AppSetting, Settings

# -- apps -----------------------------------------------------------------------------------------------------------------


def test_an_app_is_found_with_its_arguments():
    service = service_of(
        {
            "proj/celery.py": "import celery as c\nqueue_app = c.Celery('proj', broker='redis://h', include=['proj.jobs'])\n"
        }
    )
    assert (service.dotted, service.main) == ("proj.celery.queue_app", Known("proj"))
    assert value(service, "broker_url") == "redis://h"
    assert value(service, "include") == ["proj.jobs"]
    assert configuration(service).open == ""


def test_an_app_made_by_a_factory_is_one_app_configured_inside_and_outside():
    service = service_of(
        {
            "proj/factory.py": (
                "from celery import Celery\n"
                "def make_celery(flask_app):\n"
                "    celery = Celery(flask_app.import_name)\n"
                "    celery.conf.task_default_queue = 'inner'\n"
                "    class ContextTask(celery.Task):\n"
                "        pass\n"
                "    celery.Task = ContextTask\n"
                "    return celery\n"
            ),
            "proj/worker.py": (
                "from proj.factory import make_celery\ncelery = make_celery(None)\ncelery.conf.update(timezone='UTC')\n"
            ),
        }
    )
    assert set(service.names) == {"proj.worker.celery", "proj.factory.celery"}
    assert value(service, "task_default_queue") == "inner"
    assert value(service, "timezone") == "UTC"


def test_what_a_foreign_object_configures_is_open():
    service = configured("def init(flask_app):\n    app.conf.update(flask_app.config)\n")
    assert configuration(service).open
    assert not configuration(service).value("task_default_queue").absent


def test_two_apps_of_one_repository_have_their_own_tasks():
    files = {
        "a/manage.py": "",
        "a/one/celery.py": APP,
        "a/one/tasks.py": "from celery import shared_task\n@shared_task\ndef job(): ...\n",
        "b/manage.py": "",
        "b/two/celery.py": APP,
        "b/two/tasks.py": "from celery import shared_task\n@shared_task\ndef job(): ...\n",
    }
    one, two = celery_of(engine.link(files)).services
    assert [task.name.value for task in tasks_of(one)] == ["one.tasks.job"]
    assert [task.name.value for task in tasks_of(two)] == ["two.tasks.job"]


def test_a_task_of_one_app_is_registered_with_the_others_too():
    celery = pytest.importorskip("celery")
    first, second = celery.Celery("a", set_as_current=False), celery.Celery("b", set_as_current=False)
    first.task(name="taskguard.x")(lambda_free)
    first.task(name="taskguard.y", shared=False)(lambda_free)
    second.finalize()
    assert "taskguard.x" in second.tasks
    assert "taskguard.y" not in second.tasks
    text = (
        "from celery import Celery\na = Celery('a')\nb = Celery('b')\n"
        "@a.task(name='x')\ndef x(): ...\n@a.task(name='y', shared=False)\ndef y(): ...\n"
    )
    project = engine.link({"apps.py": text})
    other = celery_of(project).service("apps.b")
    assert other is not None
    assert [task.name.value for task in tasks_of(other)] == ["x"]


def lambda_free() -> None:
    """A function for real Celery to make tasks of."""


def test_settings_give_an_app_its_import_roots():
    service = service_of(
        {"proj/celery.py": APP, "lib/tasks.py": ""}, Settings(apps=(AppSetting("proj.celery:app", ("lib",)),))
    )
    assert service.roots == ("lib",)


def test_an_app_in_a_test_is_told_apart():
    files = {"proj/celery.py": APP, "tests/test_x.py": APP}
    system = celery_of(engine.link(files))
    assert [one.path for one in system.live] == ["proj/celery.py"]


# -- settings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "app.conf.task_default_queue = 'mail'",
        "app.conf['task_default_queue'] = 'mail'",
        "app.conf.update(task_default_queue='mail')",
        "app.conf.update({'task_default_queue': 'mail'})",
        "app.conf.update(**{'task_default_queue': 'mail'})",
        "OPTIONS = dict(task_default_queue='mail')\napp.conf.update(OPTIONS)",
        "setattr(app.conf, 'task_default_queue', 'mail')",
        "conf = app.conf\nconf.task_default_queue = 'mail'",
        "conf = app.conf\nconf['task_default_queue'] = 'mail'",
        "conf = app.conf\nconf.update(task_default_queue='mail')",
        "other = app\nother.conf.task_default_queue = 'mail'",
        "app.conf.CELERY_DEFAULT_QUEUE = 'mail'",
        "app.add_defaults({'task_default_queue': 'mail'})",
        "class Config:\n    task_default_queue = 'mail'\napp.config_from_object(Config)",
        "class Config:\n    task_default_queue = 'mail'\napp.config_from_object(Config())",
        "class Base:\n    task_default_queue = 'mail'\nclass Config(Base): ...\nconf = Config()\napp.config_from_object(conf)",
        "class Config:\n    CELERY_DEFAULT_QUEUE = 'mail'\napp.config_from_object(Config)",
        "app.config_from_object({'task_default_queue': 'mail'})",
        "app.config_from_object('proj.conf')",
        "app.config_from_object('proj.conf:Nested')",
        "from proj import conf\napp.config_from_object(conf)",
        "import proj.conf\napp.config_from_object(proj.conf)",
        "app.config_from_object('proj.old')",
        "app.config_from_object('proj.spaced', namespace='QUEUE')",
    ],
)
def test_a_setting_is_read_in_whatever_way_it_is_given(text: str):
    service = configured(
        text,
        proj__conf="task_default_queue = 'mail'\nclass Nested:\n    task_default_queue = 'mail'\n",
        proj__old="CELERY_DEFAULT_QUEUE = 'mail'\n",
        proj__spaced="QUEUE_TASK_DEFAULT_QUEUE = 'mail'\n",
    )
    assert value(service, "task_default_queue") == "mail"
    setting = configuration(service).get("task_default_queue")
    assert setting is not None and setting.places


def test_django_settings_are_found_through_manage_py():
    service = service_of(DJANGO)
    assert configuration(service).namespace == "CELERY"
    assert value(service, "task_default_queue") == "mail"
    assert configuration(service).value("timezone") is ABSENT


def test_django_settings_are_found_by_convention():
    service = service_of({**DJANGO, "manage.py": ""})
    assert value(service, "task_default_queue") == "mail"


def test_a_settings_package_is_read_through_star_imports():
    files = {name: text for name, text in DJANGO.items() if name != "proj/settings.py"}
    files |= {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'proj.settings.production')\n",
        "proj/settings/__init__.py": "",
        "proj/settings/base.py": "CELERY_TASK_DEFAULT_QUEUE = 'mail'\nCELERY_TIMEZONE = 'UTC'\n",
        "proj/settings/production.py": "from .base import *\nCELERY_TIMEZONE = 'CET'\n",
        "proj/settings/local.py": "from .base import *\n",
        "proj/settings/storage.py": "BUCKET = 'x'\n",
    }
    service = service_of(files)
    assert [one.name for one in settings_modules(service).modules] == [
        "proj.settings.production",
        "proj.settings.local",
    ]
    assert value(service, "task_default_queue") == "mail"
    timezone = configuration(service).get("timezone")
    assert timezone is not None and not timezone.known.known
    assert {place.path for place in timezone.places} == {"proj/settings/production.py", "proj/settings/base.py"}


def test_settings_classes_are_read_with_their_bases():
    files = {
        **DJANGO,
        "proj/settings.py": (
            "class Base:\n    CELERY_TIMEZONE = 'UTC'\n    CELERY_TASK_DEFAULT_QUEUE = 'x'\n"
            "class Live(Base):\n    CELERY_TASK_DEFAULT_QUEUE = 'mail'\nLive.load_settings(__name__)\n"
        ),
    }
    assert value(service_of(files), "timezone") == "UTC"


def test_a_condition_makes_a_value_unknown_and_keeps_its_places():
    service = configured("if DEBUG:\n    app.conf.task_default_queue = 'a'\n")
    setting = configuration(service).get("task_default_queue")
    assert setting is not None and not setting.known.known
    assert [place.guard for place in setting.places] == ["if"]


def test_with_a_namespace_the_version_decides_between_source_and_app():
    files = {**DJANGO, "proj/celery.py": DJANGO["proj/celery.py"] + "app.conf.task_default_queue = 'other'\n"}
    setting = configuration(service_of(files)).get("task_default_queue")
    assert setting is not None and not setting.known.known
    assert [place.direct for place in setting.places] == [False, True]


def test_without_one_the_app_wins():
    service = configured("app.config_from_object('proj.c')\napp.conf.timezone = 'CET'\n", proj__c="timezone = 'UTC'\n")
    assert value(service, "timezone") == "CET"


def test_an_unknown_source_leaves_the_configuration_open():
    assert configuration(configured("app.config_from_object('elsewhere.settings')\n")).open
    assert configuration(configured("import os\napp.config_from_envvar('CONFIG')\n")).open


@pytest.mark.parametrize(
    "text",
    [
        "C = 'proj.celery:C'\napp.config_from_object(C)",
        "a = b\nb = a\na.conf.timezone = 'UTC'\napp.config_from_object(a)",
        "class C(C): ...\napp.config_from_object(C)",
    ],
)
def test_a_configuration_that_leads_to_itself_ends(text: str):
    assert configuration(configured(text)).value("task_routes").value is None


def test_settings_that_celery_does_not_read():
    files = {
        **DJANGO,
        "proj/settings.py": (
            "CELERYBEAT_SCHEDULE = {}\nCELERY_TASK_DEFAULT_QEUE = 'x'\nTASK_ROUTES = {}\nCELERY_TIMEZONE = 'UTC'\nDEBUG = True\n"
        ),
    }
    dead = {(one.place.written, one.why, one.meant) for one in configuration(service_of(files)).dead}
    assert dead == {
        ("CELERYBEAT_SCHEDULE", "old", "CELERY_BEAT_SCHEDULE"),
        ("CELERY_TASK_DEFAULT_QEUE", "unknown", "CELERY_TASK_DEFAULT_QUEUE"),
        ("TASK_ROUTES", "unprefixed", "CELERY_TASK_ROUTES"),
    }
    bare = configured("app.config_from_object('proj.c')\n", proj__c="CELERY_TASK_ROUTES = {}\n")
    assert [(one.why, one.meant) for one in configuration(bare).dead] == [("namespaced", "task_routes")]


def test_the_table_of_settings_is_celerys_own():
    defaults = pytest.importorskip("celery.app.defaults")
    assert names().new >= defaults.SETTING_KEYS
    assert {old: new for old, new in names().old.items() if old in defaults._TO_NEW_KEY} == defaults._TO_NEW_KEY


@pytest.mark.parametrize(
    ("written", "namespace"),
    [
        ("CELERY_TASK_DEFAULT_QUEUE", "CELERY"), ("task_default_queue", "CELERY"), ("celery_task_default_queue", "CELERY"),
        ("celery_task_default_queue", "celery"), ("CELERY_TASK_DEFAULT_QUEUE", "celery"), ("TASK_DEFAULT_QUEUE", "CELERY"),
        ("CELERY_DEFAULT_QUEUE", None), ("TASK_DEFAULT_QUEUE", None), ("CELERY_TASK_DEFAULT_QUEUE", None),
        ("task_default_queue", None), ("CELERY__TASK_DEFAULT_QUEUE", "CELERY_"), ("CELERY_TASK_DEFAULT_QUEUE", "CELERY_"),
    ],
)  # fmt: skip
def test_a_name_is_live_where_celery_reads_it(written: str, namespace: str | None):
    celery = pytest.importorskip("celery")
    app = celery.Celery("x", set_as_current=False)
    app.config_from_object({written: "seen"}, namespace=namespace)
    setting, why = meaning(written, namespace)
    assert (setting == "task_default_queue" and not why) == (app.conf.task_default_queue == "seen")


def test_the_apps_own_task_class():
    assert task_class_of(configured("class Base(app.Task): ...\napp.Task = Base\n")).value == Name("proj.celery.Base")
    service = service_of(
        {"a.py": "from celery import Celery\napp = Celery('x', task_cls='b:Base')\n", "b.py": "class Base: ...\n"}
    )
    assert task_class_of(service).value == Name("b.Base")
    assert task_class_of(configured("")) is ABSENT


def test_a_flask_configuration_is_followed():
    service = service_of(
        {
            "web/__init__.py": (
                "from celery import Celery\nfrom flask import Flask\n"
                "def celery_init_app(app):\n"
                "    celery_app = Celery(app.name)\n"
                "    celery_app.config_from_object(app.config['CELERY'])\n"
                "    celery_app.set_default()\n"
                "    return celery_app\n"
                "def create_app():\n"
                "    app = Flask(__name__)\n"
                "    app.config.from_mapping(CELERY=dict(task_ignore_result=True, task_default_queue='mail'))\n"
                "    celery_init_app(app)\n"
                "    return app\n"
            )
        }
    )
    assert value(service, "task_default_queue") == "mail"
    assert configuration(service).open == ""


def test_the_dict_that_a_function_gives_back_is_a_configuration_object():
    service = configured(
        "def settings():\n    queue = 'mail'\n    return {'task_default_queue': 'mail', 'timezone': 'UTC'}\napp.config_from_object(settings())\n"
    )
    assert value(service, "task_default_queue") == "mail"
    assert configuration(service).open == ""
    either = configured(
        "def settings(x):\n    if x:\n        return {'timezone': 'UTC'}\n    return {}\napp.config_from_object(settings(1))\n"
    )
    assert configuration(either).open


def test_a_factory_of_another_file_need_not_be_named_after_celery():
    files = {
        "core/factory.py": "from celery import Celery\ndef build(name):\n    app = Celery(name)\n    return app\n",
        "core/worker.py": "from core.factory import build\nqueue = build('x')\nqueue.conf.task_default_queue = 'mail'\n@queue.task\ndef f(): ...\n",
    }
    service = service_of(files)
    assert service.dotted == "core.worker.queue"
    assert value(service, "task_default_queue") == "mail"
    assert [task.name.value for task in tasks_of(service)] == ["core.worker.f"]


def test_settings_name_an_app_that_foreign_code_makes():
    files = {
        "proj/w.py": "from lib import build\nqueue = build()\nqueue.conf.timezone = 'UTC'\n@queue.task\ndef f(): ...\n"
    }
    assert celery_of(engine.link(files)).services == ()
    service = service_of(files, Settings(apps=(AppSetting("proj.w:queue"),)))
    assert value(service, "timezone") == "UTC"
    assert configuration(service).open
    assert [task.name.value for task in tasks_of(service)] == ["proj.w.f"]


def test_an_app_that_configures_itself():
    service = service_of(
        {
            "w.py": (
                "from celery import Celery\n"
                "class App(Celery):\n"
                "    def init_app(self, flask_app):\n"
                "        self.conf.timezone = 'UTC'\n"
                "        self.config_from_object(flask_app.config['CELERY'])\n"
                "app = App()\n"
            )
        }
    )
    assert not configuration(service).value("timezone").absent
    assert configuration(service).open


def test_an_app_of_a_foreign_class_may_be_configured_there():
    service = service_of({"w.py": "from lib.celery import OurCelery\napp = OurCelery()\n@app.task\ndef f(): ...\n"})
    assert configuration(service).open


def test_a_settings_module_that_is_not_there_is_not_guessed():
    files = {
        "proj/celery.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'proj.settings')\n"
        + DJANGO["proj/celery.py"],
        "proj/views/settings.py": "from proj.models import *\n",
    }
    service = service_of(files)
    assert configuration(service).open
    assert settings_modules(service).modules == ()
