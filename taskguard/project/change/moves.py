"""Where functions, classes and constants went: moved with their name, renamed, split into several, or lost."""

from __future__ import annotations

from collections import Counter

from taskguard.patterns import regex
from taskguard.project.change.terms import MARKED, Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# How alike two bodies must be. A shared name says much by itself; a new name must be borne out by the body.
SAME_NAME = 0.35
SAME_CODE = 0.9
NEW_NAME = 0.8
NEW_NAME_AND_PLACE = 0.9
LEAST_WORDS = 8
# So many pairs of lost and new pieces are compared word by word; where there are more, only those of the very same words, and so many of these.
MOST_PAIRS, MOST_ALIKE = 100_000, 10
PART = 0.6
LOGGERS = ("getLogger", "get_logger", "get_task_logger")
MAKING = regex(r"⟪([^⟫?]+)⟫\(")
WORD = regex(r"\w+|[^\w\s]")


class Moves:
    """The counterpart of each old piece among the new ones.

    `old` and `new` are the pieces of the files that differ. `gone` and `born` are those whose dotted name only one side has, `to` gives the
    new piece of an old dotted name.
    """

    def __init__(self, old: Iterable[Piece], new: Iterable[Piece]) -> None:
        self.old = {one.dotted: one for one in old}
        news = {one.dotted: one for one in new}
        self.born = {dotted: one for dotted, one in news.items() if dotted not in self.old}
        self.gone = {dotted: one for dotted, one in self.old.items() if dotted not in news}
        self.to = {dotted: news[dotted] for dotted in self.old if dotted in news}
        self._words: dict[str, Counter[str]] = {}
        self._taken: set[str] = set()
        self._pair_same_names()
        self._pair_renamed()
        self._pair_members()
        self.arrived = frozenset(one.dotted for one in self.to.values())
        self.copies = {new.dotted: (old, new) for old, new in self._find_copies()}

    def _pair_same_names(self) -> None:
        by_name: dict[tuple[str, str], list[Piece]] = {}
        for one in self.born.values():
            if "." not in one.qualname:
                by_name.setdefault((one.name, one.kind), []).append(one)
        exact: set[str] = set()
        pairs = []
        for dotted, one in self.gone.items():
            found = by_name.get((one.name, one.kind), []) if "." not in one.qualname else []
            best = max(
                found, key=lambda other: (one.task and other.task, self.alike(one, other), other.dotted), default=None
            )
            if best is None:
                continue
            likeness = self.alike(one, best)
            if one.kind == "variable" or (one.task and best.task) or likeness >= SAME_NAME:
                pairs.append((dotted, best, likeness))
            if likeness == 1:
                exact.add(best.dotted)
        self._pair_exact(pairs, exact)
        # A name that goes where others of its module went goes with them, whatever became of its body.
        ways = {(self.old[dotted].module, new.module) for dotted, new in self.to.items()}
        for dotted, one in self.gone.items():
            found = by_name.get((one.name, one.kind), []) if "." not in one.qualname and dotted not in self.to else []
            along = [other for other in found if (one.module, other.module) in ways and other.dotted not in self._taken]
            if len(along) == 1:
                self._pair(dotted, along[0])

    def _pair_exact(self, pairs: list[tuple[str, Piece, float]], exact: set[str]) -> None:
        for dotted, best, likeness in pairs:
            # Of two of one name, the one that is the same went there.
            if likeness == 1 or best.dotted not in exact or (best.kind != "variable" and likeness >= SAME_CODE):
                self._pair(dotted, best)

    def _find_copies(self) -> Iterator[tuple[Piece, Piece]]:
        """Old variables and new ones of that name which the same call makes: each part of a split has its own `metrics = get_metrics(...)`."""
        made = {(one.name, call): one for one in self.old.values() if (call := maker(one))}
        ways = {(self.old[dotted].module, new.module) for dotted, new in self.to.items()}
        for new in self.born.values():
            old = made.get((new.name, maker(new)))
            if old is not None and new.dotted not in self._taken and (old.module, new.module) in ways:
                yield old, new

    def _pair_renamed(self) -> None:
        rest = [
            one
            for one in self.gone.values()
            if one.dotted not in self.to and one.kind != "variable" and "." not in one.qualname
        ]
        free = [
            one
            for one in self.born.values()
            if one.dotted not in self._taken and one.kind != "variable" and "." not in one.qualname
        ]
        pairs = [(self.alike(a, b), a.dotted, b) for a, b in self._comparable(rest, free)]
        for likeness, dotted, piece in sorted(pairs, key=lambda one: (-one[0], one[1], one[2].dotted)):
            enough = NEW_NAME if self.gone[dotted].path == piece.path else NEW_NAME_AND_PLACE
            if likeness >= enough and dotted not in self.to and piece.dotted not in self._taken:
                self._pair(dotted, piece)

    def _comparable(self, rest: list[Piece], free: list[Piece]) -> Iterator[tuple[Piece, Piece]]:
        """The pieces of a kind that may be the same under another name: where there are many, only those with the very same words."""
        by_words: dict[tuple[object, ...], list[Piece]] = {}
        many = len(rest) * len(free) > MOST_PAIRS

        def key(one: Piece) -> tuple[object, ...]:
            return (one.kind, frozenset(self.words(one).items())) if many else (one.kind,)

        for one in free:
            by_words.setdefault(key(one), []).append(one)
        had: Counter[tuple[object, ...]] = Counter()
        for one in rest:
            if self._telling(one):
                said = key(one)
                first, last = (had[said], had[said] + MOST_ALIKE) if many else (0, None)
                yield from ((one, other) for other in by_words.get(said, [])[first:last])
                had[said] += 1

    def _pair_members(self) -> None:
        """Methods go where their class went."""
        for dotted, one in self.gone.items():
            holder, _, name = one.qualname.rpartition(".")
            new = self.to.get(f"{one.module}.{holder}") if holder else None
            if new is not None and f"{new.dotted}.{name}" in self.born:
                self._pair(dotted, self.born[f"{new.dotted}.{name}"])

    def _pair(self, dotted: str, piece: Piece) -> None:
        self.to[dotted] = piece
        self._taken.add(piece.dotted)

    def _telling(self, one: Piece) -> bool:
        return sum(self.words(one).values()) >= LEAST_WORDS

    def words(self, one: Piece) -> Counter[str]:
        """The words of a piece, with the last parts of its names."""
        key = f"{one.path}:{one.dotted}"
        if key not in self._words:
            made: Counter[str] = Counter()
            for line in one.lines:
                made.update(WORD.findall(MARKED.sub(lambda mark: mark[1].rpartition(".")[2].lstrip("?"), line.text)))
                made.update(
                    WORD.findall(MARKED.sub(lambda mark: mark[1].rpartition(".")[2].lstrip("?"), " ".join(line.types)))
                )
            made.update(parameter.name for parameter in one.parameters)
            self._words[key] = made
        return self._words[key]

    def alike(self, one: Piece, other: Piece) -> float:
        """How much of the two bodies is the same, from 0 to 1."""
        first, second = self.words(one), self.words(other)
        total = sum(first.values()) + sum(second.values())
        return 2 * sum((first & second).values()) / total if total else 1.0

    def parts(self, one: Piece) -> tuple[Piece, ...]:
        """The new pieces among which the lines of a lost function are found again; none where most of it is gone."""
        free = [other for other in self.born.values() if other.dotted not in self._taken]
        same = [other for other in free if other.qualname == one.qualname and other.kind == one.kind]
        if same:
            return tuple(same[:1])
        wanted = Counter(_telling_lines(one))
        found: list[tuple[int, Piece]] = []
        left = Counter(wanted)
        for new in free:
            if new.kind == "function":
                lines = Counter(_telling_lines(new))
                shared = sum((wanted & lines).values())
                if shared:
                    found.append((shared, new))
                    left -= lines
        if not wanted or sum(left.values()) > (1 - PART) * sum(wanted.values()):
            return ()
        return tuple(new for _, new in sorted(found, key=lambda pair: (-pair[0], pair[1].dotted)))

    def elsewhere(self, dotted: str) -> bool:
        """Whether an old piece is found at another place or name."""
        return dotted in self.to and self.to[dotted].dotted != dotted


def maker(one: Piece) -> str:
    """The resolved name whose call makes a variable; empty where it is made otherwise, and for a logger, which may have any name."""
    found = MAKING.match(one.lines[0].text) if one.kind == "variable" and len(one.lines) == 1 else None
    return "" if found is None or found[1].rpartition(".")[2] in LOGGERS else found[1]


def _telling_lines(one: Piece) -> list[str]:
    """The statements of a piece that say where it came from: `return` is found anywhere."""
    lines = [_bare(line.text) for line in one.lines if line.kind in ("plain", "raise")]
    return [text for text in lines if "(" in text or "=" in text]


def _bare(text: str) -> str:
    return MARKED.sub(lambda mark: mark[1].rpartition(".")[2].lstrip("?"), text)
