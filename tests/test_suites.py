"""Every heading of every suite in `tests/suites/`, and that the suites themselves are read as they are meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import SUITES, Section, complaint, expectations, fixed, judge, sections, suite_items, wanted_fixes
from taskguard.diagnostics import Diagnostic, Report, Undecided

ITEMS = [(suite, section) for suite in sorted(SUITES.glob("tg*.md")) for section in suite_items(suite)]
PAGE = """\
# A page

## Two files
`app/tasks.py`:
```py
def send(): ...  # error: 5 [TG201] "no base"  # warn: [TG207] "max"
```

~~`app/old.py`~~
```toml
packs = ["strict"]
```

## Filled up
```py lines=5
x = 1
```
"""


@pytest.mark.parametrize(
    ("suite", "section"), ITEMS, ids=[f"{suite.stem}: {section.title}" for suite, section in ITEMS]
)
def test_suite(suite: Path, section: Section) -> None:
    files, report = judge(section, suite.stem.upper())
    found = complaint(files, report)
    assert not found, f"{suite.name}:{section.line}: {section.title}\n{found}"
    for unsafe, wanted in wanted_fixes(section):
        assert fixed(section, suite.stem.upper(), unsafe=unsafe) == wanted


def test_a_page_is_read() -> None:
    _, _, two, filled = sections(PAGE)
    assert (two.title, two.line) == ("Two files", 3)
    assert list(two.files) == ["app/tasks.py", "taskguard.toml"]
    assert two.gone == {"app/old.py"}
    assert filled.files["tasks.py"].splitlines() == ["x = 1", "pass", "pass", "pass", "pass"]
    assert [str(one) for one in expectations(two.files)] == [
        'app/tasks.py:1:5: error [TG201] "no base"',
        'app/tasks.py:1: warn [TG207] "max"',
    ]


@pytest.mark.parametrize(
    ("page", "part"),
    [
        ("```text\nno path\n```\n", "needs a path"),
        ("```py\nx = 1\n", "has no end"),
        ("```py\nx = 1\n```\n```py\nx = 2\n```\n", "tasks.py is there twice"),
    ],
)
def test_a_page_that_is_wrong_is_refused(page: str, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        sections(page)


def said(line: int, column: int, level: str, message: str) -> Diagnostic:
    return Diagnostic("tasks.py", line, column, "TG201", line, column, "missing-base", level, None, message, "")


@pytest.mark.parametrize(
    ("text", "report", "complaints"),
    [
        ("x = 1\n", Report(()), []),
        ('x  # error: [TG201] "no base"\n', Report((said(1, 1, "error", "there is no base here"),)), []),
        ("x  # error: [TG201]\n", Report(()), ["did not come"]),
        ("x\n", Report((said(1, 1, "error", "no base"),)), ["was not expected"]),
        ("x  # error: 2 [TG201]\n", Report((said(1, 1, "error", "no base"),)), ["did not come", "was not expected"]),
        ("x  # warn: [TG201]\n", Report((said(1, 1, "error", "no base"),)), ["did not come", "was not expected"]),
        ("x  # error: [TG201]\n", Report((said(1, 1, "error", "a"), said(1, 3, "error", "b"))), ["was not expected"]),
        ("x\n", Report((), (Undecided("tasks.py", 1, 1, "TG201", "base is unknown"),)), []),
        ("x  # unsure: [TG201]\n", Report((), (Undecided("tasks.py", 1, 1, "TG201", "base is unknown"),)), []),
        ("x  # unsure: [TG201]\n", Report(()), ["did not come"]),
    ],
)
def test_every_diagnostic_needs_an_expectation_and_the_reverse(
    text: str, report: Report, complaints: list[str]
) -> None:
    found = complaint({"tasks.py": text}, report)
    assert bool(found) == bool(complaints)
    assert all(part in found for part in complaints)
