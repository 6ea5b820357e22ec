"""Annotations of GitHub Actions."""

from __future__ import annotations

from taskguard.reporters.escape import Paths, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.reporters import View
    from taskguard.request import Outcome

KINDS = {"error": "error", "warn": "warning"}


def render(outcome: Outcome, view: View) -> Iterator[str]:
    """A workflow command for each diagnostic; what stands in names and messages cannot end it or begin another.

    A rule that crashed is an error of its own.
    """
    paths = Paths(outcome.root, outcome.cwd)
    for one in outcome.report.diagnostics:
        places = {
            "file": paths(one.path),
            "line": str(one.line),
            "col": str(one.column),
            "endLine": str(one.end_line),
            "title": f"{one.code} {one.name}",
        }
        words = ",".join(f"{name}={of_property(value)}" for name, value in places.items())
        yield f"::{KINDS[one.level]} {words}::{of_message(shown(one.message))}\n"
    for text in outcome.broken:
        said = f"crashed, so the run is not complete: {text.splitlines()[0]}"
        yield f"::error title=taskguard::{of_message(shown(said))}\n"


def of_message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def of_property(text: str) -> str:
    return of_message(text).replace(":", "%3A").replace(",", "%2C")
