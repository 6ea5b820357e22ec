"""What every rule owes, whichever it is: a code, a name, a page that can be read and whose examples run, a suite."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from harness import (
    FRONT_END,
    SETTINGS,
    SUITES,
    Section,
    run,
    run_door,
    sections,
    settings_from,
    snippets,
    state,
    suite_items,
    wanted_fixes,
)  # fmt: skip
from taskguard import checkers
from taskguard.diagnostics import Report
from taskguard.rule import Rule
from taskguard.settings.catalogue import names

FILES = sorted(Path(checkers.__file__).parent.glob("tg*.py"))
HEADINGS = ["Why is this bad?", "Example", "Use instead", "Fix", "Options", "Unknown", "References"]
NEEDED = HEADINGS[:3]
MARK = re.compile(r"#\s*(error|warn)\b")

pytestmark = pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])


def rule_in(file: Path) -> type[Rule]:
    module = importlib.import_module(f"taskguard.checkers.{file.stem}")
    own = [
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Rule) and one.__module__ == module.__name__
    ]
    assert len(own) == 1, "a file holds one rule"
    return own[0]


def page(file: Path) -> dict[str, Section]:
    """The docstring's sections by heading; the summary is under the empty one."""
    text = inspect.getdoc(rule_in(file)) or ""
    return {section.title: section for section in sections(text, file.name)}


def test_code_and_name(file: Path) -> None:
    rule = rule_in(file)
    assert file.stem == f"{rule.code}_{rule.name}".lower().replace("-", "_")
    assert names()[rule.code] == rule.name
    assert re.fullmatch(r"\d+\.\d+\.\d+", rule.since)


def test_page_has_its_headings(file: Path) -> None:
    titles = list(page(file))
    assert titles[0] == ""
    assert [title for title in HEADINGS if title in titles] == titles[1:]
    assert set(NEEDED) <= set(titles)


def test_summary_is_one_sentence(file: Path) -> None:
    text = inspect.getdoc(rule_in(file)) or ""
    summary, _, rest = text.partition("\n")
    assert summary.endswith(".")
    assert not rest or rest.startswith("\n"), "an empty line follows the summary"


def test_options_are_described(file: Path) -> None:
    described = set(re.findall(r"`([a-z][a-z0-9-]*)`", "\n".join(page(file).get("Options", Section("", 0, 0)).prose)))
    options = {option.replace("_", "-") for option in rule_in(file).options()}
    assert options <= described, "an option without a word under `## Options`"


def test_suite_exists(file: Path) -> None:
    code = rule_in(file).code.lower()
    assert (SUITES / f"{code}.md").is_file(), f"tests/suites/{code}.md is missing"


def test_fix_is_told_and_shown(file: Path) -> None:
    """The page says what a fix does and whether it is safe, exactly if the suite shows one."""
    told = page(file).get("Fix")
    shown = {
        unsafe
        for section in suite_items(SUITES / f"{rule_in(file).code.lower()}.md")
        for unsafe, _ in wanted_fixes(section)
    }
    assert bool(told) == bool(shown)
    words = " ".join(told.prose) if told else ""
    assert ("Unsafe" if True in shown else "Safe" if shown else "") in words[: len("Unsafe")]


def test_wrong_example_fires_this_rule_and_nothing_else(file: Path) -> None:
    files = page(file)["Example"].files
    assert files, "an example has code"
    marked = [
        (path, number)
        for path, text in sorted(state(files, "after/").items())
        for number, line in enumerate(text.splitlines(), 1)
        if MARK.search(line)
    ]
    report = said_of(files, rule_in(file).code)
    said = [(one.path, one.line) for one in report.diagnostics]
    assert {one.code for one in report.diagnostics} == {rule_in(file).code}, explain(files, report)
    assert sorted(set(said)) == marked, explain(files, report)


def test_right_example_is_clean(file: Path) -> None:
    wrong, right = page(file)["Example"], page(file)["Use instead"]
    files = {path: text for path, text in wrong.files.items() if path not in right.gone} | right.files
    assert right.files or right.gone, "an example has code"
    report = said_of(files, rule_in(file).code)
    assert not report.diagnostics, explain(files, report)


def said_of(files: dict[str, str], code: str) -> Report:
    """The example under pack `core` and this rule, so that an example that is wrong in another way shows."""
    if code in FRONT_END:
        return run_door(files)[1]
    settings = settings_from(files.get(SETTINGS, ""))
    if level_of(settings.levels, code) == "off":
        settings = settings.replace(levels=(*settings.levels, (code, "error")))
    return run(files, settings)[1]


def level_of(levels: tuple[tuple[str, str], ...], code: str) -> str:
    fitting = [(len(prefix), place, level) for place, (prefix, level) in enumerate(levels) if code.startswith(prefix)]
    return max(fitting)[2] if fitting else "off"


def explain(files: dict[str, str], report: Report) -> str:
    said = [
        f"  {one.path}:{one.line}:{one.column}: {one.level} [{one.code}] {one.message}" for one in report.diagnostics
    ]
    unsure = [f"  undecided: {one.path}:{one.line}: [{one.code}] {one.why}" for one in report.undecided]
    return "\n".join(["what was said of the example:", *said, *unsure, *snippets(files, set(files))])
