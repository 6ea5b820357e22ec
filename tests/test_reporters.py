"""What an outcome looks like in each output format."""

from __future__ import annotations

import json
import os

import pytest

from taskguard.diagnostics import Diagnostic, Fix, Related, Report, Undecided
from taskguard.reporters import View, names, reporter
from taskguard.request import Outcome

ROOT = os.path.abspath("/project")
TEXT = "import os\n\n\n@shared_task(\n    bind=True,\n)\ndef send():\n\tpass\n"


def diagnostic(**changes: object) -> Diagnostic:
    plain = Diagnostic(
        path="app/tasks.py",
        line=4,
        column=1,
        code="TG206",
        end_line=4,
        end_column=13,
        name="bind-mismatch",
        level="error",
        symbol="app.tasks.send",
        message="bind=True and no parameter for the task",
        help="",
    )
    return plain.replace(**changes)


def outcome(*found: Diagnostic, text: str = TEXT, cwd: str = ROOT, **changes: object) -> Outcome:
    report = Report(found, files=3).replace(**changes)
    return Outcome(report, ROOT, cwd, lambda path: text)


def rendered(form: str, given: Outcome, **view: bool) -> str:
    return "".join(reporter(form)(given, View(**view)))


def test_every_format_is_a_file() -> None:
    assert names() == ("concise", "full", "github", "gitlab", "grouped", "json", "junit", "markdown", "sarif")


def test_full_shows_the_code() -> None:
    other = Related("app/models.py", 7, "declared here")
    text = rendered("full", outcome(diagnostic(help="add `self`", related=(other,))))
    assert (
        text
        == """\
app/tasks.py:4:1: TG206 bind=True and no parameter for the task
  |
4 | @shared_task(
  | ^^^^^^^^^^^^ TG206
5 |     bind=True,
6 | )
  |
  = help: add `self`
  = note: app/models.py:7: declared here

Explained by: taskguard rule TG206
Found 1 error in 3 files.
"""
    )


def test_a_diagnostic_of_the_whole_file_has_no_frame() -> None:
    whole = diagnostic(line=1, column=1, end_line=1, end_column=1, code="TG101", message="700 lines, the limit is 600")
    assert rendered("full", outcome(whole), quiet=True) == "app/tasks.py:1:1: TG101 700 lines, the limit is 600\n\n"


def test_a_span_of_several_lines_is_underlined_on_its_first() -> None:
    text = rendered("full", outcome(diagnostic(end_line=6, end_column=2)))
    assert "4 | @shared_task(\n  | ^^^^^^^^^^^^^ TG206\n5 |" in text


@pytest.mark.parametrize(
    ("line", "column", "end", "marks"),
    [
        ("\tx = run(1)", 6, 12, "        ^^^^^^"),
        ("名前 = run(1)", 6, 12, "       ^^^^^^"),
        ('x = "\x1b[31m" + y', 5, 13, "    ^^^^^^^^^^^"),
        ("x = 1", 6, 6, "     ^"),
        ("x = 1", 90, 95, None),
    ],
)
def test_the_mark_stands_below_what_it_marks(line: str, column: int, end: int, marks: str | None) -> None:
    place = diagnostic(line=1, column=column, end_line=1, end_column=end)
    lines = rendered("full", outcome(place, text=line)).splitlines()
    marked = next(one for one in lines if "^" in one)
    assert marks is None or marked == f"  | {marks} TG206"


def test_a_long_line_is_cut_around_its_mark() -> None:
    line = "x = [" + "1, " * 5000 + "bad, " + "2, " * 5000 + "]"
    column = line.index("bad") + 1
    text = rendered("full", outcome(diagnostic(line=1, column=column, end_line=1, end_column=column + 3), text=line))
    _, _, code, marks, *_ = text.splitlines()
    assert len(code) < 200
    assert code[marks.index("^") :].startswith("bad, ")


def test_a_file_that_is_gone_has_no_frame() -> None:
    gone = Outcome(Report((diagnostic(),), files=1), ROOT, ROOT, lambda path: None)
    assert "|" not in rendered("full", gone)


def test_concise_is_a_line_each_with_paths_as_the_caller_sees_them() -> None:
    given = outcome(diagnostic(), diagnostic(level="warn", line=5), cwd=os.path.join(ROOT, "app"))
    assert rendered("concise", given) == (
        "tasks.py:4:1: TG206 bind=True and no parameter for the task\n"
        "tasks.py:5:1: TG206 warning: bind=True and no parameter for the task\n"
        "Found 1 error and 1 warning in 3 files.\n"
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (outcome(), "All checks passed! 3 files."),
        (outcome(files=1).replace(tasks=1), "All checks passed! 1 file, 1 task."),
        (outcome(suppressed=2, baselined=1), "All checks passed! 3 files (2 suppressed, 1 baselined)."),
        (outcome(undecided=(Undecided("a.py", 1, 1, "TG201", "?"),)), "All checks passed! 3 files (1 undecided)."),
        (outcome(diagnostic(level="warn"), suppressed=1), "Found 1 warning in 3 files (1 suppressed)."),
        (outcome().replace(crashes=("TG201",)), "Found nothing in 3 files, but the run is not complete."),
    ],
)
def test_the_last_line_counts(given: Outcome, line: str) -> None:
    assert rendered("concise", given).splitlines()[-1] == line
    assert line not in rendered("concise", given, quiet=True)


def test_statistics_count_the_codes() -> None:
    found = [diagnostic(), *[diagnostic(code="TG101", name="god-file", line=n) for n in range(1, 12)]]
    text = rendered("full", outcome(*found), statistics=True, quiet=True)
    assert text == "11  TG101  god-file\n 1  TG206  bind-mismatch\n"


def test_undecided_verdicts_are_listed_on_request() -> None:
    given = outcome(undecided=(Undecided("a.py", 2, 5, "TG201", "the base is not known"),))
    assert rendered("concise", given, undecided=True).startswith("a.py:2:5: TG201 undecided: the base is not known\n")
    assert json.loads(rendered("json", given, undecided=True))["undecided"] == [
        {"code": "TG201", "path": "a.py", "line": 2, "column": 5, "why": "the base is not known"}
    ]


@pytest.mark.parametrize("form", ["full", "concise", "github"])
def test_nothing_in_a_name_or_a_message_acts_on_the_terminal(form: str) -> None:
    hostile = "a\x1b[2J\n::error::b\r\u202ec\u2028d"
    text = rendered(form, outcome(diagnostic(path=hostile, message=hostile, help=hostile), text=hostile), quiet=True)
    assert not set(text) & set("\x1b\r\u202e\u2028")
    assert len(text.split("\n::error")) == 1


def test_colour_only_on_request() -> None:
    assert "\x1b[" not in rendered("full", outcome(diagnostic()))
    assert "\x1b[1;31mTG206\x1b[0m" in rendered("full", outcome(diagnostic()), colour=True)


def test_a_path_that_is_no_utf8_is_shown_escaped() -> None:
    path = os.fsdecode(b"caf\xe9.py")
    assert rendered("concise", outcome(diagnostic(path=path))).startswith("caf\\xe9.py:4:1:")
    assert json.loads(rendered("json", outcome(diagnostic(path=path))))["diagnostics"][0]["path"] == "caf\\xe9.py"


def test_json_has_the_published_shape() -> None:
    other = Related("app/models.py", 7, "declared here")
    given = outcome(diagnostic(related=(other,), fix=Fix(())), diagnostic(level="warn", symbol=None), cwd=ROOT + "/app")
    assert json.loads(rendered("json", given)) == {
        "schema": 1,
        "root": "..",
        "summary": {"files": 3, "error": 1, "warn": 1, "suppressed": 0, "baselined": 0, "undecided": 0},
        "diagnostics": [
            {
                "code": "TG206",
                "name": "bind-mismatch",
                "level": level,
                "path": "app/tasks.py",
                "line": 4,
                "column": 1,
                "end_line": 4,
                "end_column": 13,
                "symbol": symbol,
                "message": "bind=True and no parameter for the task",
                "help": "",
                "related": related,
                "fixable": fixable,
            }
            for level, symbol, related, fixable in (
                ("error", "app.tasks.send", [{"path": "app/models.py", "line": 7, "message": "declared here"}], "safe"),
                ("warn", None, [], None),
            )
        ],
    }


def test_github_annotations() -> None:
    odd = diagnostic(path="a,b:c%.py", level="warn", message="50% done: a, b")
    assert rendered("github", outcome(diagnostic(), odd)) == (
        "::error file=app/tasks.py,line=4,col=1,endLine=4,title=TG206 bind-mismatch::bind=True and no parameter for the task\n"
        "::warning file=a%2Cb%3Ac%25.py,line=4,col=1,endLine=4,title=TG206 bind-mismatch::50%25 done: a, b\n"
    )
