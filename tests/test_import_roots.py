"""Which name Python gives to a file: what the project's own run says, weighed."""

from __future__ import annotations

import pytest

from harness import settings_from
from taskguard.engine.checking import check_project, link

TASK = "from celery import shared_task\n\n\n@shared_task\ndef send(): ...\n"
APP = 'from celery import Celery\n\napp = Celery("proj", include=["mail.tasks"])\n'


def packages(*folders: str) -> dict[str, str]:
    return {f"{folder}/__init__.py": "" for folder in folders}


LIB = {**packages("lib", "lib/mail"), "lib/mail/tasks.py": TASK}
# What puts the folder `lib` on the path, by its kind.
SAID = {
    "getcwd": {"proj.py": 'import os\nimport sys\nsys.path.append(os.path.join(os.getcwd(), "lib"))\n'},
    "dirname of __file__": {
        "proj/settings.py": "import sys\nfrom os.path import abspath, dirname, join\nHERE = dirname(dirname(abspath(__file__)))\nsys.path.insert(0, join(HERE, 'lib'))\n"
    },
    "pathlib": {
        "proj/settings/base.py": "import sys\nfrom pathlib import Path\nBASE = Path(__file__).resolve().parent.parent.parent\nsys.path.insert(0, str(BASE / 'lib'))\n"
    },
    "pathlib's parents": {
        "a/b.py": "import sys, pathlib\nsys.path.append(str(pathlib.Path(__file__).parents[1] / 'lib'))\n"
    },
    "a loop": {
        "proj.py": "import os, sys\nHERE = os.path.dirname(__file__)\nfor name in ('other', 'lib'):\n    full = os.path.join(HERE, name)\n    sys.path.insert(0, full)\n"
    },
    "in a function": {"manage_it.py": "import sys\ndef main():\n    sys.path.append('lib')\n"},
    "extend": {"proj.py": "import sys\nsys.path.extend(['lib'])\n"},
    "a comprehension": {
        "proj.py": "import sys\nfrom os.path import dirname, join\nsys.path.extend([join(dirname(__file__), one) for one in ('vendor', 'lib')])\n"
    },
    "a loop over a constant": {
        "proj.py": "import os, sys\nPLACES = ('vendor', 'lib')\nfor one in PLACES:\n    sys.path.append(os.path.join(os.getcwd(), one))\n"
    },
    "a list before": {"proj.py": "import sys\nsys.path[:0] = ['lib']\n"},
    "text put together": {"proj.py": "import os, sys\nsys.path.append(os.path.dirname(__file__) + '/lib')\n"},
    "an f-string": {"proj.py": "import os, sys\nHERE = os.getcwd()\nsys.path.append(f'{HERE}/lib')\n"},
    "site": {"proj.py": "import site\nsite.addsitedir('lib')\n"},
    "a setting of Django": {
        "proj.py": "import sys\nfrom django.conf import settings\nsys.path.append(settings.APPS)\n",
        "settings.py": "import os\nBASE = os.path.dirname(os.path.abspath(__file__))\nAPPS = os.path.join(BASE, 'lib')\n",
    },
    "manage.py": {"lib/manage.py": "import os\n"},
    "Dockerfile": {"Dockerfile": "FROM python\nWORKDIR /srv\nCOPY . .\nENV PYTHONPATH=/srv/lib\n"},
    "Dockerfile, old form": {"Dockerfile": "COPY . /srv\nENV PYTHONPATH /srv/lib:$PYTHONPATH\n"},
    "compose": {
        "docker-compose.yml": "services:\n  w:\n    volumes:\n      - .:/code\n    environment:\n      - PYTHONPATH=/code/lib\n"
    },
    "compose, a map": {
        "deploy/compose.prod.yaml": "services:\n  w:\n    environment:\n      PYTHONPATH: '/srv/shop/lib'\n"
    },
    "Procfile": {"Procfile": "worker: PYTHONPATH=lib celery -A mail worker\n"},
    "env file": {".env": "PYTHONPATH=./lib\n"},
    "Makefile": {"Makefile": "run:\n\tPYTHONPATH=$(CURDIR)/lib celery -A mail worker\n"},
    "tox": {"tox.ini": "[testenv]\nsetenv =\n    PYTHONPATH = {toxinidir}/lib\n"},
    "CI": {".gitlab-ci.yml": "test:\n  variables:\n    PYTHONPATH: $CI_PROJECT_DIR/lib\n"},
    "Makefile, exported": {"Makefile": "export PYTHONPATH := lib\nrun:\n\tcelery -A mail worker\n"},
    "workflow": {".github/workflows/test.yml": "jobs:\n  t:\n    env:\n      PYTHONPATH: lib\n"},
    "workflow, a command": {
        ".github/workflows/ci.yaml": "jobs:\n  t:\n    steps:\n      - run: PYTHONPATH=lib pytest\n"
    },
    "workflow, an expression": {
        ".github/workflows/ci.yml": "jobs:\n  t:\n    env:\n      PYTHONPATH: ${{ github.workspace }}/lib\n"
    },
    "a class of configuration": {
        "proj.py": "import sys\nfrom conf import Config\nsys.path.insert(0, Config.PLACE)\n",
        "conf.py": "import os\nHERE = os.path.dirname(__file__)\nclass Config:\n    PLACE = os.path.join(HERE, 'lib')\n",
    },
    "a module of configuration": {
        "proj/start.py": "import sys\nfrom proj import conf\nsys.path.insert(0, conf.PLACE)\n",
        "proj/conf.py": "from pathlib import Path\nPLACE = Path(__file__).parent.parent / 'lib'\n",
    },
    "a class of the file": {
        "proj.py": "import os, sys\nclass Config:\n    HERE = os.getcwd()\n    PLACE = os.path.join(HERE, 'lib')\nconf = Config()\nsys.path.append(conf.PLACE)\n"
    },
    "applications": {
        "proj/settings.py": "INSTALLED_APPS = ['mail', 'bills']\nCELERY_X = 1\n",
        "lib/bills/__init__.py": "",
        "lib/bills/models.py": "",
    },
    "systemd": {"deploy/worker.service": "[Service]\nEnvironment=PYTHONPATH=/opt/shop/lib\n"},
    "supervisord": {
        "deploy/supervisord.conf": "[program:w]\ncommand=celery -A mail.tasks worker\ndirectory=/srv/shop/lib\n"
    },
    "shell": {"bin/start.sh": "#!/bin/sh\ncd lib\nexec celery -A mail.tasks worker\n"},
    "workdir": {"bin/start.sh": "exec celery --workdir lib -A mail.tasks worker\n"},
    "setuptools where": {"pyproject.toml": '[tool.setuptools.packages.find]\nwhere = ["lib"]\n'},
    "setuptools package-dir": {"pyproject.toml": '[tool.setuptools]\npackage-dir = { "" = "lib" }\n'},
    "setup.cfg": {"setup.cfg": "[options]\npackage_dir =\n    = lib\n"},
    "setup.py": {"setup.py": "setup(package_dir={'': 'lib'}, packages=find_packages('lib'))\n"},
    "poetry": {"pyproject.toml": '[tool.poetry]\npackages = [{ include = "mail", from = "lib" }]\n'},
    "hatch": {"pyproject.toml": '[tool.hatch.build.targets.wheel]\npackages = ["lib/mail"]\n'},
    "pytest": {"pytest.ini": "[pytest]\npythonpath = lib\n"},
    "imports": {
        "lib/mail/views.py": "from mail.tasks import send\nfrom mail.models import Mail\n",
        "lib/mail/models.py": "class Mail: ...\nimport celery\nfrom mail import tasks\n",
    },
    "what the worker includes": {"proj.py": APP},
    "Django settings": {
        "proj.py": "import os\nimport celery\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mail.settings')\n",
        "lib/mail/settings.py": "INSTALLED_APPS = ['mail.apps.Config']\nCELERY_X = 1\n",
        "lib/mail/apps.py": "class Config: ...\n",
    },
}


@pytest.mark.parametrize("kind", SAID)
def test_a_folder_that_is_on_the_path_is_no_part_of_a_name(kind: str) -> None:
    assert link({**LIB, **SAID[kind]}).modules["lib/mail/tasks.py"].name == "mail.tasks"


AGAINST = {
    "nothing": {},
    "the worker's own words": {
        "proj.py": 'import sys\nfrom celery import Celery\nsys.path.append("lib")\napp = Celery(include=["lib.mail.tasks"])\n'
    },
    "imports": {
        "Makefile": "x:\n\tPYTHONPATH=lib pytest\n",
        "a.py": "import celery\nfrom lib.mail.tasks import send\nfrom lib.mail import tasks\nfrom lib import mail\nimport lib.mail\n",
    },
    "a path of the system": {"proj.py": "import sys\nsys.path.append('/usr/lib')\n"},
    "a path that is computed": {"proj.py": "import sys\nsys.path.append(find())\n"},
    "tests alone": {"tests/conftest.py": "import sys\nsys.path.append('lib')\n"},
    "one application": {"proj/settings.py": "INSTALLED_APPS = ['mail']\nCELERY_X = 1\n"},
    "applications that imports name otherwise": {
        "proj/settings.py": "INSTALLED_APPS = ['mail', 'bills']\nCELERY_X = 1\n",
        "lib/bills/__init__.py": "",
        "lib/bills/models.py": "import celery\nfrom lib.mail import tasks\nimport lib.bills.models\n",
    },
    "words that are no applications here": {
        "proj/settings.py": "INSTALLED_APPS = ['mail', 'bills']\nCELERY_X = 1\n",
        "lib/bills/__init__.py": "",
    },
    "a comment of a workflow": {".github/workflows/ci.yml": "# PYTHONPATH: lib\nname: celery\n"},
    "a comment": {"Dockerfile": "# ENV PYTHONPATH=/srv/lib\nRUN celery\n"},
}


@pytest.mark.parametrize("kind", AGAINST)
def test_a_package_stays_one_where_nothing_or_little_says_otherwise(kind: str) -> None:
    assert link({**LIB, **AGAINST[kind]}).modules["lib/mail/tasks.py"].name == "lib.mail.tasks"


def said(files: dict[str, str]) -> list[str]:
    return [
        one.code
        for one in check_project(files, settings_from('packs = ["core"]')).diagnostics
        if one.code in ("TG303", "TG304")
    ]


def scheduled(name: str) -> dict[str, str]:
    return {
        "proj.py": f'from celery import Celery\napp = Celery("proj")\napp.autodiscover_tasks(find())\napp.conf.beat_schedule = {{"a": {{"task": "{name}", "schedule": 3}}}}\n'
    }


def test_a_name_that_counts_from_another_folder_is_undecided_where_nothing_settles_it() -> None:
    assert said({**LIB, **scheduled("mail.tasks.send")}) == []
    assert said({**LIB, **scheduled("lib.mail.tasks.send")}) == []
    assert said({**LIB, **scheduled("lib.mail.tasks.sent")}) == ["TG303"]


def test_a_name_that_counts_from_another_folder_is_wrong_where_the_project_settles_it() -> None:
    long = {"a.py": "import celery\nfrom lib.mail.tasks import send\n"}
    assert said({**LIB, **long, **scheduled("mail.tasks.send")}) == ["TG303"]
    assert said({**LIB, "lib/manage.py": "", **scheduled("lib.mail.tasks.send")}) == ["TG303"]


def test_a_name_of_several_services_is_that_of_the_nearest() -> None:
    files = {
        **{f"{one}/pyproject.toml": "" for one in ("mail/api", "mail/worker", "shop")},
        **{f"{one}/jobs.py": "" for one in ("mail/worker", "shop")},
        "mail/api/views.py": "",
        "third/setup.py": "",
        "third/views.py": "",
    }
    project = link(files)
    found = project.find("jobs", project.modules["mail/api/views.py"])
    assert found is not None and found.path == "mail/worker/jobs.py"
    assert project.find("jobs", project.modules["third/views.py"]) is None


def test_a_module_below_two_folders_on_the_path_has_both_names() -> None:
    seen = {"a.py": "from celery import Celery\nfrom lib.mail.tasks import send\napp = Celery('a')\n"}
    files = {**LIB, **seen, "conf.py": "import sys\nsys.path.append('lib')\n"}
    assert said(files) == []
    project = link(files)
    both = [project.reached_by(name) for name in ("mail.tasks", "lib.mail.tasks")]
    assert [one.path if one is not None else "" for one in both] == ["lib/mail/tasks.py"] * 2


def test_templates_of_projects_are_not_read() -> None:
    assert "{{*" in settings_from("").exclude


def test_where_outer_and_inner_package_share_a_name_the_folder_of_manage_py_wins() -> None:
    files = {
        "site/__init__.py": "",
        "site/manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n',
        "site/urls.py": "",
        "site/site/__init__.py": "",
        "site/site/urls.py": "",
        "site/site/settings.py": 'INSTALLED_APPS = ["mail"]\nROOT_URLCONF = "site.urls"\nWSGI_APPLICATION = "site.urls.app"\n',
        "site/site/celery_app.py": "from celery import Celery\n\napp = Celery('site')\n",
        "site/mail/__init__.py": "",
        "site/mail/tasks.py": "from site.celery_app import app\nfrom .views import one\n\n\n@app.task\ndef send(): ...\n",
        "site/mail/views.py": "from celery import shared_task\nfrom ..mail import tasks\n\none = 1\n",
        "worker.service": "[Service]\nExecStart=celery -A site.celery_app worker\n",
    }
    assert link(files).modules["site/mail/tasks.py"].name == "mail.tasks"
    without = {path: text for path, text in files.items() if path != "site/manage.py"}
    assert link(without).modules["site/mail/tasks.py"].name == "site.mail.tasks"


def test_a_module_of_one_of_two_packages_of_a_name_means_its_own() -> None:
    base = "class Base: ...\n"
    files = {
        "shop/__init__.py": "",
        "shop/db.py": "",
        "src/__init__.py": "",
        "src/shop/__init__.py": "",
        "src/shop/db.py": base,
        "src/shop/main.py": "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).parent))\nfrom mail.models import Note\n",
        "src/shop/mail/__init__.py": "",
        "src/shop/mail/models.py": "from shop.db import Base\n\n\nclass Note(Base): ...\n",
    }
    project = link(files)
    assert project.find("shop.db", project.modules["src/shop/mail/models.py"]) is project.modules["src/shop/db.py"]
    assert project.find("shop.db", project.modules["shop/__init__.py"]) is project.modules["shop/db.py"]
    alone = link({**files, "shop/mail.py": ""})
    assert alone.find("shop.mail", alone.modules["src/shop/main.py"]) is alone.modules["src/shop/mail/__init__.py"]


def test_tests_that_mirror_the_packages_of_the_code_are_none_of_them() -> None:
    files = {
        "back/pyproject.toml": '[build-system]\nbuild-backend = "hatchling.build"\n[tool.hatch.build.targets.wheel]\nsources = ["src"]\n',
        "back/src/alerts/__init__.py": "",
        "back/src/alerts/tasks.py": "",
        "back/tests/__init__.py": "",
        "back/tests/alerts/__init__.py": "",
        "back/tests/alerts/test_tasks.py": "from alerts import tasks\n",
    }
    project = link(files)
    test = project.modules["back/tests/alerts/test_tasks.py"]
    assert project.find("alerts", test) is project.modules["back/src/alerts/__init__.py"]


IMAGE = "FROM python\nWORKDIR /app\nCOPY {}/ .\nCMD {}\n"
WORKS = "from celery import Celery\n\napp = Celery('{0}')\n\n\n@app.task\ndef {0}(): ...\n"


def test_two_images_copy_each_its_folder_to_one_place() -> None:
    """Each folder is a root: what the one imports is its own, though the other has a module of that name."""
    files = {
        "api/Dockerfile": IMAGE.format("api", "uvicorn main:app"),
        "api/shared/__init__.py": "",
        "api/shared/jobs.py": WORKS.format("bill"),
        "worker/Dockerfile": IMAGE.format("worker", "celery -A shared.jobs worker"),
        "worker/shared/__init__.py": "",
        "worker/shared/jobs.py": WORKS.format("bake"),
    }
    view = "from shared.jobs import {0}\n\n\ndef view():\n    {0}.delay()\n"
    for name, wanted in (("bill", []), ("bake", ["api/main.py:1 TG405"])):
        found = check_project(
            {**files, "api/main.py": view.format(name)}, settings_from('packs = ["core"]')
        ).diagnostics
        assert [f"{one.path}:{one.line} {one.code}" for one in found if one.code == "TG405"] == wanted


# `manage.py` in a package, with a folder of the applications put on the path behind all others.
ASIDE = {
    **packages("site", "site/apps", "site/apps/mail", "site/conf"),
    "site/manage.py": "import os\nimport sys\nHERE = os.path.dirname(os.path.abspath(__file__))\nif __name__ == '__main__':\n    sys.path.append(os.path.join(HERE, 'apps'))\n",
    "site/conf/celery.py": "import os\nfrom celery import Celery\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf.settings')\napp = Celery('site')\napp.config_from_object('django.conf:settings', namespace='CELERY')\napp.autodiscover_tasks()\napp.conf.beat_schedule = {'a': {'task': 'apps.mail.tasks.send', 'schedule': 3}}\n",
    "site/apps/mail/tasks.py": TASK,
    "site/apps/mail/models.py": "class Mail: ...\n",
}


@pytest.mark.parametrize(
    ("more", "name"),
    [
        (
            {
                "site/conf/settings.py": "INSTALLED_APPS = ['apps.mail']\n",
                "site/apps/mail/apps.py": "from apps.mail.models import Mail\nfrom apps.mail import tasks\n",
                "site/conf/urls.py": "import apps.mail.models\n",
            },
            "apps.mail.tasks",
        ),
        ({"site/conf/settings.py": "INSTALLED_APPS = ['apps.mail']\n"}, "mail.tasks"),  # little against it
        (
            {
                "site/conf/settings.py": "INSTALLED_APPS = ['mail']\n",
                "site/conf/urls.py": "from mail.models import Mail\n",
            },
            "mail.tasks",
        ),
    ],
)
def test_a_folder_on_the_path_that_all_name_as_a_package_is_one(more: dict[str, str], name: str) -> None:
    files = {**ASIDE, **more}
    assert link(files).modules["site/apps/mail/tasks.py"].name == name
    wrong = "mail" in more["site/conf/settings.py"] and "apps" not in more["site/conf/settings.py"]
    assert said(files) == (["TG303"] if wrong else [])


def test_a_second_name_below_a_folder_on_the_path_is_never_said_to_be_none() -> None:
    more = {
        "site/conf/settings.py": "INSTALLED_APPS = ['apps.mail']\n",
        "site/apps/mail/apps.py": "from apps.mail.models import Mail\nfrom apps.mail import tasks\nimport apps.mail\n",
    }
    short = ASIDE["site/conf/celery.py"].replace("apps.mail", "mail")
    assert said({**ASIDE, **more, "site/conf/celery.py": short}) == []


def test_what_the_worker_is_told_to_import_names_a_task_whatever_code_appends_to_the_path() -> None:
    def files(name: str, sender: str = "") -> dict[str, str]:
        return {
            **packages("lib", "lib/mail"),
            "lib/mail/tasks.py": TASK,
            "sender.py": sender,
            "proj.py": "import sys\nfrom celery import Celery\nsys.path.append('lib')\n"
            'app = Celery("proj", include=["lib.mail.tasks"])\n'
            f'app.conf.beat_schedule = {{"send": {{"task": "{name}", "schedule": 60.0}}}}\n',
        }

    assert said(files("mail.tasks.send")) == ["TG303"]
    assert said(files("lib.mail.tasks.send")) == []
    assert said(files("mail.tasks.send", "from mail.tasks import send\n")) == []


def test_a_task_has_but_the_longer_name_where_both_folders_are_on_the_path_and_all_use_that() -> None:
    def files(name: str, more: dict[str, str]) -> dict[str, str]:
        return {
            "Dockerfile": "WORKDIR /app\nENV PYTHONPATH=/app:/app/src\nCOPY . .\nCMD celery -A src.main worker -B\n",
            **packages("src", "src/shop"),
            "src/main.py": 'from celery import Celery\n\napp = Celery("shop")\napp.autodiscover_tasks(["src.shop"])\n'
            f'app.conf.beat_schedule = {{"send": {{"task": "{name}", "schedule": 60.0}}}}\n',
            "src/shop/tasks.py": TASK,
            **more,
        }

    assert said(files("shop.tasks.send", {})) == ["TG303"]
    assert said(files("src.shop.tasks.send", {})) == []
    for other in ("from shop import tasks\n", "import shop.tasks\n", "NAMES = ['shop.tasks']\n"):
        assert said(files("shop.tasks.send", {"src/views.py": other})) == []
    assert said(files("shop.tasks.send", {"Procfile": "other: celery -A shop.tasks worker\n"})) == []
    inner = {"Dockerfile": "WORKDIR /app/src\nENV PYTHONPATH=/app/src\nCOPY . /app\nCMD celery -A src.main worker\n"}
    assert said(files("shop.tasks.send", inner)) == []


def test_a_folder_src_that_all_imports_name_is_part_of_the_names_whatever_a_wheel_would_hold() -> None:
    def name(line: str, more: dict[str, str]) -> str:
        files = {
            "pyproject.toml": '[build-system]\nbuild-backend = "hatchling.build"\n[tool.hatch.build.targets.wheel]\npackages = ["src/shop"]\n',
            "src/shop/__init__.py": "",
            "src/shop/queue.py": 'from celery import Celery\n\napp = Celery("shop", include=["src.shop.tasks"])\n',
            "src/shop/tasks.py": "from src.shop.queue import app\n\n\n@app.task\ndef send(): ...\n",
            "src/shop/views.py": line,
        }
        return link({**files, **more}).modules["src/shop/tasks.py"].name

    assert name("from src.shop.tasks import send\n", {}) == "src.shop.tasks"
    assert name("from shop.tasks import send\n", {}) == "shop.tasks"
    tested = {".github/workflows/test.yml": "jobs:\n  t:\n    env:\n      PYTHONPATH: src\n"}
    assert name("from src.shop.tasks import send\n", tested) == "src.shop.tasks"
    assert name("from shop.tasks import send\n", tested) == "shop.tasks"
    on_path = {"Dockerfile": "COPY . /srv\nENV PYTHONPATH=/srv/src\n"}
    assert name("from src.shop.tasks import send\n", on_path) == "shop.tasks"
