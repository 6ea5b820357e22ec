"""Which files hold a word or import from a module of some name, remembered from run to run: files that are as they were are not read again."""

from __future__ import annotations

from taskguard.engine.finder import MODULE, WORD, Finder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from taskguard.engine.facts_cache import FactsCache

    Read = Callable[[str], bytes]

# Parts of many words that are asked for: files are searched for these first, and only those that hold one for the words.
STEMS = (
    b"worker_", b"Work", b"CELERY_", b"on_after_", b"on_commit", b".delay", b".apply", b"send_task", b"signature(",
    b"m2m_changed", b"post_save", b"set_default", b"retry", b"atch",
)  # fmt: skip
# So many searches are kept; so many changed files are searched for those that this run did not ask.
MOST_KEPT, MOST_FILES = 300, 50


def part_of(search: bytes) -> bytes:
    """The part of the word of a search that is looked for first; empty where there is none."""
    word = search[1:] if search.startswith(WORD) else b""
    return next((one for one in STEMS if one in word and one != word), b"")


def for_words(words: Iterable[str]) -> list[bytes]:
    """The searches for files whose bytes hold one of the words."""
    return [WORD + word.encode("utf-8", "surrogatepass") for word in words]


def for_modules(names: Iterable[str]) -> list[bytes]:
    """The searches for files that may import from a module whose name ends in one of `names`."""
    return [MODULE + name.encode("utf-8", "surrogatepass") for name in names]


class Searches:
    """The searches of one run in the files on disk: `paths` are all of them, `read` gives their bytes. Those that the byte search of `relevance`
    has found are among the `relevant` ones.
    """

    def __init__(self, cache: FactsCache, paths: Collection[str], relevant: Collection[str], read: Read) -> None:
        self._cache = cache
        self._paths = paths
        self._relevant = relevant
        self._read = read
        self._finder = Finder(paths, read)
        self._late: Finder | None = None

    def find(self, searches: Collection[bytes]) -> set[str]:
        """The paths that one of the searches finds."""
        known = self._cache.searched
        self._cache.asked.update(searches)
        asked = [one for one in searches if one not in known]
        parts = {WORD + part for one in asked if (part := part_of(one)) and self._cache.found(one) is None}
        self._answer([one for one in parts if one not in known])
        self._answer([one for one in asked if one not in known])
        return set().union(*(known[one] for one in searches))

    def _answer(self, asked: list[bytes]) -> None:
        rows, made = self._cache.rows, self._cache.searched
        old: list[bytes] = []
        new: list[bytes] = []
        for search in asked:
            held = self._cache.found(search)
            (new if held is None else old).append(search)
            made[search] = {path for path in held or () if path in rows}
        by_paths: dict[int, tuple[list[bytes], Collection[str]]] = {}
        for search in new:
            paths = self._holding_part(search)
            by_paths.setdefault(id(paths), ([], paths))[0].append(search)
        for searches, paths in by_paths.values():
            made.update(self._finder.each(searches, paths))
        if old:
            for search, found in self._changed().each(old).items():
                made[search] |= found

    def _changed(self) -> Finder:
        """For the files that are not as they were when the searches were kept."""
        if self._late is None:
            rows = self._cache.rows
            self._late = Finder([path for path in self._paths if path not in rows], self._read)
        return self._late

    def _holding_part(self, search: bytes) -> Collection[str]:
        """The files that may hold a word: where a part of it has been searched for already, those that hold the part."""
        from taskguard.facts.relevance import implies

        if search.startswith(WORD) and implies(search[1:]):
            return self._relevant
        part = part_of(search)
        return self._cache.searched[WORD + part] if part else self._paths

    def to_keep(self, fresh: Collection[str], whole: bool) -> dict[bytes, set[str]]:
        """What is to be kept of searches: those of this run if it saw the `whole` tree, and what was kept, brought up to date with the `fresh` files."""
        made = self._cache.searched if whole else {}
        others = [one for one in self._cache.searches() if one not in made][: max(MOST_KEPT - len(made), 0)]
        if not others or len(fresh) > MOST_FILES:
            return dict(made)
        found = {search: set(self._cache.found(search) or ()).difference(fresh) for search in others}
        matching = matcher(others)
        for path in fresh:
            for search in matching(self._read(path)):
                found[search].add(path)
        return {**made, **found}


def matcher(searches: Iterable[bytes]) -> Callable[[bytes], Iterable[bytes]]:
    """What gives those of the searches that find a file with these bytes."""
    words = [(one, one[1:]) for one in searches if one.startswith(WORD)]
    names = frozenset(one[1:] for one in searches if one.startswith(MODULE))
    if not names:
        return lambda data: [search for search, word in words if word in data]
    from taskguard.facts.import_lines import imported_from

    def matching(data: bytes) -> Iterable[bytes]:
        found = [search for search, word in words if word in data]
        return found + [MODULE + name for name in names.intersection(imported_from(data))]

    return matching


def bits(found: Collection[str], numbers: dict[str, int]) -> bytes:
    """The files that a search found as bits, each at its number."""
    made = bytearray(len(numbers) // 8 + 1)
    for path in found:
        number = numbers.get(path)
        if number is not None:
            made[number >> 3] |= 1 << (number & 7)
    return bytes(made)
