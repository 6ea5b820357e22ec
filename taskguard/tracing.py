"""Who reads what: a frame for each value that is worked out, with what was read for it and what other values it was made of.

A run opens a frame for each *unit*, a rule that may have to run again by itself, and for each *place* of one, a file that it judges by itself. Whatever is read
while a frame is open is noted in it; a value that is asked for again brings its frame along. In the end each read is known by the units that rest on it,
and by their places.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# The unit of what all others rest on.
ALL = ""
# Stands before the name of a place, where it is named among units.
AT = "@"

_last = [0]


def number() -> int:
    """A number for a read, which no other has in this process."""
    _last[0] += 1
    return _last[0]


class Frame:
    """What was read for a value: the numbers of reads, and the frames of the values that it was made of."""

    __slots__ = ("below", "mask", "reads")

    def __init__(self) -> None:
        self.reads: set[int] = set()
        self.below: set[Frame] = set()
        self.mask = 0


class Trace:
    """The frame that is open, None where nobody wants to know; `reads` are those of that frame."""

    __slots__ = ("_done", "_units", "frame", "reads")

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.reads: set[int] = set()
        self._done: dict[Frame, None] = {}  # the frames that were closed, those of inner values first
        self._units: dict[tuple[str, str], Frame] = {}

    def start(self) -> None:
        """Forgets all frames, and opens that of what all units rest on."""
        everybody = Frame()
        self._done, self._units = {}, {(ALL, ""): everybody}
        self.open(everybody)

    def stop(self) -> None:
        """Forgets all frames, and opens none: what is read is noted nowhere."""
        self._done, self._units = {}, {}
        self.open(None)

    def open(self, frame: Frame | None) -> None:
        """From here on reads are noted in this frame; nowhere without one."""
        self.frame = frame
        self.reads = frame.reads if frame is not None else set()

    def enter(self, frame: Frame) -> Frame | None:
        """Opens a frame within that which is open, which is given back for `leave`."""
        outer = self.frame
        if outer is not None:
            outer.below.add(frame)
            self.frame, self.reads = frame, frame.reads
        return outer

    def leave(self, outer: Frame | None) -> None:
        """Closes the frame that is open."""
        if outer is not None:
            if self.frame is not None:
                self._done[self.frame] = None
            self.frame, self.reads = outer, outer.reads

    def unit(self, name: str, place: str = "") -> Opened:
        """What is read within is read for a unit, at one of its places if it has any, and for no other that is open."""
        return Opened(self, None if self.frame is None else self._units.setdefault((name, place), Frame()))

    def nobody(self) -> Opened:
        """What is read within counts for those alone who ask for what was worked out."""
        return Opened(self, None if self.frame is None else Frame())

    def within(self, frame: Frame) -> Opened:
        """What is read within is read for the frame, of which the open one is made, too."""
        if self.frame is None:
            return Opened(self, None)
        self.frame.below.add(frame)
        self._done[frame] = None
        return Opened(self, frame)

    def masks(self, units: Mapping[str, int]) -> dict[int, int]:
        """By the number of each read the units that rest on it and their places, each a bit by its number in `units`."""
        frames = [*self._units.values(), *reversed(self._done)]
        for frame in frames:
            frame.mask = 0
        for (name, place), frame in self._units.items():
            frame.mask = 1 << units[name] | (1 << units[AT + place] if place else 0)
        # A frame is closed before those that it is a part of, but for values that ask for themselves: until nothing moves.
        moving = True
        while moving:
            moving = False
            for frame in frames:
                mask = frame.mask
                for one in frame.below:
                    if one.mask | mask != one.mask:
                        one.mask |= mask
                        moving = True
        made: dict[int, int] = {}
        for frame in frames:
            if frame.mask:
                for read in frame.reads:
                    made[read] = made.get(read, 0) | frame.mask
        once: dict[int, int] = {}  # there are few of them, and they are long
        return {read: once.setdefault(mask, mask) for read, mask in made.items()}

    @property
    def units(self) -> Collection[str]:
        """The units that frames were opened for, and their places."""
        names = dict.fromkeys(name for name, _ in self._units)
        return names | dict.fromkeys(AT + place for _, place in self._units if place)


class Opened:
    """A frame that is open for the length of a `with`; None leaves open what is."""

    __slots__ = ("_frame", "_outer", "_trace")

    def __init__(self, trace: Trace, frame: Frame | None) -> None:
        self._trace, self._frame, self._outer = trace, frame, trace.frame

    def __enter__(self) -> None:
        if self._frame is not None:
            self._trace.open(self._frame)

    def __exit__(self, *_: object) -> None:
        if self._frame is not None:
            self._trace.open(self._outer)


TRACE = Trace()
