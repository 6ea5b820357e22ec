"""Dicts that a module sets on its app, and sets again further down: Celery reads the last one, and nothing of the others is in force."""

from __future__ import annotations

from taskguard.project.python.evaluate import Bound, mapping_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Expression, Place

# Settings that hold a dict of which each entry is judged for itself.
WHOLE = frozenset(("beat_schedule", "task_routes", "task_annotations"))


def told_apart(held: list[Place]) -> tuple[list[Expression], tuple[Expression, ...]]:
    """What the places say that set one setting, in the order of the lines: what may be in force, and what is surely replaced further down."""
    plain = [one for one in held if not one.partial]
    if len(plain) < 2 or plain[0].setting not in WHOLE:
        return [one.value for one in plain], ()
    past = [any(_replaces(later, one) for later in plain[place + 1 :]) for place, one in enumerate(plain)]
    return (
        [one.value for one, gone in zip(plain, past, strict=True) if not gone],
        tuple(one.value for one, gone in zip(plain, past, strict=True) if gone),
    )


def _replaces(later: Place, one: Place) -> bool:
    """Whether a place always comes after another one, and takes nothing over of what it finds."""
    if later.path != one.path or later.span < one.span:
        return False
    new, old = later.value, one.value
    if not isinstance(new, Bound) or not isinstance(old, Bound) or new.scope != old.scope:
        return False
    # A branch of a function may give back the app before the other place comes; one of a module does not end it.
    if later.guard not in ("", "function") or (old.scope and one.guard not in ("", "function")):
        return False
    return not mapping_of(new).open
