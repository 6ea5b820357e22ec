"""Files of settings that are not read, or cannot be: a second one, a misspelt table, another encoding, a key given twice; and where a key belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings_texts import about_settings, mistakes, write
from taskguard.cli.main import main

TABLE = "[tool.taskguard]\n"


def told(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """Exit code of `taskguard check` in a folder, and its lines on standard error about settings."""
    write(folder, {"a.py": "", ".git/HEAD": ""})
    monkeypatch.chdir(folder)
    code = main(["check"])
    return code, about_settings(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"taskguard.toml": "", "pyproject.toml": f"[project]\nname = 'a'\n{TABLE}"},
            ["warning: pyproject.toml:3: tool.taskguard: is not read, since taskguard.toml beside it is"],
        ),
        (
            {".taskguard.toml": "", "taskguard.toml": "", "pyproject.toml": "tool.taskguard.ignore = []\n"},
            [
                "warning: taskguard.toml: is not read, since .taskguard.toml beside it is",
                "warning: pyproject.toml:1: tool.taskguard: is not read, since .taskguard.toml beside it is",
            ],
        ),
        ({"taskguard.toml": "", "pyproject.toml": "[project]\nname = 'taskguard'\n"}, []),
        (
            {"pyproject.toml": "[tool.taskgaurd]\nselect = []\n"},
            ["warning: pyproject.toml:1: tool.taskgaurd: nobody reads this table; did you mean `tool.taskguard`?"],
        ),
        (
            {"pyproject.toml": f"{TABLE}[tool.celery-taskguard.options]\n"},
            [
                "warning: pyproject.toml:2: tool.celery-taskguard: nobody reads this table; did you mean `tool.taskguard`?"
            ],
        ),
        ({"pyproject.toml": "[tool.taskipy]\n[tool.ruff]\n[tool.safeguard]\n[tool.poe.tasks]\n"}, []),
    ],
)
def test_settings_that_nobody_reads_are_told(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    said: list[str],
) -> None:
    write(tmp_path, files)
    assert told(tmp_path, capsys, monkeypatch) == (0, said)
    assert main(["settings", "--check"]) == (1 if said else 0)
    assert capsys.readouterr().out.splitlines() == said


@pytest.mark.parametrize("name", ["taskguard.toml", "pyproject.toml"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, encoding: str
) -> None:
    (tmp_path / name).write_bytes(f'{TABLE if name == "pyproject.toml" else ""}ignore = ["TG1"]\n'.encode(encoding))
    code, said = told(tmp_path, capsys, monkeypatch)
    assert (code, len(said)) == (2, 1)
    assert said[0].startswith(f"error: {name}:1: is UTF-16, or no text at all: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('preview = true\nsrc = ["."]\npreview = false\n', "3: preview: given twice; the first is in line 1"),
        ("[tasks]\nbase = []\n[levels]\n[tasks]\nrequire = []\n", "4: tasks: given twice; the first is in line 1"),
        ('[tasks]\nbase = [\n  "A",\n]\n\nbase = [\n  "B",\n]\n', "6: tasks.base: given twice; the first is in line 2"),
        ('levels = { TG1 = "off", TG1 = "warn" }\n', "1: levels.TG1: given twice"),
        ('[[overrides]]\nfiles = "a"\nfiles = "b"\n', "3: overrides[0].files: given twice; the first is in line 2"),
    ],
)
def test_a_key_that_is_given_twice_is_named(tmp_path: Path, text: str, said: str) -> None:
    assert mistakes(tmp_path, text) == [said]


def test_what_is_no_table_is_told_with_its_line(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "[project]\nname = 'a'\n[tool]\ntaskguard = 3\n", "pyproject.toml")
    assert found == ["4: tool.taskguard: expected a table, got a whole number"]
    found = mistakes(tmp_path, "[[tool.taskguard]]\nselect = []\n", "pyproject.toml")
    assert found == ["1: tool.taskguard: expected a table, got a list"]


def test_a_number_of_thousands_of_digits_is_no_bug_of_ours(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, f"\noptions.TG101.max-lines = {'9' * 5000}\n")
    assert found.startswith("2: ")


@pytest.mark.parametrize("value", ["-1", "0", "1" + "0" * 30, "true", "1.5", '"600"', "nan", "[600]", "1979-05-27"])
@pytest.mark.parametrize("option", ["TG101.max-lines", "TG103.max-tasks", "TG104.max-lines", "TG409.max-lines"])
def test_limits_that_are_none(tmp_path: Path, option: str, value: str) -> None:
    (found,) = mistakes(tmp_path, f"options.{option} = {value}\n")
    assert found.startswith(f"1: options.{option}: ")
    (found,) = mistakes(tmp_path, f'[[overrides]]\nfiles = "a"\noptions.{option} = {value}\n')
    assert found.startswith(f"3: overrides[0].options.{option}: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('require = ["queue"]', "require: unknown key here; `require` belongs under `tasks` (`tasks.require`)"),
        (
            'tasks.queue = ["a"]',
            "tasks.queue: unknown key here; `queue` belongs under `tasks.allowed` (`tasks.allowed.queue`)",
        ),
        (
            "max-lines = 3",
            "max-lines: unknown key here; `max-lines` belongs under `options.TG101` (`options.TG101.max-lines`); TG104 and TG409 have one, too",
        ),
        (
            "options.max_tasks = 3",
            "options.max_tasks: this is no code; `max-tasks` belongs under `options.TG103` (`options.TG103.max-tasks`)",
        ),
        ('TG101 = "off"', "TG101: unknown key here; `TG101` belongs under `levels` (`levels.TG101`)"),
        ("TG101.max-lines = 3", "TG101: unknown key here; `TG101` belongs under `options` (`options.TG101`)"),
        ('tasks.src = ["."]', "tasks.src: unknown key here; `src` belongs at the top, under no other key"),
        ('files = "a"', "files: unknown key here; `files` belongs under `[[overrides]]` or `[[tasks.policy]]`"),
        (
            'tasks.task-names = ["a"]',
            "tasks.task-names: unknown key here; `task-names` belongs under `celery` (`celery.task-names`)",
        ),
        ('policy = [{ files = "a" }]', "policy: unknown key here; `policy` belongs under `tasks` (`tasks.policy`)"),
        (
            'protective_calls = ["a"]',
            "protective_calls: unknown key here; `protective-calls` belongs under `contract` (`contract.protective-calls`)",
        ),
        (
            'tool.taskguard.ignore = ["TG1"]',
            "tool: outside of pyproject.toml the keys stand at the top, without `[tool.taskguard]`",
        ),
        ("force_exclude = true", "force_exclude: unknown key; did you mean `force-exclude`?"),
        ('tasks.requires = ["queue"]', "tasks.requires: unknown key; did you mean `require`?"),
    ],
)
def test_a_key_in_the_wrong_table_is_told_where_it_belongs(tmp_path: Path, text: str, said: str) -> None:
    assert mistakes(tmp_path, text + "\n") == [f"1: {said}"]
