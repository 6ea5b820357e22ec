"""Which modules a worker imports, and which places name a task by a string."""

from __future__ import annotations

import pytest

from celery_projects import APP, DJANGO, ENTRY, TASK, configured, service_of
from taskguard import engine
from taskguard.project.celery.discovery import discovery_of
from taskguard.project.celery.model import Service
from taskguard.project.celery.references import references_of
from taskguard.project.celery.schedules import beat_of
from taskguard.project.celery.system import celery_of

# -- discovery ------------------------------------------------------------------------------------------------------------


def holds(service: Service, path: str) -> bool | None:
    return discovery_of(service).holds(service.project.modules[path])


def test_autodiscovery_over_installed_applications():
    files = {
        **DJANGO,
        "proj/settings.py": "INSTALLED_APPS = ['shop', 'stock.apps.StockConfig'] + ['late']\nINSTALLED_APPS += ['added']\n",
        "stock/apps.py": "class StockConfig:\n    name = 'stock'\n    def ready(self):\n        from stock import handlers\n",
        "stock/tasks.py": TASK,
        "stock/handlers.py": TASK,
        "late/tasks.py": TASK,
        "added/tasks.py": "from celery import shared_task\nfrom added.more import job\n",
        "added/more.py": TASK,
        "lost/tasks.py": TASK,
        "web/views.py": "from lost.tasks import job\n",
    }
    service = service_of(files)
    assert discovery_of(service).open == ""
    found = [path for path in files if path.endswith(("tasks.py", "more.py", "handlers.py")) and holds(service, path)]
    assert found == [
        "shop/tasks.py",
        "stock/tasks.py",
        "stock/handlers.py",
        "late/tasks.py",
        "added/tasks.py",
        "added/more.py",
    ]
    assert holds(service, "lost/tasks.py") is False


def test_settings_that_build_upon_their_own_list():
    files = {
        **DJANGO,
        "proj/base.py": "INSTALLED_APPS = ['shop']\n",
        "proj/settings.py": "from proj.base import *\nINSTALLED_APPS = INSTALLED_APPS + ['more']\n",
        "more/tasks.py": TASK,
    }
    service = service_of(files)
    assert (holds(service, "shop/tasks.py"), holds(service, "more/tasks.py")) == (True, True)


def test_named_packages_and_related_names():
    task = TASK
    service = configured(
        "app.autodiscover_tasks(['a', 'b.inner'], related_name='jobs')\napp.autodiscover_tasks(['c.jobs'], related_name=None)\n",
        a__jobs=task, b__inner__jobs=task, c__jobs=task, a__tasks=task,
    )  # fmt: skip
    assert [holds(service, path) for path in ("a/jobs.py", "b/inner/jobs.py", "c/jobs.py", "a/tasks.py")] == [
        True,
        True,
        True,
        False,
    ]


def test_imports_and_include():
    task = TASK
    service = service_of(
        {
            "proj/celery.py": "from celery import Celery\napp = Celery('x', include=['a.one'])\napp.conf.imports = ('b.two',)\n",
            "a/one.py": "from celery import shared_task\nfrom .deep import job\n", "a/deep.py": task, "b/two.py": task, "b/three.py": task,
        }
    )  # fmt: skip
    assert [holds(service, path) for path in ("a/one.py", "a/deep.py", "b/two.py", "b/three.py")] == [
        True,
        True,
        True,
        False,
    ]


def test_a_package_shows_only_what_its_init_imports():
    task = TASK
    service = configured(
        "app.autodiscover_tasks(['shop'])\n",
        shop__tasks__PACKAGE="from celery import shared_task\nfrom .mail import job\n", shop__tasks__mail=task, shop__tasks__lost=task,
    )  # fmt: skip
    assert (holds(service, "shop/tasks/mail.py"), holds(service, "shop/tasks/lost.py")) == (True, False)


def test_a_computed_import_withholds_the_verdict():
    task = TASK
    service = configured(
        "app.autodiscover_tasks(['shop'])\n",
        shop__tasks__PACKAGE="import importlib, celery\nfor name in NAMES:\n    importlib.import_module(name)\n", shop__tasks__mail=task,
    )  # fmt: skip
    assert holds(service, "shop/tasks/mail.py") is None


@pytest.mark.parametrize(
    ("loop", "lost"),
    [
        ("for name in ('mail', 'news'):\n    importlib.import_module(f'shop.tasks.{name}')\n", False),
        ("for name in [\n    'mail',  # first\n    'news',\n]:\n    __import__('shop.tasks.' + name)\n", False),
        ("for name in ('.mail', '.news'):\n    importlib.import_module(name, __package__)\n", False),
        ("for name in ('mail', *MORE):\n    importlib.import_module(f'shop.tasks.{name}')\n", None),
        (
            "for name in ('mail',):\n    importlib.import_module(f'shop.tasks.{name}')\nname = MORE\nimportlib.import_module(f'shop.tasks.{name}')\n",
            None,
        ),
        ("def late():\n    return importlib.import_module('shop.others')\n", False),
    ],
)
def test_a_loop_over_words_that_are_written_out_imports_just_these(loop, lost):
    service = configured(
        "app.autodiscover_tasks(['shop'])\n",
        shop__tasks__PACKAGE=f"import importlib, celery\n{loop}", shop__tasks__mail=TASK, shop__tasks__lost=TASK,
    )  # fmt: skip
    assert holds(service, "shop/tasks/lost.py") is lost
    assert holds(service, "shop/tasks/mail.py") is ("late" not in loop)


def test_what_the_url_configuration_imports_is_imported_by_djangos_checks():
    files = {
        **DJANGO,
        "web/urls.py": "from web import views\n",
        "web/views.py": "from web.jobs import job\n",
        "web/jobs.py": TASK,
        "web/middleware.py": "from web.late import job\n",
        "web/late.py": TASK,
    }
    service = service_of(files)
    assert (holds(service, "web/jobs.py"), holds(service, "web/late.py")) == (True, False)
    assert discovery_of(service).by_checks(service.project.modules["web/jobs.py"])


def test_type_checking_and_function_imports_do_not_count():
    task = TASK
    service = configured(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a.one\ndef later():\n    import a.two\n",
        a__one=task,
        a__two=task,
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
            "from proj.dicts import JOBS\n"
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
    found = {(one.kind, one.name.value) for one in references_of(celery_of(service.project))}
    assert found == {
        ("beat", "proj.tasks.add"), ("route", "routed.exact"), ("annotation", "annotated"), ("send_task", "sent"),
        ("send_task", "by.constant"), ("signature", "signed"), ("signature", "signed.by.app"), ("tasks-item", "looked.up"),
        ("periodic-task", "row.one"), ("periodic-task", "row.two"), ("periodic-task", "row.three"), ("schedule-dict", "dict.job"),
    }  # fmt: skip


def test_a_reference_stands_at_its_string():
    service = configured("app.send_task(\n    'sent')\n")
    (reference,) = references_of(celery_of(service.project))
    assert (reference.span.line, reference.span.column, reference.service) == (4, 5, service)


def test_a_method_of_something_else_is_not_sure():
    (reference,) = references_of(
        celery_of(configured("class A:\n    def f(self): self.client.send_task('x')\n").project)
    )
    assert not reference.sure


def test_nothing_is_worked_out_before_it_is_asked_for():
    project = engine.link({"proj/celery.py": APP, "broken.py": "from celery import ((\n"})
    assert celery_of(project) is celery_of(project)
    assert beat_of(celery_of(project).services[0]) == ()


def test_a_worker_may_start_from_what_binds_the_app_by_way_of_others():
    late = "from shop.celery import app\n\n\n@app.task\ndef late(): ...\n"
    files = {
        "shop/celery.py": "from celery import Celery\n\napp = Celery('shop', broker='redis://mail')\n",
        "shop/__init__.py": "from .celery import app as celery_app\n",
        "shop/models.py": "from shop.order import Order\n",
        "shop/order.py": "class Order: ...\n",
        "shop/given.py": "from shop.celery import app\n\nworker_app = app\n",
        "shop/hub.py": "from shop.given import worker_app\n",
        "shop/one.py": "from shop import celery_app\nimport shop.jobs.one\n",
        "shop/two.py": "from shop.hub import worker_app\nimport shop.jobs.two\n",
        "shop/celery_other.py": "from shop.models import Order\nimport shop.jobs.three\n",
        **{f"shop/jobs/{name}.py": late for name in ("one", "two", "three")},
    }
    service = service_of(files)
    assert [holds(service, f"shop/jobs/{name}.py") for name in ("one", "two", "three")] == [None, None, False]
