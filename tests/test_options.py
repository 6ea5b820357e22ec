"""The options of the command line that users of other linters know: each has an effect, wrong combinations are exit 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from taskguard.cli.arguments import HELP
from taskguard.cli.completion_command import tables
from taskguard.cli.main import commands
from test_cli import LONG, TASK, taskguard

UNNAMED = "from celery import shared_task\n\n\n@shared_task\ndef send():\n    pass\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a clean file, one that is too long and one whose task has no name of its own."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "good.py").write_text(TASK)
    (tmp_path / "bad.py").write_text(LONG.replace("a.send", "b.send"))
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "mail.py").write_text(UNNAMED)
    return tmp_path


def codes(cwd: Path, *words: str) -> list[str]:
    """`path code` of everything that a check finds."""
    done = taskguard("check", "--output-format=json", *words, cwd=cwd)
    assert done.returncode in (0, 1), done.stderr
    return [f"{one['path']} {one['code']}" for one in json.loads(done.stdout)["diagnostics"]]


def test_extend_select_adds_to_what_is_on(project: Path) -> None:
    assert codes(project) == ["bad.py TG101"]
    assert codes(project, "--extend-select", "TG302") == ["app/mail.py TG302", "bad.py TG101"]
    assert codes(project, "--select=TG302") == ["app/mail.py TG302"]
    assert codes(project, "--select=TG302", "--extend-select=TG101") == ["app/mail.py TG302", "bad.py TG101"]
    assert codes(project, "--extend-select=TG302", "--ignore=TG3") == ["bad.py TG101"]


def test_extend_select_keeps_levels_and_what_holds_at_a_path(project: Path) -> None:
    (project / "taskguard.toml").write_text(
        'levels = {TG101 = "warn"}\n[[overrides]]\nfiles = "app"\nlevels = {TG302 = "off"}\n'
    )
    assert codes(project, "--extend-select=TG302,TG1") == ["bad.py TG101"]
    assert taskguard("check", "--extend-select=TG101", cwd=project).returncode == 0


def test_extend_select_beats_what_the_file_ignores_or_selects(project: Path) -> None:
    (project / "taskguard.toml").write_text('ignore = ["TG3", "TG1"]\n')
    assert codes(project, "--extend-select=TG302") == ["app/mail.py TG302"]
    (project / "taskguard.toml").write_text('select = ["TG101"]\n')
    assert codes(project, "--extend-select=TG302") == ["app/mail.py TG302", "bad.py TG101"]


@pytest.mark.parametrize("ignored", ["bad.py:TG101", "*.py:TG302,TG101", "app/**:TG302,bad.py:TG1", "bad.py:ALL"])
def test_per_file_ignores(project: Path, ignored: str) -> None:
    assert codes(project, "--per-file-ignores", ignored) == []
    assert codes(project, "--per-file-ignores", "app/**:TG101") == ["bad.py TG101"]


def test_a_single_setting_overrules_the_file(project: Path) -> None:
    (project / "taskguard.toml").write_text("options.TG101.max-lines = 700\n")
    assert codes(project) == []
    assert codes(project, "--config", "options.TG101.max-lines = 5") == [
        "app/mail.py TG101",
        "bad.py TG101",
        "good.py TG101",
    ]
    both = ("--config=options.TG101.max-lines=600", "--config", 'levels.TG302="error"')
    assert codes(project, *both) == ["app/mail.py TG302", "bad.py TG101"]
    assert codes(project, "--isolated", "--config=options.TG101.max-lines=5", "--config", "extend-exclude=['good.py']") == [
        "app/mail.py TG101", "bad.py TG101",
    ]  # fmt: skip


def test_a_single_setting_names_packs_and_overrules_a_file_that_is_named(project: Path) -> None:
    (project / "other.toml").write_text("options.TG101.max-lines = 700\n")
    (project / "packs").mkdir()
    (project / "packs" / "own.toml").write_text('levels = {TG302 = "error"}\n')
    assert codes(project, "--config=other.toml", "--config", 'packs=["core", "packs/own.toml"]') == [
        "app/mail.py TG302"
    ]


@pytest.mark.parametrize(
    "command", ["rules", "settings", "rule --all", "tasks", "check", "snapshot", "verify", "diff HEAD"]
)
def test_single_settings_hold_for_every_command_that_reads_settings(project: Path, command: str) -> None:
    done = taskguard(*command.split(), "--config", "levls.TG302='off'", cwd=project)
    assert done.returncode == 2 and "levls" in done.stderr and "levels" in done.stderr


def test_single_settings_are_shown_with_their_origin(project: Path) -> None:
    said = taskguard("settings", "--config", "src=['app']", cwd=project).stdout
    (line,) = [line for line in said.splitlines() if line.startswith("src")]
    assert line.split() == ["src", "=", '["app"]', "#", "--config"]


def test_what_comments_hide_is_shown(project: Path) -> None:
    (project / "bad.py").write_text("# taskguard: ignore-file[TG101] later\n" + LONG.replace("a.send", "b.send"))
    (project / "app" / "mail.py").write_text(
        UNNAMED.replace("@shared_task\n", "@shared_task(bind=True)  # noqa: TG206\n")
    )
    assert codes(project) == []
    assert codes(project, "--ignore-noqa") == ["app/mail.py TG206", "bad.py TG101"]
    assert codes(project) == []


def test_short_words(project: Path) -> None:
    assert taskguard("check", "-e", cwd=project).returncode == 0
    for words in (("-s",), ("--silent",), ("-s", "--statistics"), ("-s", "--output-format=json"), ("-s", "--diff")):
        done = taskguard("check", *words, cwd=project)
        assert (done.stdout, done.stderr) == ("", "") and done.returncode == (0 if "--diff" in words else 1)
    done = taskguard("check", "-sneq", cwd=project)
    assert (done.returncode, done.stdout) == (0, "")


def test_silent_still_writes_the_file_that_is_asked_for(project: Path) -> None:
    assert taskguard("check", "-s", "-o", "found.txt", cwd=project).stdout == ""
    assert "TG101" in (project / "found.txt").read_text()


@pytest.mark.parametrize("command", ["tasks", "diff HEAD", "check -e"])
def test_the_former_word_for_the_format_goes_on(project: Path, command: str) -> None:
    import subprocess

    subprocess.run(
        "git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm x",
        shell=True,
        cwd=project,
        check=True,
    )
    now = taskguard(*command.split(), "--output-format=json", cwd=project)
    former = taskguard(*command.split(), "--format=json", cwd=project)
    assert (former.returncode, former.stdout, now.stderr) == (0, now.stdout, "")
    assert "--format is now called --output-format" in former.stderr


def test_rules_and_packs_as_data(project: Path) -> None:
    rules = json.loads(taskguard("rules", "--output-format=json", cwd=project).stdout)
    by_code = {one["code"]: one for one in rules}
    assert by_code["TG101"]["level"] == "error" and by_code["TG302"]["level"] == "off"
    assert {"code", "name", "summary", "level", "origin", "fixable", "options"} <= by_code["TG101"].keys()
    (page,) = json.loads(taskguard("rule", "god-file", "--output-format=json", cwd=project).stdout)
    assert "## Why is this bad?" in page["explanation"] and page["options"][0]["name"] == "max-lines"
    everything = json.loads(taskguard("rule", "--all", "--output-format=json", cwd=project).stdout)
    assert [one["code"] for one in everything] == list(by_code)
    packs = {one["name"]: one for one in json.loads(taskguard("packs", "--output-format=json", cwd=project).stdout)}
    assert packs["core"]["description"] and packs["core"]["levels"]["TG101"] == "error"
    (strict,) = json.loads(taskguard("packs", "strict", "--output-format=json", cwd=project).stdout)
    assert strict == packs["strict"]


def test_all_rules_are_explained(project: Path) -> None:
    text = taskguard("rule", "--all", cwd=project).stdout
    names = [one["code"] for one in json.loads(taskguard("rules", "--output-format=json", cwd=project).stdout)]
    assert [name for name in names if f"{name} " not in text] == []


def test_version_as_a_command(project: Path) -> None:
    assert taskguard("version", cwd=project).stdout == taskguard("--version", cwd=project).stdout
    assert (
        json.loads(taskguard("version", "--output-format=json", cwd=project).stdout)["version"]
        in taskguard("--version", cwd=project).stdout
    )


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("check --config a.toml --config b.toml", "a single setting is KEY=VALUE"),
        ("check --config good.py --isolated", "leave --config FILE out"),
        ("check --config levels.TG101=off", "a text wants quotes: 'levels.TG101=\"off\"'"),
        ("check --config src=[", "no valid TOML"),
        ("check --config preview=true --config preview=true", "sets again"),
        ("check --config levels.TG999='off'", "TG999"),
        ("check --extend-select TG999", "--extend-select"),
        ("check --extend-select god-file", "TG101"),
        ("check --per-file-ignores TG101", "GLOB:CODES"),
        ("check --per-file-ignores a.py:TG999", "TG999"),
        ("check --per-file-ignores ../a.py:TG1", "cannot leave"),
        ("check -qx", "unknown option -qx"),
        ("rule", "a rule is wanted"),
        ("rule --all TG101", "--all goes without"),
        ("rules TG101", "taskguard rule TG101"),
        ("version 3", "no argument"),
        ("settings a b", "one place"),
    ],
)  # fmt: skip
def test_wrong_combinations_are_exit_2(project: Path, words: str, hint: str) -> None:
    done = taskguard(*words.split(), cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert hint in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("command", commands())
def test_every_command_has_the_same_kind_of_help(project: Path, command: str) -> None:
    lines = taskguard(command, "-h", cwd=project).stdout.splitlines()
    table = tables().entries[command].usage
    assert lines[0] == table.about and lines[0].endswith(".")
    assert lines[2].startswith(f"Usage: taskguard {command} [OPTIONS]") and lines[4] == "Options:"
    said = "\n".join(lines[5:])
    assert [
        option.names
        for option in (*table.options, HELP)
        if f"  {', '.join(option.names)}" not in said or option.help not in said
    ] == []
    assert [option.names for option in table.options if option.help[0].isupper() or option.help.endswith(".")] == []


@pytest.mark.parametrize("command", commands())
def test_every_command_refuses_what_it_does_not_know(project: Path, command: str) -> None:
    done = taskguard(command, "--no-such-thing", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "unknown option --no-such-thing" in done.stderr
        and f"`taskguard {command} --help` lists all options" in done.stderr
    )


def test_an_option_has_one_name_and_one_meaning_in_all_commands() -> None:
    meanings: dict[str, set[tuple[tuple[str, ...], str, bool]]] = {}
    for entry in tables().entries.values():
        for option in entry.usage.options:
            meanings.setdefault(option.key, set()).add((option.names, option.value, option.optional))
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}
