"""The cache of facts as one run uses it: which of its rows still hold, and what is to be written at the end."""

from __future__ import annotations

from taskguard.discovery.listing import RACY_NS
from taskguard.engine.extraction import Made, Wanted
from taskguard.facts.cache_rows import EXTRA, FULL, RELEVANT, Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from taskguard.engine.resolver import Resolver, Tree
    from taskguard.facts.cache import Cache
    from taskguard.facts.model import Facts

SEARCHED = RELEVANT | EXTRA


class FactsCache:
    """`rows` are the numbers of the rows that hold, by path. `late` is what was parsed because a name led there, `searched` what
    the searches of this run found, and `asked` those of them that a rule asked for: others are parts of these.

    `now` is the time before any file was read, in nanoseconds. Without a cache there are no rows and nothing is written.
    """

    def __init__(self, resolver: Resolver, tree: Tree, extra: tuple[bytes, ...], now: int) -> None:
        self.rows: dict[str, int] = {}
        self.late: dict[str, Made] = {}
        self.searched: dict[bytes, set[str]] = {}
        self.asked: set[bytes] = set()
        self._tree = tree
        self._extra = extra
        self._now = now
        self._whole = not resolver.request.no_project
        self._again: list[str] = []
        self._lost: list[str] = []
        self._cache: Cache | None = None
        if resolver.cache is not None:
            from taskguard.facts.cache import Cache

            self._cache = Cache(resolver.cache.file("facts"))

    def wanted(self, forced: frozenset[str], named: frozenset[str] = frozenset()) -> list[Wanted]:
        """The files that must be read, in order of path. The rows of all others hold. Those `named` have to parse at least."""
        cache, sizes, stamps = self._cache, self._tree.sizes, self._tree.stamps
        if cache is None:
            return [Wanted(path, path in forced, size, -1, path in named) for path, size in sorted(sizes.items())]
        made: list[Wanted] = []
        numbers, rows = cache.numbers, self.rows
        held_sizes, held_stamps, flags, marks = map(cache.column, ("size", "stamp", "flags", "mark"))
        same_words = cache.words == self._extra
        for path, size in sizes.items():
            number = numbers.get(path)
            force = path in forced
            if number is None or (path in named and not flags[number] & (RELEVANT | FULL)):
                made.append(Wanted(path, force, size, -1, path in named))
            elif (force and not flags[number] & FULL) or not (same_words or flags[number] & RELEVANT):
                made.append(Wanted(path, force, size, -1, path in named))
            elif held_sizes[number] == size and held_stamps[number] == stamps[path]:
                rows[path] = number
            else:
                known = marks[number] if held_sizes[number] == size else -1
                made.append(Wanted(path, force, size, known, path in named))
        made.sort()
        return made

    def found_again(self, made: dict[str, Made]) -> None:
        """Takes the files out of `made` whose bytes are those of a row: only their time was another."""
        if self._cache is None:
            return
        self._again = [path for path, one in made.items() if one.said is None]
        for path in self._again:
            del made[path]
            self.rows[path] = self._cache.numbers[path]

    def relevant(self) -> Iterator[str]:
        """The paths of rows that the byte search found."""
        if self._cache is not None:
            flags = self._cache.column("flags")
            yield from (path for path, number in self.rows.items() if flags[number] & SEARCHED)

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers of all rows by path, whether they hold or not."""
        return self._cache.numbers if self._cache is not None else {}

    def mark(self, number: int) -> int:
        return self._cache.column("mark")[number] if self._cache is not None else -1

    def number(self, path: str, mark: int) -> int | None:
        """The row of a file whose bytes this stood for."""
        number = self.numbers.get(path)
        return number if number is not None and self.mark(number) == mark else None

    def facts_at(self, number: int) -> Facts | None:
        """The facts of a row, whether it holds or not; None where they are damaged."""
        return self._cache.facts(number) if self._cache is not None else None

    def lines(self, number: int) -> int:
        return self._cache.column("lines")[number] if self._cache is not None else 0

    def flags(self, number: int) -> int:
        return self._cache.column("flags")[number] if self._cache is not None else 0

    def facts(self, path: str) -> Facts | None:
        """The facts of a row, None where they are damaged."""
        facts = self.facts_at(self.rows[path])
        if facts is None:
            self._lost.append(path)
        return facts

    def searches(self) -> list[bytes]:
        """The searches that the last run kept."""
        return self._cache.searches() if self._cache is not None else []

    def found(self, search: bytes) -> list[str] | None:
        """The paths that a search found when it was kept, None where it is not. Only rows that hold count."""
        return self._cache.found(search) if self._cache is not None else None

    def save(self, made: dict[str, Made], searches: Callable[[Collection[str], bool], dict[bytes, set[str]]]) -> None:
        """Writes the cache anew if this run found out anything. `searches` gives what to keep of them, asked with the fresh paths and whether all files are seen."""
        cache = self._cache
        fresh = {
            path: one for path, one in {**made, **self.late}.items() if one.mark != -1 and path in self._tree.sizes
        }
        provable = any(self._stamp(path) != -1 for path in self._again)
        gone = cache is not None and self._whole and len(cache.numbers) > len(self._tree.sizes)
        if cache is None or not (fresh or provable or gone or self._lost):
            return
        rows = {path: row for path, one in fresh.items() if (row := self._row(path, one)) is not None}
        stamps = {path: self._stamp(path) for path in self._again}
        dropped = self._dropped(cache, made).difference(rows)
        kept = cache.numbers.keys() - dropped
        cache.save(rows, kept, stamps, self._extra, searches(fresh, self._whole))

    def _dropped(self, cache: Cache, made: dict[str, Made]) -> set[str]:
        """The paths whose rows hold no more, or are known to be of no use."""
        dropped = {*self._lost, *(path for path, one in made.items() if one.mark == -1 and path in cache.numbers)}
        if self._whole:
            dropped.update(cache.numbers.keys() - self.rows.keys())
        elif cache.words != self._extra:
            flags = cache.column("flags")
            dropped.update(path for path, number in cache.numbers.items() if not flags[number] & RELEVANT)
            dropped.difference_update(self.rows)
        return dropped

    def _stamp(self, path: str) -> int:
        """The stamp of a file; -1 for one that was written so short a time ago that it may change again without a sign."""
        return self._tree.stamps[path] if self._tree.times[path] < self._now - RACY_NS else -1

    def _row(self, path: str, made: Made) -> Row | None:
        from taskguard.facts.codec import encode, lines_of

        said = made.said
        if said is None:
            return None
        size, stamp = self._tree.sizes[path], self._stamp(path)
        if isinstance(said, int):
            return Row(size, stamp, made.mark, said, made.flags)
        try:
            text = said if isinstance(said, str) else encode(said)
        except ValueError:
            return None
        lines = lines_of(text)
        return Row(size, stamp, made.mark, lines, made.flags, text.encode())
