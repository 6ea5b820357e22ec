"""Names in settings that do not exist: what is certainly wrong ends the run, what may be right tomorrow is a line of warning."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from settings_texts import about_settings, write
from taskguard.cli.main import main
from warm import flake8

TASKS = """\
from celery import Task, shared_task


class BaseTask(Task):
    abstract = True


@shared_task(base=BaseTask, owner="payments")
def send():
    count()


def count(): ...
"""


OWN = " (an option of your own is declared under `tasks.options`)"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    write(tmp_path, {"shop/__init__.py": "", "shop/tasks.py": TASKS, "shop/mail/deep.py": ""})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(shop: Path, text: str, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    """Exit code of `taskguard check`, and what it said of the settings."""
    write(shop, {"taskguard.toml": text})
    code = main(["check", *words])
    return code, about_settings(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'tasks.require = ["quue"]',
            "tasks.require[0]: Celery has no task option `quue`; did you mean `queue`?" + OWN,
        ),
        ('tasks.require = ["queue|"]', "tasks.require[0]: an option is wanted on both sides of `|`"),
        ('tasks.require = ["queue | priority"]', "tasks.require[0]: write `queue|priority`, without spaces"),
        ('tasks.require = [""]', "tasks.require[0]: the name of an option is empty"),
        (
            'tasks.require = ["countdown"]',
            "tasks.require[0]: `countdown` is an option of a call (`apply_async`), which no task has",
        ),
        (
            'tasks.policy = [{ files = "shop", require = ["time_limt"] }]',
            "tasks.policy[0].require[0]: Celery has no task option `time_limt`; did you mean `time_limit`?" + OWN,
        ),
        (
            'tasks.allowed.queu = ["a"]',
            "tasks.allowed.queu: Celery has no task option `queu`; did you mean `queue`?" + OWN,
        ),
        (
            'tasks.options = ["queue"]',
            "tasks.options[0]: `queue` is an option of Celery's own and needs no declaration",
        ),
        ('tasks.options = ["the queue"]', "tasks.options[0]: `the queue` is no name of an option"),
        ('tasks.base = ["a..B"]', "tasks.base[0]: `a..B` is no dotted name"),
        ('tasks.calls = ["count()"]', "tasks.calls[0]: `count()` is no dotted name; did you mean `count`?"),
        ('tasks.decorators = ["a:task"]', "tasks.decorators[0]: `a:task` is no dotted name; did you mean `a.task`?"),
        (
            'celery.imports = ["shop/tasks"]',
            "celery.imports[0]: `shop/tasks` is no dotted name of a module; did you mean `shop.tasks`?",
        ),
        ('celery.queues = [""]', "celery.queues[0]: the name is empty"),
        ('contract.protective-calls = ["a b"]', "contract.protective-calls[0]: `a b` is no dotted name"),
        (
            'apps = [{ app = "shop.celery.app" }]',
            "apps[0].app: an app is written `module:name`; did you mean `shop.celery:app`?",
        ),
        (
            'facades = [{ module = "shop/tasks" }]',
            "facades[0].module: `shop/tasks` is no dotted name; did you mean `shop.tasks`?",
        ),
        ('src = ["shp"]', "src[0]: there is no folder `shp`; did you mean `shop`?"),
        ('src = ["shop/mial"]', "src[0]: there is no folder `shop/mial`; did you mean `shop/mail`?"),
        ('src = ["/shop"]', "src[0]: a folder below that of the settings is wanted"),
        ('src = ["../shop"]', "src[0]: a folder below that of the settings is wanted"),
        (
            'tasks.base = ["shop.tasks.BaseTsk"]',
            "tasks.base[0]: `shop.tasks` has no `BaseTsk`; did you mean `BaseTask`?",
        ),
        (
            'tasks.base = ["shop.task.BaseTask"]',
            "tasks.base[0]: `shop` has no `task`; did you mean `tasks`?",
        ),
        ('tasks.base = ["shop.tasks.send"]', "tasks.base[0]: `shop.tasks.send` is a function, no class"),
        ('tasks.base = ["no.such.Base"]', "tasks.base[0]: the project has no module `no.such`"),
        (
            'tasks.base = ["BaseTsk"]',
            "tasks.base[0]: no file of the project holds the word `BaseTsk`; did you mean `BaseTask`?",
        ),
    ],
)
def test_a_name_that_is_certainly_wrong_ends_the_run(
    shop: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert checked(shop, text, capsys) == (2, [f"error: taskguard.toml:1: {said}"])
    assert main(["settings", "--check"]) == 2
    printed = capsys.readouterr()
    assert said in printed.out + printed.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'overrides = [{ files = ["shp/**"], levels = { TG101 = "off" } }]',
            "overrides[0].files[0]: `shp/**` matches no file; did you mean `shop/**`?",
        ),
        (
            'overrides = [{ files = "tests/**", levels.TG101 = "off" }]',
            "overrides[0].files: `tests/**` matches no file",
        ),
        (
            'tasks.policy = [{ files = "docs/*", require = ["queue"] }]',
            "tasks.policy[0].files: `docs/*` matches no file",
        ),
        ('tasks.decorators = ["jobs"]', "tasks.decorators[0]: no file of the project holds the word `jobs`"),
        (
            'tasks.decorators = ["shop.tasks.job"]',
            "tasks.decorators[0]: `shop.tasks` has no `job`",
        ),
        (
            'celery.imports = ["shop.taks"]',
            "celery.imports[0]: the project has no module `shop.taks`; did you mean `shop.tasks`?",
        ),
        (
            'contract.protective-calls = ["Metrics.increment"]',
            "contract.protective-calls[0]: no file of the project holds the word `increment`",
        ),
    ],
)
def test_a_name_that_may_be_right_tomorrow_is_a_warning(
    shop: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    line = f"warning: taskguard.toml:1: {said}"
    assert checked(shop, text, capsys) == (0, [line])
    assert checked(shop, text, capsys) == (0, [line]), "also where the answer of the last run is repeated"
    assert main(["settings", "--check"]) == 1
    assert capsys.readouterr().out == f"{line}\n"


def test_names_that_exist_are_no_matter(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """
        src = [".", "shop/mail"]
        overrides = [{ files = ["shop/mail/**", "tasks.py"], levels.TG101 = "off" }]
        [tasks]
        base = ["BaseTask", "shop.tasks.BaseTask", "celery.Task"]
        require = ["owner", "base|queue"]
        options = ["owner"]
        calls = ["count"]
        decorators = ["shared_task"]
        policy = [{ files = "shop/*", require = ["owner"] }]
        allowed.owner = ["payments"]
        [celery]
        imports = ["shop.*"]
        [contract]
        protective-calls = ["count"]
        """
    assert checked(shop, text, capsys) == (0, [])
    assert main(["settings", "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_base_class_of_a_library_is_nobodys_mistake(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        shop,
        {
            "shop/more.py": "from celery import shared_task\nfrom acme.jobs import OnceTask\n@shared_task(base=OnceTask)\ndef a(): ...\n"
        },
    )
    assert checked(shop, 'tasks.base = ["BaseTask", "acme.jobs.Other"]', capsys) == (0, [])
    code, said = checked(shop, 'tasks.base = ["BaseTask", "corp.Base"]', capsys)  # OnceTask may be one
    assert (code, said) == (0, ["warning: taskguard.toml:1: tasks.base[1]: the project has no module `corp`"])


def test_what_cannot_be_told_is_not_told(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        shop,
        {
            "shop/open.py": "def __getattr__(name): ...\n",
            "shop/starred.py": "from acme import *\n",
            "gone/base.py": "class Base: ...\n",
        },
    )
    text = (
        'extend-exclude = ["gone"]\ntasks.base = ["BaseTask", "shop.open.Base", "shop.starred.Base", "gone.base.Base"]'
    )
    assert checked(shop, text, capsys) == (0, [])


def test_an_own_option_is_declared_once(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["check", "--select", "TG207"])
    assert (code, "TG207" in capsys.readouterr().out) == (0, True)
    write(shop, {"taskguard.toml": 'tasks.options = ["owner"]'})
    code = main(["check", "--select", "TG207"])
    assert (code, "TG207" in capsys.readouterr().out) == (0, False)


def test_a_pack_may_declare_the_options_that_it_requires(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(shop, {"house.toml": 'extends = ["core"]\n[tasks]\noptions = ["owner"]\nrequire = ["owner"]\n'})
    assert checked(shop, 'packs = ["house.toml"]\ntasks.allowed.owner = ["payments"]', capsys) == (0, [])


def test_one_file_is_blamed_for_no_base_class_that_nobody_has(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(shop, {"shop/bare.py": "from celery import shared_task\n@shared_task\ndef a(): ...\n"})
    code, said = checked(shop, 'tasks.base = ["no.such.Base"]', capsys, "shop/bare.py")
    assert (code, len(said)) == (2, 1)
    assert checked(shop, 'tasks.base = ["no.such.Base"]', capsys, "shop/mail/deep.py") == (0, [])


def test_warnings_leave_standard_output_hooks_and_quiet_runs_alone(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(shop, {"taskguard.toml": 'overrides = [{ files = "tests/**", levels.TG101 = "off" }]'})
    assert main(["check", "--output-format", "json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["summary"]["error"] == 0
    assert printed.err.count("warning: ") == 1
    assert main(["check", "--quiet"]) == 0
    assert main(["check", "shop/tasks.py"]) == 0
    assert main(["check", "--hook", "shop/__init__.py", "shop/tasks.py", "shop/mail/deep.py"]) == 0
    assert capsys.readouterr().err == ""
    done = flake8("--select", "TG0", "shop", cwd=shop)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_settings_of_an_inner_folder_are_looked_at_too(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        shop,
        {"shop/taskguard.toml": 'overrides = [{ files = "mial/*", levels.TG101 = "off" }]\n', "taskguard.toml": ""},
    )
    assert main(["check"]) == 0
    said = "shop/taskguard.toml:1: overrides[0].files: `mial/*` matches no file; did you mean `mail/*`?"
    assert capsys.readouterr().err == f"taskguard: warning: {said}\n"
