"""Projects with one Celery app, for the tests of what its configuration says."""

from __future__ import annotations

from taskguard import engine
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.model import Service
from taskguard.project.celery.system import celery_of
from taskguard.settings.model import Settings

APP = "from celery import Celery\napp = Celery('proj')\n"
TASK = "from celery import shared_task\n@shared_task\ndef job(): ...\n"
ENTRY = "{'task': 'proj.tasks.add', 'schedule': 10, 'args': (1,)}"
DJANGO = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'proj.settings')\n",
    "proj/__init__.py": "",
    "proj/celery.py": APP
    + "app.config_from_object('django.conf:settings', namespace='CELERY')\napp.autodiscover_tasks()\n",
    "proj/settings.py": "CELERY_TASK_DEFAULT_QUEUE = 'mail'\nINSTALLED_APPS = ['shop']\n",
    "shop/__init__.py": "",
    "shop/tasks.py": TASK,
}


def service_of(files: dict[str, str], settings: Settings = Settings()) -> Service:
    """The one app of a project."""
    services = celery_of(engine.link(files, settings)).services
    assert len(services) == 1, services
    return services[0]


def configured(text: str, **files: str) -> Service:
    """The app of `proj/celery.py`, made and configured by `text`; further files by name, with `__` for `/` and `PACKAGE` for `__init__`."""
    made = {"proj/__init__.py": "", "proj/celery.py": APP + text}
    made |= {name.replace("__", "/").replace("PACKAGE", "__init__") + ".py": body for name, body in files.items()}
    return service_of(made)


def value(service: Service, name: str) -> object:
    """The value of a setting; why it has none, if it has none."""
    held = configuration(service).value(name)
    return held.value if held.known else held
