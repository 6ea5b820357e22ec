"""What tells one finding from all others in the eyes of a service that follows findings from run to run."""

from __future__ import annotations

from taskguard.baseline import entry, identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.baseline import Key
    from taskguard.request import Outcome


def identities(outcome: Outcome) -> list[str]:
    """A digest for each diagnostic, in their order; no two are equal, and moved lines change none."""
    texts: dict[str, str | None] = {}

    def text_of(path: str) -> str | None:
        if path not in texts:
            texts[path] = outcome.texts(path)
        return texts[path]

    seen: dict[Key, int] = {}
    made = []
    for one in outcome.report.diagnostics:
        found = entry(one, text_of)
        nth = seen[found.key] = seen.get(found.key, -1) + 1
        made.append(identity(found, nth))
    return made
