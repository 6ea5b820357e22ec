"""One JSON object. Its shape is stable: schema 1."""

from __future__ import annotations

import json
import os

from taskguard.reporters.escape import without_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Diagnostic, Undecided
    from taskguard.reporters import View
    from taskguard.request import Outcome

SCHEMA = 1


def render(outcome: Outcome, view: View) -> Iterator[str]:
    """Paths are relative to the project root, with `/`; `root` itself is relative to the working directory."""
    report = outcome.report
    made: dict[str, object] = {
        "schema": SCHEMA,
        "root": without_bytes(relative_root(outcome.root, outcome.cwd)),
        "summary": {
            "files": report.files,
            "error": report.count("error"),
            "warn": report.count("warn"),
            "suppressed": report.suppressed,
            "baselined": report.baselined,
            "undecided": len(report.undecided),
        },
        "diagnostics": [diagnostic(one) for one in report.diagnostics],
    }
    if view.undecided:
        made["undecided"] = [undecided(one) for one in report.undecided]
    yield json.dumps(made, indent=2) + "\n"


def relative_root(root: str, cwd: str) -> str:
    try:
        return os.path.relpath(root, cwd).replace(os.sep, "/")
    except ValueError:  # another drive
        return root.replace(os.sep, "/")


def diagnostic(one: Diagnostic) -> dict[str, object]:
    return {
        "code": one.code,
        "name": one.name,
        "level": one.level,
        "path": without_bytes(one.path),
        "line": one.line,
        "column": one.column,
        "end_line": one.end_line,
        "end_column": one.end_column,
        "symbol": None if one.symbol is None else without_bytes(one.symbol),
        "message": without_bytes(one.message),
        "help": without_bytes(one.help),
        "related": [
            {"path": without_bytes(other.path), "line": other.line, "message": without_bytes(other.message)}
            for other in one.related
        ],
        "fixable": one.fixable,
    }


def undecided(one: Undecided) -> dict[str, object]:
    return {
        "code": one.code,
        "path": without_bytes(one.path),
        "line": one.line,
        "column": one.column,
        "why": without_bytes(one.why),
    }
