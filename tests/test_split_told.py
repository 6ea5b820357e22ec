"""What settings say of a god file's place, when it is split."""

from __future__ import annotations

from pathlib import Path

import pytest

from taskguard.cli.main import main
from taskguard.splitting.places_told import told, widened
from test_split_command import git, journal

__all__ = ["journal"]
NEW = ("shop/parts/mail.py", "shop/parts/stock.py")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (
            '[[overrides]]\nfiles = "shop/tasks.py"\n',
            '[[overrides]]\nfiles = ["shop/tasks.py", "shop/parts/*.py"]\n',
        ),
        (
            "[[overrides]]\nlevels = { TG1 = 'off' }\nfiles = ['a.py', '*_x.py', 'shop/tasks.py'] # why\n[[tasks.policy]]\nfiles = 'shop/**'\n",
            "[[overrides]]\nlevels = { TG1 = 'off' }\nfiles = ['a.py', '*_x.py', 'shop/tasks.py', \"shop/parts/*.py\"] # why\n[[tasks.policy]]\nfiles = 'shop/**'\n",
        ),
        (
            "[[tasks.policy]]\nfiles = [\n    'shop/*.py',  # all\n    'b.py'\n]\nrequire = []\n",
            "[[tasks.policy]]\nfiles = [\n    'shop/*.py',  # all\n    'b.py',\n    \"shop/parts/*.py\"\n]\nrequire = []\n",
        ),
        (
            "[[overrides]]\nfiles = ['tasks.py', 'x.py',]\n[[overrides]]\nfiles = 'tests/**'\n",
            "[[overrides]]\nfiles = ['tasks.py', 'x.py', \"shop/parts/*.py\",]\n[[overrides]]\nfiles = 'tests/**'\n",
        ),
    ],
)
def test_what_holds_for_the_god_file_holds_for_its_modules(text: str, made: str) -> None:
    found = widened(text, "taskguard.toml", "shop/tasks.py", NEW, "shop/parts")
    assert found is not None
    assert found.text == made
    assert widened(found.text, "taskguard.toml", "shop/tasks.py", NEW, "shop/parts") is None, (
        "nothing is lacking any more"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[overrides]]\nfiles = 'shop/**'\n",
        "[[overrides]]\nfiles = 'other.py'\n",
        "overrides = [{ files = 'shop/tasks.py', levels = { TG1 = 'off' } }, { files = 'b.py' }]\n",
    ],
)
def test_where_nothing_is_to_be_widened_or_nobody_can_write_it_the_text_stays(text: str) -> None:
    assert widened(text, "taskguard.toml", "shop/tasks.py", NEW, "shop/parts") is None


def test_modules_that_lie_among_others_are_named_one_by_one() -> None:
    found = widened("[tool.taskguard]\n[[tool.taskguard.overrides]]\nfiles = 'shop/tasks.py'\n", "pyproject.toml", "shop/tasks.py", ("shop/tasks_shared.py", *NEW), "")  # fmt: skip
    assert found is not None
    assert (
        'files = [\'shop/tasks.py\', "shop/tasks_shared.py", "shop/parts/mail.py", "shop/parts/stock.py"]' in found.text
    )


RUFF = '[tool.ruff.lint.per-file-ignores]\n"shop/tasks.py" = ["E501"]\n"**/tasks.py" = ["F401"]\n"shop/**" = ["D"]\n"tests/*" = ["S"]\n'
MYPY = '[[tool.mypy.overrides]]\nmodule = ["a", "shop.tasks"]\n\n[[tool.mypy.overrides]]\nmodule = "shop.*"\n'
INI = "[flake8]\nper-file-ignores =\n    tests/*: E1\n    shop/tasks.py,shop/views.py: E501\n    # a word\n\n[mypy-shop.tasks]\nignore_errors = True\n\n[mypy-shop.*]\n"


def test_other_tools_are_told_of_one_file_alone() -> None:
    names = {path: path.removesuffix(".py").replace("/", ".") for path in NEW}
    configs = {"pyproject.toml": RUFF + MYPY, "setup.cfg": INI, "shop/ruff.toml": "[per-file-ignores]\n'tasks.py' = []\n", "tox.ini": "no"}  # fmt: skip
    assert told(configs, "shop/tasks.py", "shop.tasks", names) == [
        "pyproject.toml:2: per-file-ignores of ruff has 'shop/tasks.py': shop/parts/*.py may need the same",
        "pyproject.toml:3: per-file-ignores of ruff has '**/tasks.py': shop/parts/*.py may need the same",
        "pyproject.toml:7: overrides of mypy has 'shop.tasks': shop.parts.* may need the same",
        "setup.cfg:4: per-file-ignores of flake8 has 'shop/tasks.py': shop/parts/*.py may need the same",
        "setup.cfg:7: a section of mypy has 'shop.tasks': shop.parts.* may need the same",
        "shop/ruff.toml:2: per-file-ignores of ruff has 'tasks.py': parts/*.py may need the same",
    ]


def test_a_finding_that_an_override_hides_stays_hidden(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    god = journal / "background_tasks" / "report_tasks.py"
    settings = journal / "taskguard.toml"
    whole = "\n\n@shared_task\ndef at_once():\n    at_once.delay().get()\n"
    god.write_text(god.read_text() + whole)
    text = settings.read_text()
    settings.write_text(text + '\n[[overrides]]\nfiles = "background_tasks/report_tasks.py"\nlevels = { TG = "off" }\n')
    (journal / "ruff.toml").write_text('[lint.per-file-ignores]\n"background_tasks/report_tasks.py" = ["E501"]\n')
    git(journal, "add", "-A")
    git(journal, "commit", "-qm", "hidden")
    assert main(["plan", "background_tasks/report_tasks.py"]) == 0
    wanted = "ruff.toml:2: per-file-ignores of ruff has 'background_tasks/report_tasks.py': background_tasks/report/*.py may need the same"
    assert wanted in capsys.readouterr().out
    assert main(["split", "background_tasks/report_tasks.py"]) == 0, capsys.readouterr().err
    said = capsys.readouterr().err
    assert "taskguard.toml: what holds for background_tasks/report_tasks.py holds for its modules, too" in said
    assert wanted in said
    assert 'files = ["background_tasks/report_tasks.py", "background_tasks/report/*.py"]' in settings.read_text()
    assert main(["check", "background_tasks/report", "background_tasks/report_tasks.py"]) == 0, capsys.readouterr().out
    assert main(["split", "--undo"]) == 0
    assert git(journal, "status", "--short") == "?? taskguard-split.toml\n"


def test_a_pattern_that_stands_nowhere_as_it_is_read_is_told_of_the_first_line() -> None:
    configs = {
        "ruff.toml": "# ours\n[lint.per-file-ignores]\n'other.py' = ['F401']\n\"shop/t\\u0061sks.py\" = ['F401']\n"
    }
    (found,) = told(configs, "shop/tasks.py", "shop.tasks", {one: one[:-3].replace("/", ".") for one in NEW})
    assert found.startswith("ruff.toml:1: ") and "'shop/tasks.py'" in found
