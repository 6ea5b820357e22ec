"""SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
from inspect import cleandoc

from taskguard.reporters.escape import without_bytes
from taskguard.reporters.identities import identities

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from taskguard.diagnostics import Diagnostic, Fix, Span, Undecided
    from taskguard.reporters import View
    from taskguard.request import Outcome

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warn": "warning"}
ROOT = "%SRCROOT%"
FINGERPRINT = "taskguardFinding/v1"


def render(outcome: Outcome, view: View) -> Iterator[str]:
    """One run. Paths are relative to the project root; columns count code points. An undecided verdict is an open result."""
    from taskguard.version import __version__

    report = outcome.report
    undecided = report.undecided if view.undecided else ()
    codes = sorted({one.code for one in report.diagnostics} | {one.code for one in undecided})
    places = {code: place for place, code in enumerate(codes)}
    results = [result(one, places[one.code], digest) for one, digest in zip(report.diagnostics, identities(outcome))]
    results += [open_result(one, places[one.code]) for one in undecided]
    made = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "taskguard", "version": __version__, "rules": [rule(code) for code in codes]}
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [invocation(outcome)],
                "results": results,
            }
        ],
    }
    yield json.dumps(made, indent=2) + "\n"


def invocation(outcome: Outcome) -> dict[str, Any]:
    """How the run went; a rule that crashed is told."""
    told = [{"level": "error", "message": {"text": without_bytes(text.partition("\n")[0])}} for text in outcome.broken]
    return {"executionSuccessful": not told, "toolExecutionNotifications": told}


def rule(code: str) -> dict[str, Any]:
    """A rule with its page; only its code where nobody has built it."""
    from taskguard.selection import available, is_own, rule_class

    if code not in available() and is_own(code):
        return {"id": code}
    made = rule_class(code)
    page = cleandoc(made.__doc__ or "")
    summary, _, rest = page.partition("\n")
    why = rest.partition("## Why is this bad?\n")[2].partition("\n## ")[0].strip()
    return {
        "id": code,
        "name": made.__name__,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": why or summary},
        "help": {"text": page, "markdown": page},
        "properties": {"since": made.since, "tags": ["celery"]},
    }


def result(one: Diagnostic, place: int, digest: str) -> dict[str, Any]:
    """One diagnostic."""
    advice = f"\n{one.help}" if one.help else ""
    made: dict[str, Any] = {
        "ruleId": one.code,
        "ruleIndex": place,
        "level": LEVELS[one.level],
        "message": {"text": without_bytes(one.message + advice)},
        "locations": [location(one.path, region(one.line, one.column, one.end_line, one.end_column), one.symbol)],
        "partialFingerprints": {FINGERPRINT: digest},
    }
    if one.related:
        made["relatedLocations"] = [
            {
                **location(other.path, {"startLine": other.line}),
                "id": number,
                "message": {"text": without_bytes(other.message)},
            }
            for number, other in enumerate(one.related, 1)
        ]
    if one.fix is not None:
        made["fixes"] = [fix(one.fix)]
    return made


def open_result(one: Undecided, place: int) -> dict[str, Any]:
    """A verdict that could not be given."""
    where = location(one.path, {"startLine": one.line, "startColumn": one.column})
    text = {"text": without_bytes(f"undecided: {one.why}")}
    return {
        "ruleId": one.code,
        "ruleIndex": place,
        "kind": "open",
        "level": "none",
        "message": text,
        "locations": [where],
    }


def location(path: str, where: dict[str, int], symbol: str | None = None) -> dict[str, Any]:
    """A place in a file, with the name of what is there."""
    made: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact(path), "region": where}}
    if symbol:
        made["logicalLocations"] = [{"fullyQualifiedName": without_bytes(symbol)}]
    return made


def artifact(path: str) -> dict[str, str]:
    """A file as a URI, relative to the project root."""
    from urllib.parse import quote

    return {"uri": quote(path.encode("utf-8", "surrogateescape")), "uriBaseId": ROOT}


def region(line: int, column: int, end_line: int, end_column: int) -> dict[str, int]:
    """A span; its end is exclusive here and there. The file as such is its first line."""
    if (line, column, end_line, end_column) == (1, 1, 1, 1):
        return {"startLine": 1}
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def fix(one: Fix) -> dict[str, Any]:
    """The edits of a fix, by file."""
    by_path: dict[str, list[dict[str, Any]]] = {}
    for edit in one.edits:
        replacement = {"deletedRegion": exactly(edit.span), "insertedContent": {"text": without_bytes(edit.text)}}
        by_path.setdefault(edit.path, []).append(replacement)
    text = "a safe fix" if one.safe else "a fix that may change what the program does"
    changes = [{"artifactLocation": artifact(path), "replacements": found} for path, found in by_path.items()]
    return {"description": {"text": text}, "artifactChanges": changes}


def exactly(span: Span) -> dict[str, int]:
    """A span that an edit replaces, be it empty."""
    return {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column}
