"""Comments that switch a tool off for some lines and on again (`# isort: off`, `# fmt: off`): each module of a split gets the pair around what it
takes from there, and none is left open."""

from __future__ import annotations

from taskguard.facts.lines import Lines
from taskguard.patterns import regex
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from taskguard.splitting.god import God

SWITCH = regex(
    r"#\s*(?P<tool>ruff\s*:\s*isort|isort|fmt|yapf|autopep8|pylint|ruff)\s*:\s*(?P<word>off|on|disable|enable)\b(?P<codes>\s*[=\[][^#]*)?\s*$"
)
OTHER = {"off": "on", "disable": "enable", "on": "off", "enable": "disable"}
# It looks at imports alone.
SORTING = "isort"


class Switch(Record):
    """One such comment: what it is about, and whether it ends what another has begun."""

    key: str
    on: bool
    text: str

    @property
    def other(self) -> str:
        """The comment that ends it."""
        found = SWITCH.match(self.text)
        assert found is not None
        return self.text[: found.start("word")] + OTHER[found["word"]] + self.text[found.end("word") :]


class Range(Record):
    """The text between two of them, as offsets; `off` is the first."""

    start: int
    end: int
    off: Switch


def read(line: str) -> Switch | None:
    """The switch that a line is, None for any other line."""
    found = SWITCH.match(line)
    if found is None:
        return None
    key = "".join(f"{found['tool']}{found['codes'] or ''}".split())
    return Switch(key, found["word"] in ("on", "enable"), line.rstrip())


def ranges(god: God) -> tuple[Range, ...]:
    """The lines of a god file for which a tool is off. What the top of the file says and nothing ends holds for all of it, and is none of them."""
    begun: dict[str, tuple[int, Switch]] = {}
    made: list[Range] = []
    for place, one in _switches(god):
        if not one.on:
            begun.setdefault(one.key, (place, one))
        elif one.key in begun:
            made.append(Range(begun[one.key][0], place, begun.pop(one.key)[1]))
    open_ended = (pair for pair in begun.values() if pair[0] >= god.head and not pair[1].key.startswith("pylint"))
    made += [Range(place, len(god.text), one) for place, one in open_ended]
    return tuple(sorted(made))


def _switches(god: God) -> Iterator[tuple[int, Switch]]:
    """All that stand between blocks, with their offsets."""
    if "off" not in god.text and "disable" not in god.text:
        return
    gaps = [(0, god.head), *((one.start, one.code) for one in god.blocks)]
    if god.blocks:
        gaps.append((_stop(god, len(god.blocks) - 1), len(god.text)))
    for start, end in gaps:
        place = start
        for line in god.text[start:end].splitlines(keepends=True):
            if (found := read(line)) is not None:
                yield place, found
            place += len(line)


def _stop(god: God, place: int) -> int:
    """Where the statements of a block end: behind the last one of a file there may be comments."""
    return Lines(god.text).after(god.blocks[place].end_line)


def of_ranges(god: God) -> frozenset[str]:
    """The lines that begin or end such a range."""
    return frozenset(word for one in ranges(god) for word in (one.off.text, one.off.other))


class Writing:
    """The switches of a module while its blocks are written one after the other; `imports` says that these are its imports."""

    def __init__(self, god: God, *, imports: bool) -> None:
        first = min((god.blocks[place].start for place in god.moving), default=len(god.text))
        self._god = god
        self._ranges = [
            one for one in ranges(god) if imports or one.start >= first or not one.off.key.endswith(SORTING)
        ]
        self._keys = {one.off.key for one in ranges(god)}
        self._state: dict[str, Switch] = {}

    def before(self, place: int) -> tuple[list[str], list[str]]:
        """The comments that have to stand behind the last block and above this one, where nothing of what stands there in the file is written."""
        wanted = self._wanted(place)
        return self._closed(wanted), self._opened(wanted)

    def block(self, place: int, text: str) -> tuple[str, str]:
        """What is to be written behind the last block, and the text of this one: comments that switch are there where they are needed."""
        wanted = self._wanted(place)
        if not self._keys:
            return "", text
        one = self._god.blocks[place]
        above = one.code - one.start
        behind = one.end - _stop(self._god, place)
        tail = text[len(text) - behind :] if behind > 0 else ""
        kept = self._lines(text[:above], wanted)
        closed = self._closed(wanted)
        blank = len(kept) - len(kept.lstrip("\r\n"))
        opened = "".join(f"{line}\n" for line in self._opened(wanted))
        code = text[above : len(text) - len(tail)]
        made = kept[:blank] + opened + kept[blank:] + code + self._lines(tail, {})
        return "".join(f"{line}\n" for line in closed), made

    def end(self) -> list[str]:
        """What has to stand behind the last block."""
        return self._closed({})

    def _wanted(self, place: int) -> dict[str, Switch]:
        code = self._god.blocks[place].code
        return {one.off.key: one.off for one in self._ranges if one.start <= code < one.end}

    def _closed(self, wanted: Mapping[str, Switch]) -> list[str]:
        return [self._state.pop(key).other for key in list(self._state) if key not in wanted]

    def _opened(self, wanted: Mapping[str, Switch]) -> list[str]:
        made = [one.text for key, one in wanted.items() if key not in self._state]
        self._state.update(wanted)
        return made

    def _lines(self, text: str, wanted: Mapping[str, Switch]) -> str:
        """What stands above a block or behind the last one, without comments that switch nothing here."""
        kept: list[str] = []
        dropped = False
        for line in text.splitlines(keepends=True):
            one = read(line)
            if one is None or one.key not in self._keys:
                if not (dropped and not line.strip() and (not kept or not kept[-1].strip())):
                    kept.append(line)
                    dropped = False
                continue
            if one.on and one.key in self._state and one.key not in wanted:
                del self._state[one.key]
                kept.append(line)
            elif not one.on and one.key not in self._state and one.key in wanted:
                self._state[one.key] = wanted[one.key]
                kept.append(line)
            else:
                dropped = True
        return "".join(kept)
