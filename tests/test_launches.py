"""Modules that deployment files start Celery from and that are not there."""

from __future__ import annotations

import pytest

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
