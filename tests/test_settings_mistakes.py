"""Mistakes in settings: all of them at once, each with its line, key and the nearest valid spelling."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings_texts import mistakes, write
from taskguard.cli.main import main
from taskguard.errors import UserError
from taskguard.selection import level_at
from taskguard.settings.catalogue import PLANNED, is_planned
from taskguard.settings.load import load
from taskguard.settings.model import CommandLine
from taskguard.settings.toml import lines, parse


def test_all_mistakes_are_told_at_once_with_line_key_and_nearest_spelling(tmp_path: Path) -> None:
    assert mistakes(
        tmp_path,
        """\
[tool.taskguard]
packs = ["core", "bastask", "own/nix.toml"]
levels = { TG104 = "eror", TG36 = "warn", god-file = "off" }
sorc = ["."]
exclude = ["[x"]
preview = 1
required-version = ">=99"

[[tool.taskguard.overrides]]
files = ["a", 3,
  "!x"]
[tool.taskguard.tasks]
requires = []
[tool.taskguard.tasks.allowed]
queue = ["a", { nam = "x" }, 3]
[[tool.taskguard.tasks.policy]]
require = "priority"
queue-in = "route"
[tool.taskguard.options.TG1]
max-lines = 3
""",
        "pyproject.toml",
    ) == [
        "2: tool.taskguard.packs[1]: unknown pack `bastask`; did you mean `basetask`?",
        "2: tool.taskguard.packs[2]: there is no file `own/nix.toml`",
        "3: tool.taskguard.levels.TG104: 'eror' is none of off, warn, error; did you mean `error`?",
        "3: tool.taskguard.levels.TG36: unknown code `TG36`; did you mean `TG326 beat-started-twice`?",
        "3: tool.taskguard.levels.god-file: unknown code `god-file`; did you mean `TG101 god-file`?",
        "4: tool.taskguard.sorc: unknown key; did you mean `src`?",
        "5: tool.taskguard.exclude[0]: `[` is never closed",
        "6: tool.taskguard.preview: expected true or false, got a whole number",
        "7: tool.taskguard.required-version: taskguard 0.1.0 is running; the settings want >=99",
        "10: tool.taskguard.overrides[0].files[1]: expected a string, got a whole number",
        "11: tool.taskguard.overrides[0].files[2]: a pattern cannot be negated with `!`",
        "13: tool.taskguard.tasks.requires: unknown key; did you mean `require`?",
        "15: tool.taskguard.tasks.allowed.queue[1]: `name` is missing",
        "15: tool.taskguard.tasks.allowed.queue[1].nam: unknown key; did you mean `name`?",
        "16: tool.taskguard.tasks.policy[0]: `files` is missing",
        "17: tool.taskguard.tasks.policy[0].require: expected a list, got a string",
        "18: tool.taskguard.tasks.policy[0].queue-in: 'route' is none of any, decorator, routes; did you mean `routes`?",
        "19: tool.taskguard.options.TG1: `TG1` is a prefix; a full code is wanted here",
    ]


def test_outside_pyproject_the_key_has_no_table_before_it(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "\nlevels.TG101 = 1\n") == ["2: levels.TG101: 1 is none of off, warn, error"]


def test_options_of_rules_are_held_to_their_names_and_types(tmp_path: Path) -> None:
    text = """\
options.TG101 = { max-line = 3 }
[options.TG103]
max-tasks = "many"
[[overrides]]
files = "a"
options.TG101.max-lines = true
"""
    assert mistakes(tmp_path, text) == [
        "1: options.TG101.max-line: TG101 has no such option; did you mean `max-lines`?",
        "3: options.TG103.max-tasks: expected a whole number, got a string",
        "6: overrides[0].options.TG101.max-lines: expected a whole number, got true or false",
    ]


@pytest.mark.parametrize("code", [code for code in PLANNED if is_planned(code)])
def test_a_code_of_a_later_version_is_refused_wherever_it_stands(tmp_path: Path, code: str) -> None:
    later = f"`{code}` {PLANNED[code]} is not available in this version"
    write(tmp_path, {"own.toml": f'levels.{code} = "error"\n'})
    text = f"""
packs = ["own.toml"]
levels.{code} = "warn"
options.{code}.some-option = 3
select = ["{code}", "ALL"]
ignore = ["{code}"]
[[overrides]]
files = "*.py"
levels.{code} = "off"
options.{code} = {{}}
"""
    found = mistakes(tmp_path, text, cli=CommandLine(select=(code,), ignore=(code,)))
    assert set(found) == {
        f"1: levels.{code}: {later}",
        f"3: levels.{code}: {later}",
        f"4: options.{code}: {later}",
        f"5: select[0]: {later}",
        f"6: ignore[0]: {later}",
        f"9: overrides[0].levels.{code}: {later}",
        f"10: overrides[0].options.{code}: {later}",
        f"0: --select: {later}",
        f"0: --ignore: {later}",
    }


def test_a_prefix_of_nothing_but_later_rules_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLANNED, "TG941", "some-later-rule")
    text = 'levels = { TG94 = "warn", TG2 = "warn", TG95 = "warn" }\n'
    found = mistakes(tmp_path, text)
    assert found[0] == "1: levels.TG94: `TG94` is not available in this version"
    assert found[1].startswith("1: levels.TG95: unknown code `TG95`")
    assert len(found) == 2


def test_mistakes_of_packs_and_of_the_command_line_are_told_with_those_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"own.toml": 'levels.TG1 = "on"\nsrc = ["."]\nextends = ["cor"]\n'})
    text = 'packs = ["own.toml"]\nsorce = 1\nextends = ["core"]\n'
    found = mistakes(tmp_path, text, cli=CommandLine(select=("T2",), exclude=("",)))
    assert "0: --exclude: the pattern is empty" in found
    assert any(one.startswith("0: --select: unknown code `T2`") for one in found)
    assert any(one.startswith("1: levels.TG1: 'on' is none of off, warn, error") for one in found)
    assert "2: src: this key belongs into a settings file, not into a pack" in found
    assert "3: extends[0]: unknown pack `cor`; did you mean `core`?" in found
    assert "2: sorce: unknown key; did you mean `src`?" in found
    assert "3: extends: this key belongs into a pack, not into a settings file" in found


@pytest.mark.parametrize(("data", "line"), [(b"packs = [\n", 1), (b"a = 1\na = 2\n", 2), (b"a = 1\nb = \xff\n", 2)])
def test_a_file_that_is_no_toml_is_named_with_its_line(tmp_path: Path, data: bytes, line: int) -> None:
    path = tmp_path / "taskguard.toml"
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        load(str(path), str(tmp_path))
    (problem,) = caught.value.problems
    assert problem.file.endswith("taskguard.toml")
    assert problem.line == line


def test_a_bom_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "taskguard.toml"
    path.write_bytes(b'\xef\xbb\xbfexclude = ["a"]\r\nlevels.TG301 = """warn"""\r\n')
    settings = load(str(path), str(tmp_path))
    assert (settings.exclude, level_at(settings, "TG301")) == (("a",), "warn")


# Lines of keys


def test_lines_of_keys_in_every_form_of_toml() -> None:
    text = '''\
packs = ["core", # "]"
  "x"]
a."b.c".d = """
x = 1
"""
[[t.u]]
f = { g = 1, h = [ { i = 2 } ] }
[t.u.v]
w = 1979-05-27T07:32:00Z
[[t.u]]
"f" = 'a # b'
'''
    found = lines(text)
    assert parse(text)["t"]["u"][1] == {"f": "a # b"}
    assert found["packs", 1] == 2
    assert found["a", "b.c", "d"] == 3
    assert ("x",) not in found
    assert found["t", "u", 0, "f", "h", 0, "i"] == 7
    assert found["t", "u", 0, "v", "w"] == 9
    assert found["t", "u", 1, "f"] == 11


# Numbers that Python itself will not read or print


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"required-version = '>={'9' * 5_000}'", f"required-version: `>={'9' * 58}…` is no version"),
        (f"required-version = '>=1.{'9' * 5_000}'", f"required-version: `>=1.{'9' * 56}…` is no version"),
        ('required-version = ">=१"', "required-version: `>=१` is no version"),
        (f"\ntasks.allowed.time_limit = [0x{'f' * 5_000}]", "2: is no valid TOML: a whole number of more than 64 bits"),
        (f"[tasks.allowed]\nqueue = [0o{'7' * 5_000}]", "2: is no valid TOML: a whole number of more than 64 bits"),
        (
            f"options.TG101.max-lines = 0b{'1' * 65}",
            "1: options.TG101.max-lines: a number from 1 to 1000000000 is wanted",
        ),
    ],
)
@pytest.mark.parametrize("words", [("check",), ("settings", "--check")])
def test_a_number_of_any_length_is_a_mistake_and_no_crash(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    said: str,
    words: tuple[str, ...],
) -> None:
    write(tmp_path, {"taskguard.toml": text})
    monkeypatch.chdir(tmp_path)
    assert main([*words]) == 2
    assert said in capsys.readouterr().err


# A rule without what it compares with


@pytest.mark.parametrize(
    "text", ['levels.TG203 = "error"', 'select = ["TG204"]', '[[overrides]]\nfiles = "*"\nlevels.TG209 = "warn"']
)
@pytest.mark.parametrize("folder", ["", "inner/"])
@pytest.mark.parametrize("words", [("check",), ("settings", "--check"), ("tasks",), ("check", "--show-files")])
def test_every_command_refuses_a_rule_that_has_nothing_to_compare_with(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    folder: str,
    words: tuple[str, ...],
) -> None:
    write(tmp_path, {".git/HEAD": "", f"{folder}taskguard.toml": text, f"{folder}a.py": "import celery\n"})
    monkeypatch.chdir(tmp_path)
    assert main([*words]) == 2
    said = capsys.readouterr().err
    assert f"{folder}taskguard.toml:" in said
    assert "has nothing to compare with: set `tasks." in said


@pytest.mark.parametrize("words", [("check",), ("settings", "--check")])
def test_mistakes_of_all_settings_below_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    files = {f"{one}/{name}": text for one in "ab" for name, text in (("taskguard.toml", "sorc = 1"), ("x.py", ""))}
    write(tmp_path, {".git/HEAD": "", **files})
    monkeypatch.chdir(tmp_path)
    assert main([*words]) == 2
    said = capsys.readouterr().err
    assert "a/taskguard.toml:1: sorc: unknown key" in said
    assert "b/taskguard.toml:1: sorc: unknown key" in said
