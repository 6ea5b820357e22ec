"""Every key of the settings changes what is said of some project, or it is written here why it does not.

The keys are taken from the schema itself: one that is added there and proved nowhere fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from settings_texts import write
from taskguard.cli.main import main
from taskguard.engine import check_change
from taskguard.record import Record
from taskguard.selection import option_types
from taskguard.settings.catalogue import modules
from taskguard.settings.load import load
from taskguard.settings.schema import PackTable, SettingsTable, Table
from warm import completed

SHOP = {
    "shop/__init__.py": "",
    "shop/base.py": "from celery import Task\nclass BaseTask(Task): ...\ndef count(): ...\n",
    "shop/tasks.py": "from celery import shared_task\nfrom shop.base import BaseTask, count\n\n"
    "@shared_task(queue='mail', owner='x')\ndef send(): ...\n",
}
FACADE = {
    "a/__init__.py": "",
    "a/old.py": "from a.new.one import first\nVERSION = 1\n",
    "a/new/__init__.py": "",
    "a/new/one.py": "def first(): ...\ndef second(): ...\ndef _third(): ...\n",
    "user.py": "from a.old import first, _third\n",
}
APP = "from celery import Celery\napp = Celery('shop')\n"
BROKEN = "from celery import shared_task\n@shared_task(bind=True)\ndef send(): ...\n"
NAMED = "from celery import shared_task\n@shared_task(name='send')\ndef send(): ...\n"
SERVICES = {
    **{f"{folder}/setup.cfg": "" for folder in ("one", "two", "lib")},
    "one/first.py": APP + "import common\n",
    "two/second.py": APP + "import common, jobs\n",
    "two/jobs.py": NAMED,
    "lib/common.py": NAMED,
}
MADE_ELSEWHERE = {
    "shop/__init__.py": "",
    "shop/worker.py": "from acme import make\nqueue = make()\n",
    "shop/jobs.py": "from celery import shared_task\n@shared_task\ndef send(): ...\n",
}
LONG = "\n".join(f"x{number} = {number}  # a line\n" for number in range(310))
WARNED = 'overrides = [{ files = "shop/tasks.py", levels.TG207 = "off" }]'


class Proof(Record):
    """A project and two texts of settings that differ in a key: what is said differs, too. `words` are those of `check`."""

    files: dict[str, str]
    given: str
    absent: str = ""
    words: tuple[str, ...] = ()


PROOFS = {
    "levels": Proof(SHOP, 'levels.TG207 = "off"'),
    "overrides": Proof(SHOP, WARNED),
    "overrides[].files": Proof(SHOP, WARNED, WARNED.replace("shop/tasks.py", "shop/base.py")),
    "overrides[].levels": Proof(SHOP, WARNED, WARNED.replace('"off"', '"error"')),
    "overrides[].options": Proof(
        {"long.py": LONG}, 'overrides = [{ files = "long.py", options.TG101.max-lines = 700 }]'
    ),
    "options": Proof({"long.py": LONG}, "options.TG101.max-lines = 700"),
    "options.TG101.max-lines": Proof({"long.py": LONG}, "options.TG101.max-lines = 700"),
    "options.TG101.count": Proof({"long.py": LONG}, 'options.TG101.count = "code"'),
    "options.TG103.max-tasks": Proof(
        {"a.py": "from celery import shared_task\n" + "".join(f"@shared_task\ndef t{n}(): ...\n" for n in range(3))},
        'levels.TG103 = "error"\noptions.TG103.max-tasks = 2',
        'levels.TG103 = "error"',
    ),
    "options.TG104.max-lines": Proof(
        {"a.py": "from celery import shared_task\n@shared_task\ndef a():\n" + "    print(1)\n" * 20},
        'levels.TG104 = "error"\noptions.TG104.max-lines = 10',
        'levels.TG104 = "error"',
    ),
    "options.TG402.together": Proof(
        {"a/__init__.py": "from a.b import one, two\n", "a/b.py": "three = 1\n"}, "options.TG402.together = false"
    ),
    "options.TG405.together": Proof(
        {"jobs.py": NAMED + "from a import one, two\n", "a.py": "three = 1\n"}, "options.TG405.together = false"
    ),
    "options.TG405.modules": Proof(
        {"a.py": "def one(): ...\n", "b.py": "from a import two\nprint(two)\n"}, 'options.TG405.modules = "all"'
    ),
    "options.TG409.max-lines": Proof(
        FACADE,
        'levels.TG409 = "error"\nfacades = [{ module = "a.old" }]\noptions.TG409.max-lines = 1',
        'levels.TG409 = "error"\nfacades = [{ module = "a.old" }]',
    ),
    "tasks": Proof(SHOP, 'tasks.require = ["time_limit"]'),
    "tasks.base": Proof(SHOP, 'tasks.base = ["BaseTask"]'),
    "tasks.require": Proof(SHOP, 'tasks.require = ["time_limit"]'),
    "tasks.allowed": Proof(SHOP, 'tasks.allowed.queue = ["other"]'),
    "tasks.allowed{}[].name": Proof(
        {
            "conf.py": "from elsewhere import MAIL, POST\n",
            "a.py": "from celery import shared_task\nfrom conf import MAIL\n@shared_task(queue=MAIL)\ndef a(): ...\n",
        },
        'tasks.allowed.queue = [{ name = "elsewhere.MAIL" }]',
        'tasks.allowed.queue = [{ name = "elsewhere.POST" }]',
        ("--show-undecided",),
    ),
    "tasks.calls": Proof(SHOP, 'tasks.calls = ["count"]'),
    "tasks.queue-in": Proof(SHOP, 'tasks.queue-in = "routes"'),
    "tasks.decorators": Proof(
        {"a.py": "from acme import job\n@job\ndef a(): ...\n"},
        'levels.TG302 = "error"\ntasks.decorators = ["acme.job"]',
        'levels.TG302 = "error"',
    ),
    "tasks.options": Proof(SHOP, 'tasks.options = ["owner"]'),
    "tasks.policy": Proof(SHOP, 'tasks.policy = [{ files = "shop", require = ["time_limit"] }]'),
    "tasks.policy[].files": Proof(
        SHOP,
        'tasks.policy = [{ files = "shop", require = ["time_limit"] }]',
        'tasks.policy = [{ files = "shop/base.py", require = ["time_limit"] }]',
    ),
    "tasks.policy[].base": Proof(SHOP, 'tasks.policy = [{ files = "shop", base = ["BaseTask"] }]'),
    "tasks.policy[].require": Proof(SHOP, 'tasks.policy = [{ files = "shop", require = ["time_limit"] }]'),
    "tasks.policy[].allowed": Proof(SHOP, 'tasks.policy = [{ files = "shop", allowed.queue = ["other"] }]'),
    "tasks.policy[].allowed{}[].name": Proof(
        {
            "conf.py": "from elsewhere import MAIL, POST\n",
            "a.py": "from celery import shared_task\nfrom conf import MAIL\n@shared_task(queue=MAIL)\ndef a(): ...\n",
        },
        'tasks.policy = [{ files = "a.py", allowed.queue = [{ name = "elsewhere.MAIL" }] }]',
        'tasks.policy = [{ files = "a.py", allowed.queue = [{ name = "elsewhere.POST" }] }]',
        ("--show-undecided",),
    ),
    "tasks.policy[].calls": Proof(SHOP, 'tasks.policy = [{ files = "shop", calls = ["count"] }]'),
    "tasks.policy[].queue-in": Proof(SHOP, 'tasks.policy = [{ files = "shop", queue-in = "routes" }]'),
    "facades": Proof(FACADE, 'facades = [{ module = "a.old" }]'),
    "facades[].module": Proof(FACADE, 'facades = [{ module = "a.old" }]', 'facades = [{ module = "a.new.one" }]'),
    "facades[].sources": Proof(
        {**FACADE, "a/new/two.py": "def fourth(): ...\n"},
        'facades = [{ module = "a.old", sources = ["a.new.*"] }]',
        'facades = [{ module = "a.old" }]',
    ),
    "facades[].private": Proof(
        FACADE, 'facades = [{ module = "a.old", private = true }]', 'facades = [{ module = "a.old" }]'
    ),
    "apps": Proof(MADE_ELSEWHERE, 'apps = [{ app = "shop.worker:queue" }]'),
    "apps[].app": Proof(
        MADE_ELSEWHERE, 'apps = [{ app = "shop.worker:queue" }]', 'apps = [{ app = "shop.worker:other" }]'
    ),
    "apps[].src": Proof(
        SERVICES, 'apps = [{ app = "first:app", src = ["one", "lib"] }]', 'apps = [{ app = "first:app" }]'
    ),
    "celery": Proof(
        {"main.py": APP + "app.send_task('other.job')\n"},
        'celery.task-names = ["other.*"]',
    ),
    "celery.queues": Proof(
        {"main.py": APP + "@app.task(queue='mail')\ndef send(): ...\n"},
        'celery.queues = ["post"]',
    ),
    "celery.imports": Proof(
        {"main.py": APP, "jobs.py": "from celery import shared_task\n@shared_task\ndef send(): ...\n"},
        'celery.imports = ["jobs"]',
    ),
    "celery.task-names": Proof(
        {"main.py": APP + "app.send_task('other.job')\n"},
        'celery.task-names = ["other.*"]',
    ),
    "required-version": Proof(SHOP, 'required-version = ">=99"'),
    "packs": Proof(SHOP, 'packs = ["strict"]'),
    "src": Proof(
        {"lib/deep/a.py": "def one(): ...\n", "lib/deep/tasks.py": "from a import two\n"},
        'src = ["lib/deep"]',
        'src = ["."]',
    ),
    "exclude": Proof({**SHOP, "broken.py": BROKEN}, 'exclude = ["broken.py"]'),
    "extend-exclude": Proof({**SHOP, "broken.py": BROKEN}, 'extend-exclude = ["broken.py"]'),
    "force-exclude": Proof(
        {"broken.py": BROKEN},
        'exclude = ["broken.py"]\nforce-exclude = true',
        'exclude = ["broken.py"]',
        ("broken.py",),
    ),
    "respect-gitignore": Proof(
        {".gitignore": "broken.py\n", ".git/HEAD": "", "broken.py": BROKEN}, "respect-gitignore = false"
    ),
    "select": Proof(SHOP, 'select = ["TG101"]'),
    "ignore": Proof(SHOP, 'ignore = ["TG207"]'),
    "extends": Proof({**SHOP, "house.toml": 'extends = ["strict"]\n'}, 'packs = ["house.toml"]', 'packs = ["core"]'),
}
# Keys that are proved by a test of their own below.
APART = {"contract", "contract.protective-calls", "checkers"}
# Keys that change nothing, and why.
SILENT = {
    "preview": "no rule of this version is in preview",
    "description": "words for people, in a pack",
}


def keys(kind: Any, name: str = "") -> Iterator[str]:
    """The names of all keys below a type: `[]` for the elements of a list, `{}` for the values of a table with free keys."""
    origin = get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, Table):
        hints = get_type_hints(kind, include_extras=True)
        for field in msgspec.structs.fields(kind):
            inner = f"{name}.{field.encode_name}" if name else field.encode_name
            yield inner
            yield from keys(hints[field.name], inner)
    elif origin is list:
        yield from keys(get_args(kind)[0], f"{name}[]")
    elif origin is dict:
        yield from keys(get_args(kind)[1], name + "{}")
    elif origin in (Union, UnionType, Annotated):
        for one in get_args(kind):
            yield from keys(one, name)


def test_every_key_is_proved_or_explained() -> None:
    options = {f"options.{code}.{option}" for code in modules() for option in option_types(code) or ()}
    known = {*keys(SettingsTable), *keys(PackTable), *options}
    assert {*PROOFS, *APART, *SILENT} == known
    assert not {*PROOFS} & {*APART, *SILENT}


@pytest.mark.parametrize("key", sorted(PROOFS))
def test_a_key_changes_what_is_said(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = PROOFS[key]
    (tmp_path / ".git").mkdir()
    write(tmp_path, proof.files)
    monkeypatch.chdir(tmp_path)

    def said(text: str) -> tuple[int, str]:
        write(tmp_path, {"taskguard.toml": text})
        code = main(["check", "--output-format", "concise", *proof.words])
        return code, capsys.readouterr().out

    given, absent = said(proof.given), said(proof.absent)
    assert given != absent
    assert absent[0] != 2, "the comparison is with settings that are right"
    assert given[0] != 2 or key == "required-version"


def test_protective_calls_change_what_is_said_of_a_change(tmp_path: Path) -> None:
    head = "from celery import shared_task\nfrom acme import count\n\n@shared_task\ndef send():\n"
    before, after = {"a.py": head + "    count()\n    print(1)\n"}, {"a.py": head + "    print(1)\n"}
    codes = []
    for text in ('contract.protective-calls = ["count"]\n', ""):
        write(tmp_path, {"taskguard.toml": text})
        report = check_change(before, after, load(str(tmp_path / "taskguard.toml"), str(tmp_path)))
        codes.append([one.code for one in report.diagnostics])
    assert codes[0] != codes[1]
    assert "TG705" in codes[0]


def test_checkers_add_what_a_package_says(tmp_path: Path) -> None:
    rule = (
        "from taskguard.rule import FileRule, about, tasks_in\n"
        "class Everything(FileRule, code='WLK001', since='1'):\n"
        '    """Says something of every task."""\n'
        "    def check(self, module):\n"
        "        for task in tasks_in(module):\n"
        "            yield about(task, 'a task', 'nothing')\n"
    )
    info = "walked_checkers-1.dist-info"
    write(
        tmp_path,
        {
            "site/walked_checkers.py": rule,
            f"site/{info}/METADATA": "Metadata-Version: 2.1\nName: walked_checkers\nVersion: 1\n",
            f"site/{info}/entry_points.txt": "[taskguard.checkers]\nwalked = walked_checkers\n",
            **{f"project/{path}": text for path, text in SHOP.items()},
        },
    )
    write(tmp_path / "project", {"taskguard.toml": 'checkers = ["walked"]\n'})
    # In a process of its own: what is installed is asked for once.
    installed = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = completed("check", "--output-format", "concise", cwd=tmp_path / "project", environment=installed)
    assert done.returncode == 1
    assert "WLK001" in done.stdout
