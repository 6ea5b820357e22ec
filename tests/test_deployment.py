"""How a worker is started, and which settings it reads, as deployment files and other code of the project say."""

from __future__ import annotations

import pytest

from harness import settings_from
from taskguard.engine.checking import check_project
from taskguard.project.python.commands import Launch, commands, launches, named

APP = 'from celery import Celery\n\nbakery = Celery("bakery", broker="redis://")\n'
TASKS = "from shop.app import bakery\n\n\n@bakery.task\ndef bake(): ...\n"
FILES = {"shop/__init__.py": "", "shop/app.py": APP, "shop/oven.py": TASKS}


def said(files: dict[str, str], *codes: str) -> list[str]:
    found = check_project(files, settings_from('packs = ["core"]')).diagnostics
    return [f"{one.path}:{one.line} {one.code}" for one in found if one.code in codes]


STARTS = {
    "compose.yml": "services:\n  worker:\n    command: celery -A {} worker -l info\n",
    "deploy/docker-compose.prod.yaml": 'services:\n  worker:\n    command: ["celery", "-A", "{}", "worker"]\n',
    "docker-compose.yml": "services:\n  worker:\n    command:\n      - celery\n      - --app={}\n      - worker\n",
    "Procfile": "web: gunicorn shop\nworker: celery worker -A {}\n",
    "Dockerfile": "FROM python\nCMD celery \\\n  -A {} \\\n  worker\n",
    "supervisord.conf": "[program:w]\ncommand=/venv/bin/celery -A {} worker\n",
    "deploy/worker.service": "[Service]\nExecStart=/venv/bin/python -m celery -A {} worker\n",
    "bin/start.sh": "#!/bin/sh\nexec celery -A {} worker -B\n",
    "Makefile": "run:\n\tcelery -A {}:bakery worker\n",
    "Justfile": "worker:\n  poetry run celery -A {}:bakery worker\n",
    "deploy/celery.conf": 'CELERYD_NODES="w1"\nCELERY_APP="{}"\n',
    "etc/default/celeryd": 'CELERY_BIN="/venv/bin/celery"\nexport CELERY_APP={}\n',
    "package.json": '{{"scripts": {{"worker": "celery -A {} worker"}}}}\n',
}


@pytest.mark.parametrize("path", STARTS)
def test_a_worker_imports_the_module_that_it_is_started_with(path: str) -> None:
    assert said({**FILES, path: STARTS[path].format("shop.app")}, "TG304") == ["shop/oven.py:4 TG304"]
    assert said({**FILES, path: STARTS[path].format("shop.oven")}, "TG304") == []


def test_another_program_of_that_name_starts_no_worker() -> None:
    for line in ("# celery -A shop.oven worker", "echo celery -A shop.oven", "apt-get install celery-common"):
        found = said({**FILES, "shop/grill.py": TASKS, "bin/start.sh": line + "\n"}, "TG304")
        assert found == ["shop/grill.py:4 TG304", "shop/oven.py:4 TG304"]


@pytest.mark.parametrize(
    ("line", "queues"),
    [
        ("celery -A shop worker -Q mail,slow -c 2", ("mail", "slow")),
        ("celery -A shop worker --queues=mail", ("mail",)),
        ('["celery", "-A", "shop", "worker", "-Q", "mail,slow"]', ("mail", "slow")),
        ("celery -A shop worker", None),
        ("celery -A shop worker -l $LEVEL -c ${COUNT}", None),
    ],
)
def test_the_queues_that_a_worker_reads(line: str, queues: tuple[str, ...] | None) -> None:
    assert list(launches(line, "x")) == [Launch("shop", "worker", queues, "x")]


@pytest.mark.parametrize("more", ["-Q $QUEUES", "-Q {{ queues }}", "-X mail", "$OPTIONS"])
def test_a_worker_that_may_read_others(more: str) -> None:
    found = [named(one, []) for one in launches(f"celery -A shop worker {more}", "x")]
    assert found == [Launch("shop", "worker", None, "x", True)]


READ = [
    ("run.sh", "exec celery -A mill worker \\\n  -l $LEVEL \\\n  --queues=flour,bread \\\n  -n w@%h\n"),
    ("run.bat", "REM celery -A mill worker -Q salt\ncelery -A mill worker --queues flour,bread --pool=solo\n"),
    (
        "compose.yml",
        "services:\n  w:\n    command: >-\n      newrelic-admin run-program celery -A mill worker\n      -Q flour,bread\n      -c 2\n    ports: []\n",
    ),
    (
        "compose.yml",
        'services:\n  w:\n    command: |\n      sh -c "migrate\n      && celery -A mill worker -Q flour,bread"\n',
    ),
    ("compose.yml", "services:\n  w:\n    command: celery -A mill worker\n      -Q flour,bread\n    image: x\n"),
    (
        "compose.yml",
        "services:\n  w:\n    command: [\n      'celery', '-A', 'mill',\n      'worker', '-Q', 'flour,bread',\n    ]\n",
    ),
    (
        "compose.yml",
        "services:\n  w:\n    command:\n    - celery\n    - -A\n    - mill\n    - worker\n    - -Q\n    - flour,bread\n",
    ),
    ("compose.yml", "services:\n  w:\n    command: -A mill worker -Q flour,bread\n    entrypoint: celery\n"),
    (
        "worker-deployment.yaml",
        "      - name: w\n        command: [celery]\n        args:\n        - -A\n        - mill\n        - worker\n        - -Q\n        - flour,bread\n",
    ),
    ("worker-deployment.yaml", "      - command: [sh, -c]\n        args: ['celery -A mill worker -Q flour,bread']\n"),
    ("supervisord.conf", "[program:w]\ncommand=celery -A mill worker\n  -Q flour,bread\n"),
]


@pytest.mark.parametrize(("path", "text"), READ)
def test_one_command_in_many_forms(path: str, text: str) -> None:
    found = [start for line in commands(text, path) for start in launches(line, path)]
    assert found == [Launch("mill", "worker", ("flour", "bread"), path, pool="solo" if "solo" in text else "")]


@pytest.mark.parametrize("written", ["-P gevent", "-Pgevent", "--pool gevent", "--pool=gevent -c 10"])
def test_pool_of_a_worker(written: str) -> None:
    (found,) = launches(f"celery -A mill worker {written} -Q flour", "run.sh")
    assert (found.pool, found.queues) == ("gevent", ("flour",))


def test_queues_of_a_variable() -> None:
    start = Launch("mill", "worker", ("$QUEUES",), "run.sh")
    settings = [
        "services:\n  a:\n    environment:\n      QUEUES: flour\n  b:\n    environment:\n      - QUEUES=bread,salt\n"
    ]
    assert named(start, settings).queues == ("flour", "bread", "salt")
    assert named(start, [*settings, '[ -z "$QUEUES" ]\n']).queues == ("flour", "bread", "salt")
    assert named(start, [*settings, "QUEUES=$(cat queues)\n"]) == Launch("mill", "worker", None, "run.sh", True)
    assert named(start, ["ENV QUEUES=salt\n", *settings]).queues == ("salt", "flour", "bread", "salt")
    assert named(start, ["ENV QUEUES=salt\n"]).open and named(start, ["QUEUES: ${QUEUES:-salt}\n"]).open
    assert named(start, []).open


DJANGO = 'from celery import Celery\n\napp = Celery("site")\napp.config_from_object("django.conf:settings")\napp.autodiscover_tasks()\n'
SHARED = "from celery import shared_task\n\n\n@shared_task\ndef bake(): ...\n"


def django(apps: str, **more: str) -> dict[str, str]:
    return {
        "site/__init__.py": "", "site/celery.py": DJANGO, "ovens/__init__.py": "", "ovens/tasks.py": SHARED,
        "site/conf/__init__.py": "", "site/conf/base.py": f"SECRET_KEY = 'x'\nINSTALLED_APPS = [{apps}]\n",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("manage.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.conf.base')\n"),
        (".env", "DJANGO_SETTINGS_MODULE=site.conf.base\n"),
        ("docker/web.env", "DJANGO_SETTINGS_MODULE=site.conf.base\n"),
        ("deploy/web.env.example", "DJANGO_SETTINGS_MODULE=site.conf.base\n"),
        ("docker-compose.yml", "services:\n  w:\n    environment:\n      - DJANGO_SETTINGS_MODULE=site.conf.base\n"),
        ("Dockerfile", "ENV DJANGO_SETTINGS_MODULE site.conf.base\n"),
        ("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = site.conf.base\n"),
    ],
)
def test_the_settings_module_may_be_named_outside_the_app(path: str, text: str) -> None:
    assert said({**django('"ovens"'), path: text}, "TG304") == []
    assert said({**django(""), path: text}, "TG304") == ["ovens/tasks.py:4 TG304"]


def test_an_empty_settings_package_says_nothing() -> None:
    manage = {"manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.conf')\n"}
    assert said({**django(""), **manage}, "TG304") == []
    chosen = {**manage, "site/conf/__init__.py": "from .base import *\n"}
    assert said({**django(""), **chosen}, "TG304") == ["ovens/tasks.py:4 TG304"]


def test_settings_that_are_copied_name_by_name() -> None:
    files = {
        **django('"ovens"'),
        "site/live.py": "import os\nheld = __import__('site.conf.' + os.environ['STAGE'], fromlist=['*'])\nfor name in dir(held):\n    globals()[name] = getattr(held, name)\n",
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.live')\n",
    }
    assert said(files, "TG304") == []
    assert said({**files, "site/conf/base.py": "INSTALLED_APPS = ['other']\n"}, "TG304") == ["ovens/tasks.py:4 TG304"]
    computed = "import os\nglobals().update(read(os.environ['FILE']))\n"
    assert said({**files, "site/live.py": computed, "site/conf/base.py": "INSTALLED_APPS = []\n"}, "TG304") == []


def test_a_copy_that_a_file_manager_made_is_no_part_of_the_service() -> None:
    schedule = APP + 'bakery.conf.beat_schedule = {"gone": {"task": "shop.gone", "schedule": 60}}\n'
    for name in ("app copy", "app copy 2", "app (1)", "app - Copy"):
        assert said({**FILES, f"shop/{name}.py": schedule}, "TG303") == []
    assert said({**FILES, "shop/app.py": schedule}, "TG303") == ["shop/app.py:4 TG303"]
