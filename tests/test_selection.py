"""Which rules are on at a path, at which level, with which options."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from taskguard.cli import rule_command, rules_command
from taskguard.errors import UserError
from taskguard.selection import Selection, available, level_at, option_types, rule_class, rules, selected
from taskguard.settings.catalogue import PLANNED, is_planned, names, nearest_code
from taskguard.settings.house_rules import has_house
from taskguard.settings.load import load
from taskguard.settings.model import CommandLine, Settings


def settings_of(folder: Path, text: str = "", **cli: tuple[str, ...]) -> Settings:
    (folder / "taskguard.toml").write_text(text)
    return load(str(folder / "taskguard.toml"), str(folder), CommandLine(**cli), option_types)


def test_every_built_rule_agrees_with_the_catalogue() -> None:
    for code in available():
        rule = rule_class(code)
        assert (rule.code, rule.name) == (code, names()[code])
        assert rule.since
        assert rule.house in ("", "base", "queue", "require", "calls", "allowed", "facades")


def test_every_built_rule_says_the_types_of_its_options_and_its_defaults_fit() -> None:
    import msgspec

    for code in available():
        rule = rule_class(code)
        for option, kind in (option_types(code) or {}).items():
            msgspec.convert(getattr(rule, option.replace("-", "_")), kind)


def test_listing_and_loading_settings_imports_only_the_rules_that_are_on(tmp_path: Path) -> None:
    program = (
        "import sys; from taskguard.selection import available, rules; from taskguard.settings.load import load;"
        "from taskguard.settings.model import CommandLine as C; available();"
        f"rules(load(None, {str(tmp_path)!r}, C(select=('TG101',))));"
        "print([m for m in sys.modules if m.startswith('taskguard.checkers.')])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "['taskguard.checkers.tg101_god_file']\n"


def test_the_hot_path_imports_nothing_heavy() -> None:
    program = (
        "import sys; from taskguard.selection import Selection; from taskguard.settings.model import Settings;"
        "from taskguard.settings.load import find, find_root;"
        "s = Selection(Settings(levels=(('TG101', 'error'),))); s.levels('a/b.py'); s.rule_for('TG101', 'a/b.py');"
        "print(sorted({'re', 'typing', 'dataclasses', 'msgspec', 'tomllib', 'tomli', 'argparse', 'inspect'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert ran.stdout == "[]\n"


# Levels


def test_select_runs_exactly_these_also_those_that_are_off(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, select=("TG103", "TG304", "TG4"))
    assert level_at(settings, "TG103") == "error"
    assert level_at(settings, "TG304") == "warn"
    assert level_at(settings, "TG404") == "warn"
    assert level_at(settings, "TG101") == "off"


def test_ignore_wins_over_select(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, select=("ALL",), ignore=("TG1", "TG301"))
    assert level_at(settings, "TG101") == level_at(settings, "TG301") == "off"
    assert level_at(settings, "TG302") == "error"
    assert level_at(settings_of(tmp_path, ignore=("ALL",)), "TG101") == "off"


def test_a_per_path_off_holds_against_select(tmp_path: Path) -> None:
    text = '[[overrides]]\nfiles = "tests/**"\nlevels = { TG1 = "off" }\n'
    settings = settings_of(tmp_path, text, select=("TG101", "TG103"))
    assert selected(settings, "tests/a.py") == {}
    assert set(selected(settings, "a.py")) == {"TG101", "TG103"}


def test_within_an_override_the_longest_prefix_wins_and_later_overrides_win(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        """
        [[overrides]]
        files = "*.py"
        levels = { TG1 = "off", TG101 = "warn" }
        [[overrides]]
        files = "a/**"
        levels = { TG = "error" }
        [[overrides]]
        files = ["a/b/**", "c/**"]
        levels = { TG103 = "warn" }
        """,
    )
    assert (level_at(settings, "TG101", "x.py"), level_at(settings, "TG103", "x.py")) == ("warn", "off")
    assert (level_at(settings, "TG101", "a/x.py"), level_at(settings, "TG103", "a/x.py")) == ("error", "error")
    assert (level_at(settings, "TG101", "a/b/x.py"), level_at(settings, "TG103", "a/b/x.py")) == ("error", "warn")


def test_a_rule_that_is_on_only_at_a_place_is_there(tmp_path: Path) -> None:
    text = 'packs = []\n[[overrides]]\nfiles = "a/**"\nlevels = { TG103 = "warn" }\n'
    settings = settings_of(tmp_path, text)
    assert [rule.code for rule in rules(settings)] == ["TG103"]
    assert (selected(settings, "a/x.py"), selected(settings, "x.py")) == ({"TG103": "warn"}, {})


def test_no_pack_and_no_level_is_nothing(tmp_path: Path) -> None:
    assert rules(settings_of(tmp_path, "packs = []\n")) == []


# House rules


def test_all_leaves_out_rules_whose_house_setting_is_missing(tmp_path: Path) -> None:
    needy = {code for code in available() if rule_class(code).house}
    bare = {rule.code for rule in rules(settings_of(tmp_path, select=("ALL",)))}
    assert needy & bare == set()
    assert {code for code in available() if not rule_class(code).house and not rule_class(code).preview} == bare
    full = {rule.code for rule in rules(settings_of(tmp_path, 'packs = ["basetask"]\n', select=("ALL",)))}
    assert needy - {code for code in needy if rule_class(code).house == "facades"} <= full


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("", set()),
        ('tasks.base = ["B"]', {"base"}),
        ('tasks.require = ["queue"]', {"queue"}),
        ('tasks.require = ["time_limit"]', {"require"}),
        ('tasks.calls = ["log"]', {"calls"}),
        ('tasks.allowed.queue = ["a"]', {"allowed"}),
        ('tasks.policy = [{ files = "a", require = ["queue", "time_limit"] }]', {"queue", "require"}),
        ('facades = [{ module = "a" }]', {"facades"}),
    ],
)
def test_what_settings_say_of_the_house(tmp_path: Path, text: str, there: set[str]) -> None:
    settings = settings_of(tmp_path, text + "\n")
    assert {
        wanted for wanted in ("base", "queue", "require", "calls", "allowed", "facades") if has_house(settings, wanted)
    } == there


# Options


def test_options_reach_the_rule_and_overrides_change_them_for_a_place(tmp_path: Path) -> None:
    text = """
        options.TG101 = { max-lines = 700, count = "code" }
        [[overrides]]
        files = "tests/**"
        options.TG101.max-lines = 900
        """
    selection = Selection(settings_of(tmp_path, text))
    general, there = selection.rule_for("TG101", "a.py"), selection.rule_for("TG101", "tests/a.py")
    assert (general.max_lines, general.count) == (700, "code")
    assert (there.max_lines, there.count) == (900, "code")
    assert selection.rule_for("TG101", "tests/b.py") is there


def test_an_option_that_the_rule_lacks_never_passes() -> None:
    with pytest.raises(UserError, match=r"options\.TG101\.max-line: TG101 has no such option"):
        rules(Settings(levels=(("TG101", "error"),), options=(("TG101", (("max_line", 3),)),)))


# taskguard rules, taskguard rule


def listed(args: list[str]) -> dict[str, str]:
    out = io.StringIO()
    assert rules_command.run(args, out) == 0
    return {line[:5]: " ".join(line.split()[1:]) for line in out.getvalue().splitlines() if line.startswith("TG")}


def explained(*words: str) -> str:
    out = io.StringIO()
    assert rule_command.run(list(words), out) == 0
    return out.getvalue()


def test_the_list_of_rules_says_who_sets_the_level_or_why_a_rule_is_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taskguard.toml").write_text('levels = { TG103 = "warn" }\nignore = ["TG205"]\n')
    monkeypatch.chdir(tmp_path)
    found = listed([])
    assert list(found) == list(available())
    assert found["TG103"] == "too-many-tasks warn taskguard.toml:1"
    assert found["TG101"].startswith("god-file error pack core, core.toml:")
    assert found["TG205"] == "time-limit-order off ignored: taskguard.toml:2"
    assert found["TG203"].startswith("missing-option off pack core, core.toml:")
    assert found["TG203"].endswith("; silent until settings say tasks.require")
    assert found["TG201"].startswith("missing-base warn pack core, core.toml:")
    assert found["TG201"].endswith("; by the house's habit, as a warning, until settings say tasks.base")
    assert listed(["--isolated"])["TG205"].startswith("time-limit-order error pack core")


def test_a_rule_is_explained_by_code_or_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taskguard.toml").write_text("\noptions.TG101.max-lines = 750\n")
    monkeypatch.chdir(tmp_path)
    text = explained("TG101")
    assert text.startswith("TG101 god-file\n\nLevel here: error (pack core, core.toml:")
    assert "Option: max-lines = 600 (here 750: taskguard.toml:2)" in text
    assert "## Example" in text
    assert explained("god-file") == explained("tg101") == text


def test_a_rule_of_a_later_version_is_named_and_not_available() -> None:
    later = next(code for code in reversed(PLANNED) if is_planned(code))
    for word in (later, PLANNED[later]):
        with pytest.raises(UserError, match=f"`{later}` {PLANNED[later]} is not available in this version"):
            explained(word)


@pytest.mark.parametrize(
    ("word", "guess"),
    [
        ("TG41", "TG401"),
        ("TG11", "TG101"),
        ("god-fle", "TG101"),
        ("missing_base", "TG201"),
        ("TG999", None),
        ("x", None),
    ],
)
def test_an_unknown_rule_offers_the_nearest(word: str, guess: str | None) -> None:
    with pytest.raises(UserError, match=f"did you mean {guess}" if guess else "`taskguard rules` lists all"):
        explained(word)
    assert nearest_code(word) == guess
