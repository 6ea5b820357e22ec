"""Modules that deployment files start Celery from and that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery

from harness import settings_from
from taskguard.engine.checking import check_project

APP = 'from celery import Celery\n\nbakery = Celery("bakery", broker="redis://")\n'
FILES = {
    "shop/__init__.py": "",
    "shop/ovens/__init__.py": "",
    "shop/ovens/app.py": APP,
    "tools/__init__.py": "",
    "tools/cut.py": "",
}


def said(files: dict[str, str], code: str = "TG317") -> list[str]:
    found = check_project(files, settings_from('packs = ["core"]')).diagnostics
    return [f"{one.path}:{one.line}:{one.column} {one.level} {one.message}" for one in found if one.code == code]


GONE = '-A names "{}", and the project has no module {}: the command fails when it starts'
STARTS = {
    "compose.yml": ("services:\n  worker:\n    command: celery -A {} worker -l info\n", "3:24"),
    "docker-compose.yml": (
        "services:\n  w:\n    command:\n      - celery\n      - -A\n      - {}\n      - worker\n",
        "6:9",
    ),
    "Procfile": ("web: gunicorn shop\n# celery -A {} worker\nworker: celery --app={} worker\n", "3:22"),
    "Dockerfile": ("FROM python\nCMD celery \\\n  -A {} \\\n  worker\n", "3:6"),
    "deploy/worker.service": ("[Service]\nExecStart=/venv/bin/celery -A {} worker\n", "2:31"),
    "package.json": ('{{"scripts": {{"worker": "celery -A {} worker"}}}}\n', "1:35"),
}


@pytest.mark.parametrize("path", STARTS)
def test_a_worker_is_started_from_a_module_that_moved(path: str) -> None:
    text, at = STARTS[path]
    told = GONE.format("shop.app", "shop.app")
    assert said({**FILES, path: text.format("shop.app", "shop.app")}) == [f"{path}:{at} error {told}"]
    assert said({**FILES, path: text.format("shop.ovens.app", "shop.ovens.app")}) == []


@pytest.mark.parametrize(
    "app",
    [
        "shop.ovens.app",
        "shop.ovens.app:bakery",
        "shop.ovens.app.bakery",
        "ovens.app",
        "app",
        "app:bakery",
        "json",
        "acme.worker",
    ],
)
def test_what_may_be_there(app: str) -> None:
    assert said({**FILES, "Procfile": f"worker: celery -A {app} worker\n"}) == []


def test_the_module_has_no_app_of_that_name() -> None:
    line = "worker: celery -A shop.ovens.app{}bread worker\n"
    wanted = 'Procfile:1:19 error -A names "shop.ovens.app{}bread", and shop/ovens/app.py has no `bread`: the command fails when it starts'
    for sign in ":.":
        assert said({**FILES, "Procfile": line.format(sign)}) == [wanted.format(sign)]
    starred = {**FILES, "shop/ovens/app.py": APP + "from acme import *\n"}
    assert said({**starred, "Procfile": line.format(":")}) == []


def test_a_package_beside_the_app_may_be_another_services() -> None:
    told = GONE.format("tools.worker", "tools.worker")
    procfile = {"Procfile": "worker: celery -A tools.worker worker\n"}
    assert said({**FILES, **procfile}) == [f"Procfile:1:19 warn {told}"]
    assert said({**FILES, **procfile, "tools/__init__.py": "from acme import *\n"}) == []
    without = {path: text for path, text in FILES.items() if path != "tools/__init__.py"}
    assert said({**without, **procfile}) == []
    assert said({**FILES, "examples/Procfile": procfile["Procfile"]}) == []


def test_a_name_that_the_project_once_had() -> None:
    required = {"requirements.txt": "celery==5.4\nacme-jobs\n"}
    start = "celery -A {} worker\n"
    told = GONE.format("bakery_site.celery", "bakery_site")
    files = {**FILES, **required}
    assert said({**files, "bin/start.sh": start.format("bakery_site.celery")}) == [f"bin/start.sh:1:11 warn {told}"]
    assert said({**files, "bin/start.sh": start.format("acme_jobs.celery")}) == []
    assert said({**FILES, "bin/start.sh": start.format("bakery_site.celery")}) == []
    composed = f"services:\n  w:\n    image: acme\n    command: {start.format('bakery_site.celery')}"
    assert said({**files, "compose.yml": composed}) == []
    second = {"office/__init__.py": "", "office/app.py": APP.replace("bakery", "office")}
    assert said({**files, **second, "bin/start.sh": start.format("bakery_site.celery")}) == []


def test_a_commit_that_deletes_the_module_is_told() -> None:
    files = {f"back/{path}": text for path, text in FILES.items()} | {"back/manage.py": ""}
    files["Procfile"] = "worker: cd back && celery -A shop.app worker\n"
    found = check_project(files, settings_from('packs = ["core"]')).diagnostics
    assert ["back/shop/app.py" in one.depends for one in found if one.code == "TG317"] == [True]


UNIT = "[Service]\nWorkingDirectory={}\nExecStart={}/venv/bin/celery -A {} worker\n"


def test_a_unit_of_another_project_on_the_same_machine() -> None:
    files = {"src/mill/__init__.py": "", "src/mill/app.py": 'from celery import Celery\n\napp = Celery("mill")\n'}
    files["requirements.txt"] = "celery\n"
    own = {"infra/mill.service": UNIT.format("/srv/mill/src", "/srv/mill", "mill.app")}
    web = {"infra/web.service": "[Service]\nWorkingDirectory=/srv/bakery/src\nExecStart=uvicorn mill.app:app\n"}

    def told(folder: str, name: str, *others: dict[str, str]) -> bool:
        given = {**files, "infra/more.service": UNIT.format(folder, folder, name)}
        for other in others:
            given.update(other)
        return [one.split(":")[0] for one in said(given)] == ["infra/more.service"]

    for name in ("mill.gone", "oven"):
        assert not told("/srv/bakery/src", name, own)
        assert told("/srv/mill/src", name, own)
        assert told("/srv/mill", name, own)
    assert told("/srv/bakery/src", "mill.gone", web)
    restart = {"restart.sh": "cd /srv/bakery/src && git pull\ncd /srv/mill/src && celery -A mill.app worker\n"}
    assert not told("/srv/bakery/src", "oven", own, restart)
    assert told("/srv/bakery/src", "mill.gone")
    assert not told("/srv/bakery/src", "oven")


MILL = {
    "api/config/__init__.py": "",
    "api/config/app.py": APP,
    "grinder/__init__.py": "",
    "grinder/config.py": APP,
    "grinder/tasks.py": "from config import bakery\n",
}
IMAGE = 'FROM python:3.12\nWORKDIR /app\nCOPY . /app\nCMD ["celery", "--app", "{}", "worker"]\n'


@pytest.mark.parametrize("app", ["config.bakery", "config:bakery", "config", "tasks"])
def test_the_folder_of_an_image_is_the_root_there(app: str) -> None:
    """A package of that name in the folder of another image is another one."""
    assert said({**MILL, "grinder/Dockerfile": IMAGE.format(app)}) == []


def test_of_several_packages_the_one_where_the_command_runs() -> None:
    files = {
        **MILL,
        "grinder/config/__init__.py": "",
        "grinder/config/app.py": APP,
        "api/main.py": "from config.app import bakery\n",
    }
    del files["grinder/config.py"]
    told = GONE.format("config.gone", "config.gone")
    image = IMAGE.format("config.gone")
    assert [one.partition(" error ")[2] for one in said({**files, "api/Dockerfile": image})] == [told]
    undecided = check_project(
        {**files, "start.sh": "celery -A config.gone worker\n"}, settings_from('packs = ["core"]')
    )
    assert [one.code for one in undecided.diagnostics if one.code == "TG317"] == []
    assert [one.path for one in undecided.undecided if one.code == "TG317"] == ["start.sh"]


@pytest.mark.parametrize("sign", ["REM", "rem", "@REM", "@rem", "::", "@::"])
def test_a_comment_of_a_batch_file(sign: str) -> None:
    files = {**FILES, "requirements.txt": "celery==5.4\n"}
    assert said({**files, "start.bat": f"{sign} celery -A oven_site worker\n"}) == []
    text = f"{sign} celery -A oven_site worker\r\ncelery -A oven_site worker\r\n"
    told = GONE.format("oven_site", "oven_site")
    assert said({**files, "start.bat": text}) == [f"start.bat:2:11 warn {told}"]


@pytest.mark.parametrize("name", ["your_project", "yourapp.celery", "project_name", "<project>", "appname.celery_app"])
def test_a_name_that_the_reader_is_to_fill_in(name: str) -> None:
    files = {**FILES, "requirements.txt": "celery==5.4\n"}
    assert said({**files, "start.sh": f"celery -A {name} worker\n"}) == []


def discovering(*packages: str) -> dict[str, str]:
    return {
        "shop.py": f'from celery import Celery\n\napp = Celery("shop")\napp.autodiscover_tasks({list(packages)})\n',
        "ovens/__init__.py": "",
        "ovens/tasks.py": "from celery import shared_task\n\n@shared_task\ndef bake(): ...\n",
    }


@pytest.mark.parametrize(
    ("package", "required"),
    [
        ("djcelery_email", "django-celery-email==3.0"),
        ("djcelery", "django-celery==3.3"),
        ("oauth2_provider", "django-oauth-toolkit"),
        ("social_django", "social-auth-app-django>=5"),
        ("notifications", "django-notifications-hq"),
        ("taggit", "wagtail==5.2"),
        ("kombu", ""),
    ],
)
def test_a_distribution_of_another_name(package: str, required: str) -> None:
    files = discovering("ovens", package)
    assert said({**files, "requirements.txt": f"celery==5.4\n{required}\n"}) == []


def test_no_distribution_of_that_name() -> None:
    files = discovering("ovens", "pantry")
    required = {"requirements.txt": "celery==5.4\ndjango-celery-email\nredis==5\n"}
    assert len(said({**files, **required})) == 1


def test_a_start_within_a_script_of_several() -> None:
    """A variable that is called like the module says nothing of it."""
    named = {"shop/more.py": "from shop.ovens.app import bakery as oven_app\n", "requirements.txt": "celery==5.4\n"}
    script = 'case "$1" in\n  worker)\n    shift\n    exec celery -A oven_app worker -c 4 "$@"\n    ;;\nesac\n'
    told = GONE.format("oven_app", "oven_app")
    assert said({**FILES, **named, "docker/start.sh": script}) == [f"docker/start.sh:4:20 warn {told}"]
    for text in ("import oven_app\n", "    from oven_app import x\n", 'NAMES = ["oven_app.app"]\n'):
        assert said({**FILES, **named, "docker/start.sh": script, "tools/more.py": f"if 1:\n    pass\n{text}"}) == []


def test_a_server_for_the_web_that_binds_the_app_is_no_second_one() -> None:
    files = {**FILES, "wsgi.py": "from shop.ovens.app import bakery\n", "requirements.txt": "celery==5.4\n"}
    assert len(said({**files, "start.sh": "celery -A oven_site worker\n"})) == 1


def test_celery_refuses_a_source_that_the_module_has_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "coop_rules.py").write_text('class Rules:\n    timezone = "UTC"\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    for sign in ":.":
        app = Celery("coop", set_as_current=False)
        app.config_from_object(f"coop_rules{sign}Rules")
        assert app.conf.timezone == "UTC"
        app = Celery("coop", set_as_current=False)
        app.config_from_object(f"coop_rules{sign}Settings")
        with pytest.raises(ImportError, match="no attribute 'Settings'"):
            assert app.conf.timezone
