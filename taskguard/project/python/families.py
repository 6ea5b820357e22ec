"""All that lies above something, each once: who inherits twice from one class, or from itself, costs no more than who does not."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from typing import TypeVar

    T = TypeVar("T")

# What has more above it is not followed to the end.
MOST = 300


def ancestors(start: T, above: Callable[[T], Iterable[T]], key_of: Callable[[T], Hashable], deepest: int) -> list[T]:
    """What is above `start`: the first of those just above it, and what is above that, before the second."""
    made: list[T] = []
    seen: dict[Hashable, int] = {}

    def follow(one: T, depth: int) -> None:
        for parent in above(one) if depth < deepest else ():
            key = key_of(parent)
            before = seen.get(key)
            if before is None:
                if len(made) >= MOST:
                    return
                made.append(parent)
            if before is None or depth < before:  # there is more above it to be reached than last time
                seen[key] = depth
                follow(parent, depth + 1)

    follow(start, 0)
    return made


def by_levels(start: T, above: Callable[[T], Iterable[T]], key_of: Callable[[T], Hashable], deepest: int) -> list[T]:
    """`start` and what is above it, the nearest first, up to `deepest` levels."""
    made, level = [start], [start]
    seen = {key_of(start)}
    for _ in range(deepest):
        following: list[T] = []
        for one in level:
            for parent in above(one):
                if key_of(parent) not in seen and len(seen) < MOST:
                    seen.add(key_of(parent))
                    following.append(parent)
        made += following
        level = following
    return made
