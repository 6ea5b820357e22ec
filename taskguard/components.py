"""Things that need one another in turns, of whatever kind: modules that import each other, groups of definitions that call each other."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    Node = TypeVar("Node", int, str)


def components(starts: Iterable[Node], needs: Callable[[Node], Iterable[Node]]) -> Iterator[list[Node]]:
    """All that can be reached from `starts`, in groups whose members need one another, directly or through others (Tarjan's strongly connected components):
    what needs nobody in turn is a group of its own. A group comes after those that it needs; `needs` is asked once of each."""
    order: dict[Node, int] = {}
    lowest: dict[Node, int] = {}
    kept: list[Node] = []
    unfinished: set[Node] = set()
    for start in starts:
        walk: list[tuple[Node, Iterator[Node]]] = []
        following: Node | None = start if start not in order else None
        while following is not None or walk:
            if following is not None:
                order[following] = lowest[following] = len(order)
                kept.append(following)
                unfinished.add(following)
                walk.append((following, iter(needs(following))))
            at, rest = walk[-1]
            following = None
            for one in rest:
                if one not in order:
                    following = one
                    break
                if one in unfinished:
                    lowest[at] = min(lowest[at], order[one])
            if following is None:
                walk.pop()
                if walk:
                    lowest[walk[-1][0]] = min(lowest[walk[-1][0]], lowest[at])
                if lowest[at] == order[at]:
                    group = [kept.pop()]
                    while group[-1] != at:
                        group.append(kept.pop())
                    unfinished.difference_update(group)
                    yield group
