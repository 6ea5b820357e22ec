"""The Code Quality report of GitLab."""

from __future__ import annotations

import json

from taskguard.reporters.escape import without_bytes
from taskguard.reporters.identities import identities

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.reporters import View
    from taskguard.request import Outcome

SEVERITIES = {"error": "major", "warn": "minor"}


def render(outcome: Outcome, view: View) -> Iterator[str]:
    """A JSON array; paths are relative to the project root, as GitLab wants them."""
    made = [
        {
            "description": without_bytes(f"{one.code} {one.message}"),
            "check_name": one.code,
            "fingerprint": fingerprint,
            "severity": SEVERITIES[one.level],
            "location": {"path": without_bytes(one.path), "lines": {"begin": one.line, "end": one.end_line}},
        }
        for one, fingerprint in zip(outcome.report.diagnostics, identities(outcome))
    ]
    yield json.dumps(made, indent=2) + "\n"
