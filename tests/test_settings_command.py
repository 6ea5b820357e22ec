"""`taskguard settings`: what is in force, and who says so."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from settings_texts import settings_of, write
from taskguard.cli import settings_command
from taskguard.cli.main import main
from taskguard.errors import UserError
from taskguard.selection import rules
from taskguard.settings.load import explain, load
from taskguard.settings.model import CommandLine, House, Override, Settings
from taskguard.settings.toml import parse

# taskguard settings


def printed(args: list[str]) -> str:
    out = io.StringIO()
    assert settings_command.run(args, out) == 0
    return out.getvalue()


def rows(text: str) -> dict[str, tuple[str, str]]:
    """Key -> (value, origin) of what `taskguard settings` prints."""
    found = {}
    for line in text.splitlines():
        if " = " in line and "  # " in line:
            said, _, origin = line.rpartition("  # ")
            key, _, value = said.partition(" = ")
            found[key] = (value.strip(), origin)
    return found


def test_the_command_prints_each_value_with_its_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": """\
[tool.taskguard]
packs = ["basetask"]
[tool.taskguard.levels]
TG302 = "warn"
[tool.taskguard.tasks]
require = ["queue"]
[tool.taskguard.options.TG101]
max-lines = 700
[[tool.taskguard.tasks.policy]]
files = "mail/*"
base = ["MailTask"]
[[tool.taskguard.overrides]]
files = "tests/**"
levels = { TG302 = "off" }
""",
            "tests/a.py": "",
            "mail/a.py": "",
        },
    )
    monkeypatch.chdir(tmp_path)
    text = printed([])
    found = rows(text)
    assert found["packs"] == ('["core", "basetask"]', "pyproject.toml:2")
    assert found["src"] == ('["."]', "default")
    assert found["levels.TG302"] == ('"warn"', "pyproject.toml:4")
    assert found["levels.TG301"][1].startswith("pack core, core.toml:")
    assert found["tasks.require"] == ('["queue"]', "pyproject.toml:6")
    assert found["tasks.base"][1].startswith("pack basetask, basetask.toml:")
    assert found["options.TG101.max-lines"] == ("700", "pyproject.toml:8")
    assert found["options.TG101.count"][1] == "default"
    again = parse(text)
    assert again["overrides"][-1:] == [{"files": ["tests/**"], "levels": {"TG302": "off"}}]
    assert again["tasks"]["policy"] == [{"files": ["mail/*"], "base": ["MailTask"]}]

    assert rows(printed(["tests/a.py"]))["levels.TG302"] == ('"off"', "pyproject.toml:12")
    assert rows(printed(["tests/a.py"]))["levels.TG101"] == (
        '"warn"', next(line.rpartition("# ")[2] for line in text.splitlines() if line.startswith("[[overrides]]"))
    )  # fmt: skip
    assert rows(printed(["mail/a.py"]))["tasks.base"] == ('["MailTask"]', "pyproject.toml:9")
    assert rows(printed(["--isolated"]))["packs"] == ('["core"]', "default")


def test_what_the_command_prints_is_a_settings_file_that_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        {
            "a/taskguard.toml": """
                packs = ["basetask", "django-celery"]
                facades = [{ module = "a.tasks", sources = ["a.jobs.*"] }]
                apps = [{ app = "a:app", src = ["."] }]
                tasks.allowed.queue = ["x", { name = "django.conf.settings.Q" }, 3]
                """,
        },
    )
    monkeypatch.chdir(tmp_path / "a")
    before = load("taskguard.toml", str(tmp_path / "a"))
    text = printed([]).replace('packs = ["core", "basetask", "django-celery"]', "packs = []")
    after = settings_of(tmp_path / "a", text)
    for field in ("levels", "house", "facades", "apps", "exclude", "protective_calls"):
        assert getattr(after, field) == getattr(before, field), field
    assert plain(after) == plain(before)


def plain(settings: Settings) -> list[Override]:
    """The overrides without what is of their place."""
    return [one.replace(layer=0, asked=()) for one in settings.overrides]


def test_what_is_printed_of_the_default_pack_asks_for_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = printed([])
    again = settings_of(tmp_path, text)
    assert [code for code in ("TG201", "TG202", "TG203", "TG204", "TG209") if f"# levels.{code} = " not in text] == []
    assert (dict(again.levels), again.house) == (dict(load(None, str(tmp_path)).levels), House())
    assert [rule.code for rule in rules(again)] == [rule.code for rule in rules(load(None, str(tmp_path)))]


def test_the_command_for_a_path_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"there is no nothing\.py"):
        printed(["nothing.py"])


def test_origins_name_the_command_line(tmp_path: Path) -> None:
    origins = explain(None, str(tmp_path), CommandLine(select=("TG1",), packs=("strict",))).origins
    assert (origins["select"], origins["packs"]) == ("command line", "command line")


def test_an_option_of_tasks_leads_to_the_values_that_it_may_have(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "queue"]) == 2
    assert "did you mean tasks.allowed (`tasks.allowed.queue`)?" in capsys.readouterr().err
