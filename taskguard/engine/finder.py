"""Which of some files hold a word or import from a module of some name: one by one for a few words, by an index for many."""

from __future__ import annotations

from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

# What is looked for stands before the word of a search.
WORD, MODULE = b"w", b"m"
# From so many words on an index is made, which costs as much as a search for some fifty. Code that people write asks for fewer.
MOST_WORDS = 200
# So much text is indexed, and so many bytes of pieces that differ; the files beyond are searched one by one.
MOST_BYTES, MOST_PIECES = 24_000_000, 2_000_000
PIECE = regex(rb"[^\s\"'(),:=\[\]{}]+")
GRAM = 3
# From so many words on that begin with a dot, as calls of methods do, one pattern tells which files hold any of them: most hold none.
DOT, MANY = b".", 8
# In fewer files the pattern is made in no less time than it saves.
FILES = 30


class Finder:
    """The files at `paths`, of which `read` gives the bytes. Which names they import from is found at once, when that is first asked."""

    def __init__(self, paths: Collection[str], read: Callable[[str], bytes]) -> None:
        self._paths = paths
        self._read = read
        self._words = 0
        self._index: Index | None = None
        self._importing: dict[bytes, set[str]] | None = None

    def find(self, searches: Iterable[bytes]) -> set[str]:
        """The paths that one of the searches finds."""
        return set[str]().union(*self.each(searches).values())

    def each(self, searches: Iterable[bytes], among: Collection[str] | None = None) -> dict[bytes, set[str]]:
        """The paths that each of the searches finds; of those `among`, which hold all that hold a word, where that is given."""
        made: dict[bytes, set[str]] = {}
        plain: list[tuple[bytes, set[str]]] = []
        for search in searches:
            word = search[1:]
            found = self._importers(word) if search.startswith(MODULE) else self._indexed(word)
            if found is None:
                found = set()
                plain.append((word, found))
            made[search] = found
        read = self._read
        dotted = [one for one in plain if one[0].startswith(DOT)]
        others, any_dotted = plain, None
        if len(dotted) >= MANY and len(self._paths) >= FILES:
            import re

            others = [one for one in plain if not one[0].startswith(DOT)]
            any_dotted = re.compile(re.escape(DOT) + b"(?:%b)" % b"|".join(re.escape(word[1:]) for word, _ in dotted))
        for path in (self._paths if among is None else among) if plain else ():
            data = read(path)
            for word, found in others:
                if word in data:
                    found.add(path)
            if any_dotted is not None and any_dotted.search(data):
                for word, found in dotted:
                    if word in data:
                        found.add(path)
        return made

    def _indexed(self, word: bytes) -> set[str] | None:
        """The paths of the files that hold the word, as far as an index tells that."""
        self._words += 1
        if self._words <= MOST_WORDS:
            return None
        if self._index is None:
            self._index = Index(self._paths, self._read)
        return self._index.find(word)

    def _importers(self, name: bytes) -> set[str]:
        """The paths of the files that may import from a module whose name ends in `name`."""
        from taskguard.facts.import_lines import imported_from

        if self._importing is None:
            self._importing = {}
            for path in self._paths:
                for one in imported_from(self._read(path)):
                    self._importing.setdefault(one, set()).add(path)
        return set(self._importing.get(name, ()))


class Index:
    """The pieces between spaces, quotes and brackets of each file, and which pieces hold some three letters: a word is looked for where its
    rarest three letters are."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes]) -> None:
        self._read = read
        self._rest: list[str] = []
        self._holders: dict[bytes, list[str]] = {}
        self._grams: dict[bytes, list[bytes]] = {}
        room, more = MOST_BYTES, MOST_PIECES
        for path in paths:
            data = read(path)
            room -= len(data)
            if room < 0 or more < 0:
                self._rest.append(path)
                continue
            for piece in set(PIECE.findall(data)):
                if piece in self._holders:
                    self._holders[piece].append(path)
                else:
                    self._holders[piece] = [path]
                    more -= len(piece)
        for piece in self._holders:
            for gram in {piece[place : place + GRAM] for place in range(len(piece) - GRAM + 1)}:
                self._grams.setdefault(gram, []).append(piece)

    def find(self, word: bytes) -> set[str] | None:
        """The paths of the files that hold the word; None where it has too few letters to tell."""
        part = max(PIECE.findall(word), key=len, default=b"")
        if len(part) < GRAM:
            return None
        grams = self._grams
        rarest = min((grams.get(part[place : place + GRAM], ()) for place in range(len(part) - GRAM + 1)), key=len)
        found: set[str] = set()
        for piece in rarest:
            if part in piece:
                found.update(self._holders[piece])
        read = self._read
        if part != word:
            found = {path for path in found if word in read(path)}
        found.update(path for path in self._rest if word in read(path))
        return found
