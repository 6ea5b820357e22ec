"""Whether code of the project reads a setting that Celery does not know: it is the project's own then."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Project

# So many letters of a line are read before and behind a name.
WIDEST = 2000


def read_elsewhere(project: Project, name: str, but_for: frozenset[str] = frozenset()) -> bool:
    """Whether code of the project reads a setting by this name: it is then the project's own, whatever Celery makes of it.

    What only gives its value to a setting of `but_for` does not count.
    """
    return any(_reads(project, path, name, tuple(sorted(but_for))) for path in project.search(name))


@Question
def _reads(text: str, name: str, but_for: tuple[str, ...]) -> bool:
    """Whether a text reads the setting by this name."""
    reads = re.compile(
        rf"\.{name}\b(?!\s*=[^=])|\bimport\b[^\n]*\b{name}\b|getattr\([^()\n]*[\"']{name}[\"']|\[[\"']{name}[\"']\](?!\s*=[^=])"
        rf"|(?:[=(,:{{\[+*/%|<>-]|\b(?:if|elif|else|and|or|not|in|is|return|while|assert|yield)\b)\s*{name}\b(?!\s*=[^=])"
    )
    copies = re.compile(rf"^\s*(\w+)\s*=\s*{name}\s*(?:#.*)?$", re.M)
    return any(
        reads.search(copies.sub(lambda found: "" if found[1] in but_for else found[0], near) if but_for else near)
        for near in _places_of(text, name)
    )


def _places_of(text: str, name: str) -> Iterator[str]:
    """The lines around each place of a name in a text, with the nearest ones before and behind that are not blank."""
    for found in re.finditer(rf"\b{re.escape(name)}\b", text):
        above, _, left = text[max(found.start() - WIDEST, 0) : found.start()].rpartition("\n")
        right, _, below = text[found.end() : found.end() + WIDEST].partition("\n")
        yield f"{above.rstrip().rpartition(chr(10))[2]}\n{left}{name}{right}\n{below.lstrip().partition(chr(10))[0]}"
