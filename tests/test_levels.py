"""A level that somebody asks for has an effect, or is refused with the key that is missing."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path

import pytest

from harness import SETTINGS, run, sections, settings_from
from settings_texts import settings_of, write
from taskguard.cli.main import main
from taskguard.errors import UserError
from taskguard.rule import ChangeRule, FrontEndRule
from taskguard.selection import available, rule_class
from taskguard.settings.model import CommandLine

BARE = """
from celery import shared_task

@shared_task(name="a.send")
def send(): ...
"""
# TG003 says nothing alone, for it judges what others find.
BESIDE = "TG101"
# Those of the flake8 plugin are an error whatever settings say.
LEVELLED = [code for code in available() if not issubclass(rule_class(code), FrontEndRule)]
HOUSELESS = {"TG203": "tasks.require", "TG204": "tasks.allowed", "TG209": "tasks.calls"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one task that sets nothing."""
    write(tmp_path, {"tasks.py": BARE})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = main(["check", "--output-format", "concise", *args])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize("code", ["TG201", "TG202"])
@pytest.mark.parametrize("door", ["levels", "pyproject", "pack", "override", "--select", "--extend-select", "--config"])
def test_who_asks_for_a_rule_by_its_code_hears_of_every_task(
    project: Path, capsys: pytest.CaptureFixture[str], code: str, door: str
) -> None:
    files = {
        "levels": {"taskguard.toml": f'levels = {{ {code} = "error" }}\n'},
        "pyproject": {"pyproject.toml": f'[tool.taskguard]\nselect = ["{code}"]\n'},
        "pack": {"taskguard.toml": 'packs = ["own.toml"]\n', "own.toml": f'levels.{code} = "error"\n'},
        "override": {"taskguard.toml": f'[[overrides]]\nfiles = "*.py"\nlevels.{code} = "error"\n'},
    }
    write(project, files.get(door, {}))
    value = f'levels.{code}="error"' if door == "--config" else code
    status, out, _ = check(capsys, *([door, value] if door.startswith("--") else []))
    assert (status, out.count(code)) == (1, 1)


@pytest.mark.parametrize("code", ["TG201", "TG202"])
@pytest.mark.parametrize(
    "text", ['levels = { TG2 = "error" }\n', 'levels = { ALL = "warn" }\n', 'select = ["TG20"]\n', ""]
)
def test_a_prefix_and_a_shipped_pack_ask_for_nothing(
    project: Path, capsys: pytest.CaptureFixture[str], code: str, text: str
) -> None:
    write(project, {"taskguard.toml": text})
    status, out, _ = check(capsys)
    assert (status, code in out) == (0, False)


def test_a_level_for_a_place_asks_there(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        project,
        {"mail/tasks.py": BARE.replace("a.", "b."), "taskguard.toml": '[[overrides]]\nfiles = "mail/**"\nlevels.TG202 = "error"\n'},
    )  # fmt: skip
    _, out, _ = check(capsys)
    assert [line.partition(":")[0] for line in out.splitlines() if "TG202" in line] == ["mail/tasks.py"]


def test_what_a_higher_layer_overrules_is_not_asked_for(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, {"own.toml": 'levels.TG202 = "error"\n', "taskguard.toml": 'packs = ["own.toml", "core"]\n'})
    assert check(capsys)[0] == 0
    write(project, {"taskguard.toml": 'packs = ["own.toml"]\nlevels.TG2 = "error"\n'})
    assert check(capsys)[0] == 0


@pytest.mark.parametrize("code", HOUSELESS)
def test_a_rule_without_what_it_compares_with_is_refused_with_the_key(
    project: Path, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    why = f"{code} has nothing to compare with: set `{HOUSELESS[code]}`"
    write(project, {"taskguard.toml": f'\nlevels.{code} = "warn"\n'})
    status, _, err = check(capsys)
    assert (status, f"taskguard.toml:2: levels.{code}: {why}" in err) == (2, True)
    for command in ("rules", "settings"):
        assert main([command]) == 2
        assert f"taskguard.toml:2: levels.{code}: {why}" in capsys.readouterr().err
    write(project, {"taskguard.toml": f'select = [\n  "TG1",\n  "{code}",\n]\n'})
    assert f"taskguard.toml:3: select[1]: {why}" in check(capsys)[2]
    write(project, {"taskguard.toml": f'[[overrides]]\nfiles = "*.py"\nlevels.{code} = "error"\n'})
    assert f"taskguard.toml:3: overrides[0].levels.{code}: {why}" in check(capsys)[2]
    write(project, {"taskguard.toml": 'packs = ["own.toml"]\n', "own.toml": f'levels.{code} = "error"\n'})
    assert f"own.toml:1: levels.{code}: {why}" in check(capsys)[2]
    (project / "taskguard.toml").unlink()
    assert f"command line: --select: {why}" in check(capsys, "--select", code)[2]
    assert f"command line: --extend-select: {why}" in check(capsys, "--extend-select", code)[2]


@pytest.mark.parametrize(
    "text", ['levels = { TG2 = "error" }\n', 'levels = { ALL = "error" }\n', 'select = ["ALL"]\n', 'packs = ["strict"]\n', 'packs = ["basetask"]\nlevels.TG203 = "warn"\n']
)  # fmt: skip
def test_prefixes_and_packs_that_say_what_they_want_are_fine(
    project: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    write(project, {"taskguard.toml": text})
    assert check(capsys)[0] in (0, 1)


@pytest.mark.parametrize("text", ['require = ["queue"]', "require = []", 'base = ["a.B"]\nrequire = ["base"]'])
def test_what_other_rules_compare_with_is_not_enough(
    project: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    write(project, {"taskguard.toml": f'levels.TG203 = "error"\n[tasks]\n{text}\n'})
    status, _, err = check(capsys)
    assert (status, "taskguard.toml:1: levels.TG203: " in err) == (2, True)


def test_rules_and_settings_say_what_really_holds(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*words: str) -> dict[str, str]:
        assert main([*words]) == 0
        lines = [line.removeprefix("# ").split() for line in capsys.readouterr().out.splitlines()]
        return {line[0].removeprefix("levels."): " ".join(line[1:]) for line in lines if line}

    assert told("rules")["TG201"].startswith("missing-base warn pack core")
    assert told("settings", "tasks.py")["TG203"].startswith('= "off" # pack core')
    write(project, {"taskguard.toml": 'levels.TG201 = "error"\n[tasks]\nrequire = ["time_limit"]\n'})
    assert told("rules")["TG201"] == "missing-base error taskguard.toml:1; asked for by its code, so of every task"
    assert told("rules")["TG203"].startswith("missing-option error pack core")
    assert told("settings")["TG202"].endswith(
        '; by the house\'s habit, as a warning, until settings say tasks.require = ["queue"]'
    )
    assert told("settings", "tasks.py")["TG201"].startswith('= "error" # taskguard.toml:1')


def example(code: str) -> dict[str, str]:
    """The wrong example of a rule's page."""
    page = {section.title: section for section in sections(inspect.getdoc(rule_class(code)) or "", code)}
    return dict(page["Example"].files)


@cache
def found_where_off(code: str) -> frozenset[str]:
    """The codes that are found in a rule's wrong example where the rule is off; the same whichever door is tried after it."""
    files = example(code)
    given = files.pop(SETTINGS, "")
    report = run(files, settings_from(f'levels.{code} = "off"\n{given}'))[1]
    return frozenset(one.code for one in report.diagnostics)


DOORS = ("levels", "override", "select", "--select", "--extend-select")


# Each code by two of the doors, in turns: what a door does is the same for all.
@pytest.mark.parametrize(
    ("code", "door"),
    [(code, DOORS[number % len(DOORS)]) for first, code in enumerate(LEVELLED) for number in (first, first + 2)],
)
def test_every_code_has_an_effect_where_it_is_asked_for(tmp_path: Path, code: str, door: str) -> None:
    files = example(code)
    given = files.pop(SETTINGS, "")
    texts = {
        "levels": f'levels.{code} = "error"\n{given}',
        "override": f'levels.{code} = "off"\n{given}\n[[overrides]]\nfiles = "**"\nlevels.{code} = "error"\n',
        "select": f'select = ["{code}", "{BESIDE}"]\n{given}',
    }
    words = {"--select": CommandLine(select=(code, BESIDE)), "--extend-select": CommandLine(extend_select=(code,))}
    assert code not in found_where_off(code)
    after = run(files, settings_of(tmp_path, texts.get(door, given), words.get(door)))[1]
    assert code in {one.code for one in after.diagnostics}, after


@pytest.mark.parametrize("code", [code for code in LEVELLED if not issubclass(rule_class(code), ChangeRule)])
def test_every_code_has_an_effect_or_is_refused_without_house_rules(tmp_path: Path, code: str) -> None:
    files = example(code)
    text = files.pop(SETTINGS, "")
    text = "" if "[tasks" in text else text
    for cli in (CommandLine(select=(code,)), CommandLine(inline=(f'levels.{code}="error"',))):
        if code in (*HOUSELESS, *(["TG003"] if cli.select else [])):
            with pytest.raises(UserError, match=f"{code} (has nothing to compare with|judges comments by what)"):
                run(files, settings_of(tmp_path, text, cli))
        else:
            report = run(files, settings_of(tmp_path, text, cli))[1]
            assert code in {one.code for one in report.diagnostics}


# Of what is on, only these


def test_only_narrows_and_turns_nothing_on(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task = "from celery import shared_task\n\n\n@shared_task(soft_time_limit=9, time_limit=3, quue='a')\ndef send(self): ...\n"
    write(project, {"tasks.py": task})
    everything = {"TG205", "TG206", "TG207"}

    def found(*args: str) -> set[str]:
        return {word for word in check(capsys, *args)[1].split() if word.startswith("TG")}

    assert found() == found("--only", "TG2") == found("--only", "ALL") == everything
    assert found("--only", "TG207,TG1") == {"TG207"}
    assert found("--only", "TG3") == found("--only", "TG302") == set()
    assert found("--only", "TG2", "--ignore", "TG206") == everything - {"TG206"}
    assert found("--only", "TG2", "--extend-select", "TG302") == everything
    assert found("--only", "TG207", "--select", "TG2,TG302") == {"TG207"}
    write(project, {"taskguard.toml": 'levels.TG207 = "off"\nignore = ["TG205"]\n'})
    assert found("--only", "TG2") == {"TG206"}
    assert found("--only", "TG207") == set()


def test_only_knows_codes_and_nothing_else(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = check(capsys, "--only", "TG9,god-file")
    assert (status, "--only: unknown code `TG9`" in err, "--only: unknown code `god-file`" in err) == (2, True, True)


@pytest.mark.parametrize("option", ["--select", "--extend-select", "--only"])
@pytest.mark.parametrize("code", [code for code in available() if code not in LEVELLED or code.startswith("TG7")])
def test_what_no_check_runs_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], option: str, code: str
) -> None:
    status, _, err = check(capsys, option, f"TG1,{code}")
    where = "`taskguard verify` runs it" if code.startswith("TG7") else "for flake8 to say"
    assert (status, f"error: {option}: `{code}` " in err, where in err) == (2, True, True)


NOTHING = "Nothing was checked in 1 file: no rule is on that applies.\n"


@pytest.mark.parametrize(
    "text",
    ['packs = []\n', 'levels.ALL = "off"\n', 'ignore = ["ALL"]\n', "select = []\n", 'packs = []\nlevels = { TG7 = "error", TG005 = "error" }\n'],
)  # fmt: skip
def test_nothing_passes_where_nothing_was_checked(project: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    write(project, {"taskguard.toml": text})
    for _ in "12":
        assert check(capsys)[:2] == (0, NOTHING)
    (project / "taskguard.toml").unlink()
    assert check(capsys, "--only", "TG302")[:2] == (0, NOTHING)
