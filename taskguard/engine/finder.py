"""Which of some files hold a word or import from a module of some name: one by one for a few words, by an index for many."""

from __future__ import annotations

from functools import cached_property

from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

# What is looked for stands before the word of a search.
WORD, MODULE = b"w", b"m"
# From so many words on an index is made, which costs as much as a search for that many.
MOST_WORDS = 60
# So much text is indexed, and so many bytes of pieces that differ; the files beyond are searched one by one.
MOST_BYTES, MOST_PIECES = 24_000_000, 2_000_000
PIECE = regex(rb"[^\s\"'(),:=\[\]{}]+")
# Up to so many words are looked for in all pieces, which costs a tenth of a millisecond each; more than people write are worth a table.
MOST_IN_PIECES = 400
GRAM = 3
BETWEEN = b"\n"  # in no piece
# Words such as `.delay` and `.delay(`: from so many on, one look at each file finds all that it has of that form.
MANY = 8
ATTRIBUTE, CALL = regex(rb"\.\w+\(?"), b"("


class Finder:
    """The files at `paths`, of which `read` gives the bytes. Which names they import from is found at once, when that is first asked."""

    def __init__(self, paths: Collection[str], read: Callable[[str], bytes]) -> None:
        self._paths = paths
        self._read = read
        self._words = 0
        self._index: Index | None = None
        self._dotted = 0
        self._attributes: dict[bytes, list[str]] | None = None
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
            if search.startswith(MODULE):
                found: set[str] | None = self._importers(word)
            else:
                found = self._with_attribute(word) if among is None else None
                found = self._indexed(word) if found is None else found
            if found is None:
                found = set()
                plain.append((word, found))
            made[search] = found
        read = self._read
        for path in (self._paths if among is None else among) if plain else ():
            data = read(path)
            for word, found in plain:
                if word in data:
                    found.add(path)
        return made

    def _with_attribute(self, word: bytes) -> set[str] | None:
        """The paths of the files that hold a word such as `.delay` or `.delay(`; None where it is another one, or one of the first few."""
        if ATTRIBUTE.fullmatch(word) is None:
            return None
        self._dotted += 1
        if self._dotted <= MANY:
            return None
        if self._attributes is None:
            self._attributes = {}
            for path in self._paths:
                for one in set(ATTRIBUTE.findall(self._read(path))):
                    self._attributes.setdefault(one, []).append(path)
        if word.endswith(CALL):
            return set(self._attributes.get(word, ()))
        return {path for one, paths in self._attributes.items() if one.startswith(word) for path in paths}

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
    """The pieces between spaces, quotes and brackets of each file: a word is looked for in the pieces that differ, of which there are far fewer.

    Where very many words are asked, a table tells which pieces hold some three letters, and a word is looked for where its rarest ones are.
    """

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes]) -> None:
        self._read = read
        self._rest: list[str] = []
        self._holders: dict[bytes, list[str]] = {}
        self._asked = 0
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
        self._pieces = BETWEEN + BETWEEN.join(self._holders) + BETWEEN

    def find(self, word: bytes) -> set[str] | None:
        """The paths of the files that hold the word; None where it has too few letters to tell."""
        part = max(PIECE.findall(word), key=len, default=b"")
        if len(part) < GRAM:
            return None
        self._asked += 1
        holding = self._holding if self._asked <= MOST_IN_PIECES else self._holding_rarest
        found = {path for piece in holding(part) for path in self._holders[piece]}
        read = self._read
        if part != word:
            found = {path for path in found if word in read(path)}
        found.update(path for path in self._rest if word in read(path))
        return found

    def _holding(self, part: bytes) -> Iterator[bytes]:
        pieces = self._pieces
        place = pieces.find(part)
        while place >= 0:
            end = pieces.index(BETWEEN, place)
            yield pieces[pieces.rindex(BETWEEN, 0, place) + 1 : end]
            place = pieces.find(part, end)

    def _holding_rarest(self, part: bytes) -> Iterator[bytes]:
        grams = self._grams
        rarest = min((grams.get(part[place : place + GRAM], ()) for place in range(len(part) - GRAM + 1)), key=len)
        return (piece for piece in rarest if part in piece)

    @cached_property
    def _grams(self) -> dict[bytes, list[bytes]]:
        grams: dict[bytes, list[bytes]] = {}
        for piece in self._holders:
            for gram in {piece[place : place + GRAM] for place in range(len(piece) - GRAM + 1)}:
                grams.setdefault(gram, []).append(piece)
        return grams
