"""What is said to no effect is told: certain mistakes end the run, what may have an effect tomorrow is a line of warning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from settings_texts import write
from taskguard.cli.main import main
from taskguard.rule import FrontEndRule
from taskguard.selection import available, level_at, option_types, rule_class
from taskguard.settings.model import Settings


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one task, in a folder of its own."""
    write(tmp_path, {"app/tasks.py": 'from celery import shared_task\n\n\n@shared_task(name="a.b")\ndef b(): ...\n'})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code of a check, and what it says to standard error."""
    code = main(["check", *words])
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[overrides]]\nfiles = "app/**"\n', "1: overrides[0]: says nothing: it has neither levels nor options"),
        ('[[overrides]]\nfiles = "app/**"\nlevels = {}\n', "1: overrides[0]: says nothing"),
        ('[[overrides]]\nfiles = "app/**"\noptions.TG101 = {}\n', "3: overrides[0].options.TG101: says nothing: it sets no option"),
        ('[[tasks.policy]]\nfiles = "app/**"\n', "1: tasks.policy[0]: says nothing: it has none of base, require"),
        ("[options.TG101]\n", "1: options.TG101: says nothing: it sets no option"),
        ('ignore = ["TG207"]\nlevels.TG207 = "error"\n', "2: levels.TG207: has no effect, for `ignore` in line 1 leaves it out again"),
        ('levels.TG20 = "warn"\nignore = ["TG2"]\n', "1: levels.TG20: has no effect, for `ignore` in line 2"),
        ('select = ["TG1", "TG207"]\nignore = ["TG2"]\n', "1: select[1]: `TG207` has no effect, for `ignore` in line 2"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["taskguard.toml", "pyproject.toml"])
def test_what_certainly_has_no_effect_ends_the_run(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, said: str, name: str
) -> None:
    if name == "pyproject.toml":
        text = text.replace("[[", "[[tool.taskguard.").replace("[options", "[tool.taskguard.options")
        text = text if text.startswith("[") else f"[tool.taskguard]\n{text}"
        if text.startswith("[tool.taskguard]\n"):
            write(project, {name: text})
            code, err = told(capsys)
            assert code == 2
            assert said.partition(": ")[2].partition(" in line")[0] in err
            return
        said = said.replace(": ", ": tool.taskguard.", 1)
    write(project, {name: text})
    code, err = told(capsys)
    assert code == 2
    assert err.startswith(f"taskguard: error: {name}:{said}")


def test_mistakes_of_a_pack_of_ones_own_are_told_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, {"taskguard.toml": 'packs = ["own.toml"]\n', "own.toml": '[[overrides]]\nfiles = "app/**"\n'})
    code, err = told(capsys)
    assert (code, "own.toml:1: overrides[0]: says nothing" in err) == (2, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("packs = []\n", "1: packs: no pack, and nothing else turns a rule on"),
        ("select = []\n", "1: select: selects no rule"),
        ('select = ["TG1"]\nlevels.TG207 = "error"\n', "2: levels.TG207: has no effect while `select` leaves it out"),
        ("[options.TG103]\nmax-tasks = 5\n", "1: options.TG103: has no effect while TG103 is off"),
        ('levels.TG4 = "off"\noptions.TG405.modules = "all"\n', "2: options.TG405: has no effect while TG405 is off"),
        ('ignore = ["TG4"]\noptions.TG405.modules = "all"\n', "2: options.TG405: has no effect while TG405 is off"),
        ('[[overrides]]\nfiles = "app/**"\noptions.TG104.max-lines = 9\n', "3: overrides[0].options.TG104: has no effect while TG104 is off"),
        ("preview = true\n", "1: preview: no rule of this version is in preview"),
        ('levels.TG102 = "error"\n', "1: levels.TG102: TG102 says nothing without a baseline: `taskguard baseline` writes one"),
    ],
)  # fmt: skip
def test_what_may_have_an_effect_tomorrow_is_one_line_of_warning(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    write(project, {"taskguard.toml": text})
    for _ in "12":  # also where settings and answer are remembered
        code, err = told(capsys)
        assert (code, err.count("\n")) == (0, 1)
        assert err.startswith(f"taskguard: warning: taskguard.toml:{said}")
    assert main(["settings", "--check"]) == 1
    assert capsys.readouterr().out.startswith(f"warning: taskguard.toml:{said}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        'packs = []\nlevels.TG1 = "error"\n',
        'packs = []\n[[overrides]]\nfiles = "app/**"\nlevels.TG2 = "warn"\n',
        'levels = { TG2 = "error" }\nignore = ["TG207"]\n',
        'levels.TG207 = "off"\nignore = ["TG207"]\n',
        'levels.TG103 = "error"\noptions.TG103.max-tasks = 5\n',
        '[[overrides]]\nfiles = "app/**"\nlevels.TG103 = "error"\noptions.TG103.max-tasks = 5\n',
        'packs = ["strict"]\noptions.TG103.max-tasks = 5\n',
        'select = ["TG103"]\noptions.TG103.max-tasks = 5\n',
        'select = ["TG1", "TG2"]\nlevels = { TG2 = "warn" }\nignore = ["TG207"]\n',
        '[[tasks.policy]]\nfiles = "app/**"\nrequire = []\n',
        "preview = false\n",
    ],
)
def test_what_has_an_effect_is_left_alone(project: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    write(project, {"taskguard.toml": text})
    assert told(capsys) == (0, "")


def test_what_the_command_line_adds_for_once_makes_no_setting_idle(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, {"taskguard.toml": 'options.TG101.max-lines = 9\nlevels.TG207 = "error"\n'})
    for words in (["--select", "TG205"], ["--ignore", "TG1"], ["--only", "TG3"], ["--extend-select", "TG103"]):
        assert told(capsys, *words) == (0, "")


@pytest.mark.parametrize("option", ["--select", "--extend-select", "--only"])
def test_a_word_that_ignore_leaves_out_again_is_told(
    project: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    said = f"taskguard: warning: command line: {option}: `TG207` has no effect, for --ignore leaves it out again\n"
    assert told(capsys, option, "TG3,TG207", "--ignore", "TG2") == (0, said)
    assert told(capsys, option, "TG2", "--ignore", "TG207") == (0, "")


OPTIONS = [
    (code, option)
    for code in available()
    if not issubclass(rule_class(code), FrontEndRule)
    for option in option_types(code) or ()
]


@pytest.mark.parametrize(("code", "option"), OPTIONS)
def test_every_option_of_a_rule_that_is_off_is_told(
    project: Path, capsys: pytest.CaptureFixture[str], code: str, option: str
) -> None:
    # What JSON makes of a truth value, a number or a string is TOML as well.
    value = json.dumps(getattr(rule_class(code), option.replace("-", "_")))
    text = f'levels.{code} = "off"\noptions.{code}.{option} = {value}\n'
    write(project, {"taskguard.toml": text})
    _, err = told(capsys)
    idle = not (code == "TG101" and level_at(Settings(levels=(("TG102", "error"),)), "TG102") == "error")
    assert (f"options.{code}: has no effect while {code} is off" in err) is idle
    write(project, {"taskguard.toml": text.replace('"off"', '"error"', 1)})
    assert "has no effect" not in told(capsys)[1]
