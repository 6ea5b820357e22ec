"""What `project.celery` says of a project's Celery configuration; where Celery's own behaviour is the yardstick, Celery is run."""

from __future__ import annotations

import pytest

from taskguard import engine
from taskguard.project.celery.model import Route, Service
from taskguard.project.celery.routes import queue_by_route
from taskguard.project.celery.setting_names import meaning, names
from taskguard.project.values import ABSENT, Known, Name
from taskguard.settings.model import AppSetting, CelerySetting, Settings

APP = "from celery import Celery\napp = Celery('proj')\n"


def service_of(files: dict[str, str], settings: Settings = Settings()) -> Service:
    """The one app of a project."""
    services = engine.link(files, settings).celery.services
    assert len(services) == 1, services
    return services[0]


def configured(text: str, **files: str) -> Service:
    """The app of `proj/celery.py`, made and configured by `text`; further files by name, with `__` for `/` and `PACKAGE` for `__init__`."""
    made = {"proj/__init__.py": "", "proj/celery.py": APP + text}
    made |= {name.replace("__", "/").replace("PACKAGE", "__init__") + ".py": body for name, body in files.items()}
    return service_of(made)


def value(service: Service, name: str) -> object:
    held = service.conf.value(name)
    return held.value if held.known else held


# -- apps -----------------------------------------------------------------------------------------------------------------


def test_an_app_is_found_with_its_arguments():
    service = service_of(
        {"proj/celery.py": "import celery as c\nqueue_app = c.Celery('proj', broker='redis://h', include=['proj.jobs'])\n"}
    )
    assert (service.dotted, service.main) == ("proj.celery.queue_app", Known("proj"))
    assert value(service, "broker_url") == "redis://h"
    assert value(service, "include") == ["proj.jobs"]
    assert service.why_open == ""


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
                "from proj.factory import make_celery\n"
                "celery = make_celery(None)\n"
                "celery.conf.update(timezone='UTC')\n"
            ),
        }
    )
    assert set(service.names) == {"proj.worker.celery", "proj.factory.celery"}
    assert value(service, "task_default_queue") == "inner"
    assert value(service, "timezone") == "UTC"


def test_what_a_foreign_object_configures_is_open():
    service = configured("def init(flask_app):\n    app.conf.update(flask_app.config)\n")
    assert service.why_open
    assert not service.conf.value("task_default_queue").absent


def test_two_apps_of_one_repository_have_their_own_tasks():
    files = {
        "a/manage.py": "",
        "a/one/celery.py": APP,
        "a/one/tasks.py": "from celery import shared_task\n@shared_task\ndef job(): ...\n",
        "b/manage.py": "",
        "b/two/celery.py": APP,
        "b/two/tasks.py": "from celery import shared_task\n@shared_task\ndef job(): ...\n",
    }
    one, two = engine.link(files).celery.services
    assert [task.name.value for task in one.tasks] == ["one.tasks.job"]
    assert [task.name.value for task in two.tasks] == ["two.tasks.job"]


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
    other = project.celery.service("apps.b")
    assert other is not None
    assert [task.name.value for task in other.tasks] == ["x"]


def lambda_free() -> None:
    """A function for real Celery to make tasks of."""


def test_settings_give_an_app_its_import_roots():
    service = service_of(
        {"proj/celery.py": APP, "lib/tasks.py": ""}, Settings(apps=(AppSetting("proj.celery:app", ("lib",)),))
    )
    assert service.roots == ("lib",)


def test_an_app_in_a_test_is_told_apart():
    files = {"proj/celery.py": APP, "tests/test_x.py": APP}
    system = engine.link(files).celery
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
    setting = service.conf.get("task_default_queue")
    assert setting is not None and setting.places


DJANGO = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'proj.settings')\n",
    "proj/__init__.py": "",
    "proj/celery.py": APP + "app.config_from_object('django.conf:settings', namespace='CELERY')\napp.autodiscover_tasks()\n",
    "proj/settings.py": "CELERY_TASK_DEFAULT_QUEUE = 'mail'\nINSTALLED_APPS = ['shop']\n",
    "shop/__init__.py": "",
    "shop/tasks.py": "from celery import shared_task\n@shared_task\ndef job(): ...\n",
}


def test_django_settings_are_found_through_manage_py():
    service = service_of(DJANGO)
    assert service.namespace == "CELERY"
    assert value(service, "task_default_queue") == "mail"
    assert service.conf.value("timezone") is ABSENT


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
    assert [one.name for one in service.project.celery.django(service).modules] == [
        "proj.settings.production",
        "proj.settings.local",
    ]
    assert value(service, "task_default_queue") == "mail"
    timezone = service.conf.get("timezone")
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
    setting = service.conf.get("task_default_queue")
    assert setting is not None and not setting.known.known
    assert [place.guard for place in setting.places] == ["if"]


def test_with_a_namespace_the_version_decides_between_source_and_app():
    files = {**DJANGO, "proj/celery.py": DJANGO["proj/celery.py"] + "app.conf.task_default_queue = 'other'\n"}
    setting = service_of(files).conf.get("task_default_queue")
    assert setting is not None and not setting.known.known
    assert [place.direct for place in setting.places] == [False, True]


def test_without_one_the_app_wins():
    service = configured("app.config_from_object('proj.c')\napp.conf.timezone = 'CET'\n", proj__c="timezone = 'UTC'\n")
    assert value(service, "timezone") == "CET"


def test_an_unknown_source_leaves_the_configuration_open():
    assert configured("app.config_from_object('elsewhere.settings')\n").why_open
    assert configured("import os\napp.config_from_envvar('CONFIG')\n").why_open


def test_settings_that_celery_does_not_read():
    files = {
        **DJANGO,
        "proj/settings.py": (
            "CELERYBEAT_SCHEDULE = {}\nCELERY_TASK_DEFAULT_QEUE = 'x'\nTASK_ROUTES = {}\nCELERY_TIMEZONE = 'UTC'\nDEBUG = True\n"
        ),
    }
    dead = {(one.place.written, one.why, one.meant) for one in service_of(files).conf.dead}
    assert dead == {
        ("CELERYBEAT_SCHEDULE", "old", "CELERY_BEAT_SCHEDULE"),
        ("CELERY_TASK_DEFAULT_QEUE", "unknown", "CELERY_TASK_DEFAULT_QUEUE"),
        ("TASK_ROUTES", "unprefixed", "CELERY_TASK_ROUTES"),
    }
    bare = configured("app.config_from_object('proj.c')\n", proj__c="CELERY_TASK_ROUTES = {}\n")
    assert [(one.why, one.meant) for one in bare.conf.dead] == [("namespaced", "task_routes")]


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
    assert configured("class Base(app.Task): ...\napp.Task = Base\n").task_cls.value == Name("proj.celery.Base")
    service = service_of({"a.py": "from celery import Celery\napp = Celery('x', task_cls='b:Base')\n", "b.py": "class Base: ...\n"})
    assert service.task_cls.value == Name("b.Base")
    assert configured("").task_cls is ABSENT


# -- schedules ------------------------------------------------------------------------------------------------------------

ENTRY = "{'task': 'proj.tasks.add', 'schedule': 10, 'args': (1,)}"


@pytest.mark.parametrize(
    "text",
    [
        f"app.conf.beat_schedule = {{'add': {ENTRY}}}",
        f"app.conf.beat_schedule = dict(add={ENTRY})",
        f"app.conf.update(beat_schedule={{'add': {ENTRY}}})",
        f"app.conf.beat_schedule['add'] = {ENTRY}",
        f"app.conf.beat_schedule.update({{'add': {ENTRY}}})",
        f"app.conf.CELERYBEAT_SCHEDULE = {{'add': {ENTRY}}}",
        f"SCHEDULE = {{}}\nSCHEDULE['add'] = {ENTRY}\napp.conf.beat_schedule = SCHEDULE",
        f"SCHEDULE = {{}}\nif DEBUG:\n    SCHEDULE.update({{'add': {ENTRY}}})\napp.conf.beat_schedule = SCHEDULE",
        f"ONE = {{'add': {ENTRY}}}\napp.conf.beat_schedule = {{**ONE}}",
        f"def schedule():\n    return {{'add': {ENTRY}}}\napp.conf.beat_schedule = schedule()",
        f"def schedule():\n    made = {{}}\n    made['add'] = {ENTRY}\n    return made\napp.conf.beat_schedule = schedule()",
        f"from proj.c import NAMED\napp.conf.beat_schedule = NAMED\nX = {ENTRY}",
    ],
)
def test_an_entry_is_seen_wherever_it_stands(text: str):
    service = configured(text, proj__c=f"NAMED = {{'add': {ENTRY}}}\n")
    assert [(one.key.value, one.task.value, one.how) for one in service.beat] == [("add", "proj.tasks.add", "beat_schedule")]
    assert service.beat[0].schedule is not None


def test_an_entry_under_a_condition_in_a_settings_module():
    files = {
        **DJANGO,
        "proj/settings.py": f"CELERY_BEAT_SCHEDULE = {{}}\nif DEBUG:\n    CELERY_BEAT_SCHEDULE['x'] = {ENTRY}\n",
    }
    (entry,) = service_of(files).beat
    assert (entry.guard, entry.path, entry.key_span.line, entry.task_span.line) == ("if", "proj/settings.py", 3, 3)


def test_a_child_settings_module_adds_to_the_schedule():
    files = {
        **DJANGO,
        "manage.py": "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'proj.settings_live'\n",
        "proj/settings.py": f"CELERY_BEAT_SCHEDULE = {{'base': {ENTRY}}}\n",
        "proj/settings_live.py": f"from proj.settings import *\nCELERY_BEAT_SCHEDULE['live'] = {ENTRY}\n",
    }
    assert {one.key.value for one in service_of(files).beat} == {"base", "live"}


def test_periodic_tasks_that_a_handler_adds():
    service = configured(
        "from proj.tasks import add\n"
        "@app.on_after_configure.connect\n"
        "def setup(sender, **kwargs):\n"
        "    sender.add_periodic_task(10.0, add.s(1, 2), name='ten')\n"
        "    sender.add_periodic_task(crontab(hour=7), app.signature('proj.tasks.gone'), expires=10)\n",
        proj__tasks="from celery import shared_task\n@shared_task(name='adding')\ndef add(a, b): ...\n",
    )
    first, second = service.beat
    assert (first.key.value, first.task.value, first.how) == ("ten", "adding", "add_periodic_task")
    assert (second.key, second.task.value) == (ABSENT, "proj.tasks.gone")
    references = [(one.kind, one.name.value) for one in service.project.celery.references]
    assert ("add_periodic_task", "proj.tasks.gone") in references
    assert ("add_periodic_task", "adding") not in references


def test_an_entry_may_name_the_task_object():
    service = configured(
        "from proj.tasks import add\napp.conf.beat_schedule = {'x': {'task': add.name, 'schedule': 1}}\n",
        proj__tasks="from celery import shared_task\n@shared_task(name='adding')\ndef add(a, b): ...\n",
    )
    assert service.beat[0].task.value == "adding"


# -- routes and queues ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "routes",
    [
        "{'proj.tasks.add': {'queue': 'mail'}, 'proj.*': {'queue': 'rest'}}",
        "{'proj.*': {'queue': 'rest'}, 'proj.tasks.add': 'mail'}",
        "[{'other.*': {'queue': 'x'}}, {'proj.*': {'queue': 'mail'}}]",
        "([('proj.tasks.*', {'queue': 'mail'}), ('*', {'queue': 'rest'})],)",
        "{re.compile(r'proj\\.tasks\\..*'): {'queue': 'mail'}}",
    ],
)
def test_the_queue_that_routes_give_is_the_one_celery_takes(routes: str):
    import re

    celery = pytest.importorskip("celery")
    app = celery.Celery("x", set_as_current=False)
    app.conf.task_routes = eval(routes, {"re": re})
    real = app.amqp.router.route({}, "proj.tasks.add")
    service = configured(f"import re\napp.conf.task_routes = {routes}\n")
    assert queue_by_route(service, "proj.tasks.add").value == real["queue"].name == "mail"
    assert queue_by_route(service, "elsewhere.add").value in (None, "rest")


def test_a_router_function_makes_the_answer_unknown():
    service = configured("def route(name, args, kwargs, options, task=None, **kw): ...\napp.conf.task_routes = (route,)\n")
    assert [one.kind for one in service.routes] == ["function"]
    found = queue_by_route(service, "proj.tasks.add")
    assert not found.known and not found.absent


def test_an_earlier_route_answers_before_a_function():
    service = configured("def route(*a): ...\napp.conf.task_routes = [{'proj.tasks.add': {'queue': 'mail'}}, 'proj.routers.route', route]\n")
    assert queue_by_route(service, "proj.tasks.add").value == "mail"
    assert not queue_by_route(service, "proj.tasks.other").known


def test_no_routes_at_all():
    assert queue_by_route(configured(""), "proj.tasks.add") is ABSENT


def test_a_route_has_its_place():
    (route,) = configured("app.conf.task_routes = {\n    'proj.tasks.add': {'queue': 'mail'},\n}\n").routes
    assert isinstance(route, Route)
    assert (route.path, route.span.line, route.span.column, route.kind) == ("proj/celery.py", 4, 5, "exact")


@pytest.mark.parametrize(
    "text",
    [
        "from kombu import Queue\napp.conf.task_queues = (Queue('a'), Queue(name='b', routing_key='b.#'))",
        "from kombu import Queue\nNAMES = [Queue('a')]\nNAMES += [Queue('b')]\napp.conf.task_queues = NAMES",
        "from kombu import Queue\nNAMES = [Queue('a')]\nNAMES.append(Queue('b'))\napp.conf.task_queues = NAMES",
        "app.conf.task_queues = {'a': {'exchange': 'a'}, 'b': {}}",
    ],
)
def test_queues(text: str):
    service = configured(text)
    assert [one.name.value for one in service.queues] == ["a", "b"]
    assert service.queues_open == ""


def test_computed_queues_are_open():
    service = configured("from kombu import Queue\napp.conf.task_queues = [Queue(n) for n in NAMES]\n")
    assert service.queues_open


def test_queues_of_the_settings_count():
    files = {"proj/celery.py": APP}
    service = service_of(files, Settings(celery=CelerySetting(queues=("outside",))))
    assert [(one.name.value, one.path) for one in service.queues] == [("outside", "")]


# -- discovery ------------------------------------------------------------------------------------------------------------


def holds(service: Service, path: str) -> bool | None:
    return service.discovery.holds(service.project.modules[path])


def test_autodiscovery_over_installed_applications():
    files = {
        **DJANGO,
        "proj/settings.py": "INSTALLED_APPS = ['shop', 'stock.apps.StockConfig'] + ['late']\nINSTALLED_APPS += ['added']\n",
        "stock/apps.py": "class StockConfig:\n    name = 'stock'\n    def ready(self):\n        from stock import handlers\n",
        "stock/tasks.py": DJANGO["shop/tasks.py"],
        "stock/handlers.py": DJANGO["shop/tasks.py"],
        "late/tasks.py": DJANGO["shop/tasks.py"],
        "added/tasks.py": "from celery import shared_task\nfrom added.more import job\n",
        "added/more.py": DJANGO["shop/tasks.py"],
        "lost/tasks.py": DJANGO["shop/tasks.py"],
        "web/views.py": "from lost.tasks import job\n",
    }
    service = service_of(files)
    assert service.discovery.open == ""
    found = [path for path in files if path.endswith(("tasks.py", "more.py", "handlers.py")) and holds(service, path)]
    assert found == ["shop/tasks.py", "stock/tasks.py", "stock/handlers.py", "late/tasks.py", "added/tasks.py", "added/more.py"]
    assert holds(service, "lost/tasks.py") is False


def test_settings_that_build_upon_their_own_list():
    files = {
        **DJANGO,
        "proj/base.py": "INSTALLED_APPS = ['shop']\n",
        "proj/settings.py": "from proj.base import *\nINSTALLED_APPS = INSTALLED_APPS + ['more']\n",
        "more/tasks.py": DJANGO["shop/tasks.py"],
    }
    service = service_of(files)
    assert (holds(service, "shop/tasks.py"), holds(service, "more/tasks.py")) == (True, True)


def test_named_packages_and_related_names():
    task = DJANGO["shop/tasks.py"]
    service = configured(
        "app.autodiscover_tasks(['a', 'b.inner'], related_name='jobs')\napp.autodiscover_tasks(['c.jobs'], related_name=None)\n",
        a__jobs=task, b__inner__jobs=task, c__jobs=task, a__tasks=task,
    )  # fmt: skip
    assert [holds(service, path) for path in ("a/jobs.py", "b/inner/jobs.py", "c/jobs.py", "a/tasks.py")] == [True, True, True, False]


def test_imports_and_include():
    task = DJANGO["shop/tasks.py"]
    service = service_of(
        {
            "proj/celery.py": "from celery import Celery\napp = Celery('x', include=['a.one'])\napp.conf.imports = ('b.two',)\n",
            "a/one.py": "from celery import shared_task\nfrom .deep import job\n", "a/deep.py": task, "b/two.py": task, "b/three.py": task,
        }
    )  # fmt: skip
    assert [holds(service, path) for path in ("a/one.py", "a/deep.py", "b/two.py", "b/three.py")] == [True, True, True, False]


def test_a_package_shows_only_what_its_init_imports():
    task = DJANGO["shop/tasks.py"]
    service = configured(
        "app.autodiscover_tasks(['shop'])\n",
        shop__tasks__PACKAGE="from celery import shared_task\nfrom .mail import job\n", shop__tasks__mail=task, shop__tasks__lost=task,
    )  # fmt: skip
    assert (holds(service, "shop/tasks/mail.py"), holds(service, "shop/tasks/lost.py")) == (True, False)


def test_a_computed_import_withholds_the_verdict():
    task = DJANGO["shop/tasks.py"]
    service = configured(
        "app.autodiscover_tasks(['shop'])\n",
        shop__tasks__PACKAGE="import importlib, celery\nfor name in NAMES:\n    importlib.import_module(name)\n", shop__tasks__mail=task,
    )  # fmt: skip
    assert holds(service, "shop/tasks/mail.py") is None


def test_what_the_url_configuration_imports_is_imported_by_djangos_checks():
    files = {
        **DJANGO,
        "web/urls.py": "from web import views\n",
        "web/views.py": "from web.jobs import job\n",
        "web/jobs.py": DJANGO["shop/tasks.py"],
        "web/middleware.py": "from web.late import job\n",
        "web/late.py": DJANGO["shop/tasks.py"],
    }
    service = service_of(files)
    assert (holds(service, "web/jobs.py"), holds(service, "web/late.py")) == (True, False)
    assert service.discovery.by_checks(service.project.modules["web/jobs.py"])


def test_type_checking_and_function_imports_do_not_count():
    task = DJANGO["shop/tasks.py"]
    service = configured(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a.one\ndef later():\n    import a.two\n", a__one=task, a__two=task
    )
    assert (holds(service, "a/one.py"), holds(service, "a/two.py")) == (False, False)


# -- references -----------------------------------------------------------------------------------------------------------


def test_every_kind_of_reference():
    service = configured(
        f"app.conf.beat_schedule = {{'x': {ENTRY}}}\n"
        "app.conf.task_routes = {'routed.exact': {'queue': 'q'}, 'routed.*': {'queue': 'r'}}\n"
        "app.conf.task_annotations = {'annotated': {'rate_limit': '1/s'}, '*': {}}\n",
        proj__use=(
            "from celery import signature, current_app\n"
            "from proj.celery import app\n"
            "NAME = 'by.constant'\n"
            "def go():\n"
            "    app.send_task('sent')\n"
            "    current_app.send_task(NAME)\n"
            "    signature('signed')\n"
            "    app.signature('signed.by.app')\n"
            "    app.tasks['looked.up'].delay()\n"
        ),
        proj__rows=(
            "from django_celery_beat.models import PeriodicTask\n"
            "PeriodicTask.objects.update_or_create(name='a', defaults={'task': 'row.one'})\n"
            "PeriodicTask.objects.get_or_create(name='b', task='row.two')\n"
            "PeriodicTask(name='c', task='row.three').save()\n"
        ),
        proj__dicts="JOBS = [{'task': 'dict.job', 'every': 1}, {'task': 'a title'}]\n",
    )
    found = {(one.kind, one.name.value) for one in service.project.celery.references}
    assert found == {
        ("beat", "proj.tasks.add"), ("route", "routed.exact"), ("annotation", "annotated"), ("send_task", "sent"),
        ("send_task", "by.constant"), ("signature", "signed"), ("signature", "signed.by.app"), ("tasks-item", "looked.up"),
        ("periodic-task", "row.one"), ("periodic-task", "row.two"), ("periodic-task", "row.three"), ("schedule-dict", "dict.job"),
    }  # fmt: skip


def test_a_reference_stands_at_its_string():
    service = configured("app.send_task(\n    'sent')\n")
    (reference,) = service.project.celery.references
    assert (reference.span.line, reference.span.column, reference.service) == (4, 5, service)


def test_a_method_of_something_else_is_not_sure():
    (reference,) = configured("class A:\n    def f(self): self.client.send_task('x')\n").project.celery.references
    assert not reference.sure


def test_nothing_is_worked_out_before_it_is_asked_for():
    project = engine.link({"proj/celery.py": APP, "broken.py": "from celery import ((\n"})
    assert project.celery is project.celery
    assert project.celery.services[0].beat == ()
