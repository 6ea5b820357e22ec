"""Passwords in the URLs of brokers and result backends that are not quoted, so that the host cannot be told (kombu/utils/url.py, `url_to_parts`)."""

from __future__ import annotations

from taskguard.project.diagnosis.brokers.written_urls import BACKENDS, BROKERS, written_urls
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import to_copy
from taskguard.project.python.testing import in_tests
from taskguard.project.python.torn_urls import TORN, torn_urls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.system import System

QUOTED = {"/": "%2F", "?": "%3F", "#": "%23"}


def torn_passwords(system: System) -> Iterator[Fault]:
    """Each place once: in the code that makes an app, and in deployment files."""
    told: set[tuple[str, Span]] = set()
    for one in written_urls(system, (*BROKERS, *BACKENDS)):
        found = TORN.match(one.text.strip())
        if found is not None and (one.path, one.span) not in told and not to_copy(one.path):
            told.add((one.path, one.span))
            yield _fault(one.path, one.span, found[2])
    for path in sorted(system.project.markers) if system.live else ():
        for torn in torn_urls(system.project, path) if not (in_tests(path) or to_copy(path)) else ():
            yield _fault(path, torn.span, torn.letter)


def _fault(path: str, span: Span, letter: str) -> Fault:
    return Fault(
        path, span, f"the password in this URL has a `{letter}`, which ends the host: what stands before it is no port, a ValueError as soon as the URL is used",
        f"write `{QUOTED[letter]}` for it (urllib.parse.quote)", symbol="url",
    )  # fmt: skip
