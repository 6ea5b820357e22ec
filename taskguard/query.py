"""Derived values: worked out when they are asked for, once for each owner and key.

A query is a function of an owner (a project, or a part of one) and further keys that can be hashed. The owner holds the answers in its `memo`,
which nobody but this module touches: a room that derives a value declares it as a query and fills no attribute of a room below.
"""

from __future__ import annotations

from functools import update_wrapper

from taskguard.tracing import TRACE, Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

    class Owner(Protocol):
        """What answers are kept with: they live as long as it does."""

        @property
        def memo(self) -> dict[object, Any]: ...

    P = ParamSpec("P")
    Held = TypeVar("Held", bound=Owner)
    T = TypeVar("T")

NOTHING: Any = object()
# Where the memo of an owner holds the frames of its answers.
FRAMES = object()


class Keyed:
    """An argument that cannot be hashed, or only at a price: `key` says which it is."""

    __slots__ = ("_hash", "held", "key")

    def __init__(self, held: Any, key: tuple[object, ...]) -> None:
        self.held = held
        self.key = key
        self._hash = hash(key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyed) and self.key == other.key

    def __hash__(self) -> int:
        return self._hash


def query(work: Callable[Concatenate[Held, P], T]) -> Callable[Concatenate[Held, P], T]:
    """`work`, done once for each owner and key. For one that may ask for itself while it is worked out, see `cyclic`."""

    def asked(owner: Held, *key: Any) -> T:
        memo = owner.memo
        node = (asked, *key) if key else asked
        held: T = memo.get(node, NOTHING)
        if held is not NOTHING:
            if TRACE.frame is not None:
                _again(memo, node)
            return held
        if TRACE.frame is None:
            held = memo[node] = work(owner, *key)  # type: ignore[call-arg]
            return held
        outer = TRACE.enter(_frame(memo, node))
        try:
            held = memo[node] = work(owner, *key)  # type: ignore[call-arg]
        finally:
            TRACE.leave(outer)
        return held

    update_wrapper(asked, work)
    return asked  # type: ignore[return-value]


def _frame(memo: dict[object, Any], node: object) -> Frame:
    """A new frame for an answer that is about to be worked out."""
    frame = memo.setdefault(FRAMES, {})[node] = Frame()
    return frame


def _again(memo: dict[object, Any], node: object) -> None:
    """Notes that the open frame is made of an answer that is there."""
    frames = memo.get(FRAMES)
    if frames is not None and node in frames and TRACE.frame is not None:
        TRACE.frame.below.add(frames[node])


def cyclic(
    seed: Any, beyond: Any = None, deepest: int = 100
) -> Callable[[Callable[Concatenate[Held, P], T]], Callable[Concatenate[Held, P], T]]:
    """As `query`, for a value that may ask for itself, by way of others, while it is worked out: it is told `seed` then.

    Where more than `deepest` such values ask for one another it is told `beyond`, and that is not kept.
    """

    def declare(work: Callable[Concatenate[Held, P], T]) -> Callable[Concatenate[Held, P], T]:
        running = 0

        def asked(owner: Held, *key: Any) -> T:
            nonlocal running
            memo = owner.memo
            node = (asked, *key) if key else asked
            held: T = memo.get(node, NOTHING)
            if held is not NOTHING:
                if TRACE.frame is not None:
                    _again(memo, node)
                return held
            if running > deepest:
                return beyond  # type: ignore[no-any-return]
            memo[node] = seed
            running += 1
            outer = TRACE.enter(_frame(memo, node)) if TRACE.frame is not None else None
            try:
                held = memo[node] = work(owner, *key)  # type: ignore[call-arg]
            finally:
                running -= 1
                TRACE.leave(outer)
            return held

        update_wrapper(asked, work)
        return asked  # type: ignore[return-value]

    return declare
