"""One file to facts, or to the number of its lines where the byte search says that it cannot matter."""

from __future__ import annotations

import os

from taskguard.facts.cache_rows import DIRECTED, EXTRA, FULL, RELEVANT
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Facts
    from taskguard.settings.model import Settings


class Wanted(Record):
    """A file to turn into facts. `force` parses it whatever the byte search says. `size` is in bytes, as far as it is known.

    `known` is the mark of the bytes whose facts are kept already, -1 where there are none. `named` says that somebody wants to know at least
    whether it parses.
    """

    path: str
    force: bool = False
    size: int = 0
    known: int = -1
    named: bool = False


class Order(Record):
    """Which files to turn into facts. `extra` are words that the settings add to the byte search. `keep` is whether marks are asked for."""

    root: str
    files: tuple[Wanted, ...]
    extra: tuple[bytes, ...] = ()
    keep: bool = False


class Made(Record):
    """What was made of a file: its facts, those as text of `codec`, or the number of lines of a file with nothing else to say.

    `said` is None where the bytes are those that `Wanted.known` stands for. `flags` are those of a row of the cache. `mark`
    stands for the bytes; it is -1 where nobody asked, and for a file that cannot be parsed: nothing is kept of such a file.
    """

    said: Facts | str | int | None
    flags: int
    mark: int = -1


class Held(dict[str, bytes]):
    """Bytes of files by path, as far as there is room in memory: they will be searched again."""

    room = 400_000_000

    def keep(self, path: str, data: bytes) -> None:
        if self.room > 0:
            self.room -= len(data)
            self[path] = data


def facts_of_bytes(data: bytes, path: str, force: bool, extra: tuple[bytes, ...] = ()) -> Facts:
    """The facts of one file; only its length and directives where the byte search says that it cannot matter."""
    return _facts(data, force or any(searched(data, path, extra)))


def extra_words(*settings: Settings) -> tuple[bytes, ...]:
    """What the byte search must also look for under these settings: decorators of the house, facades and their sources."""
    words: dict[bytes, None] = {}
    for decorator in (decorator for one in settings for decorator in one.house.decorators):
        words[decorator.rpartition(".")[2].encode()] = None
    return tuple(words)


def searched(data: bytes, path: str, extra: tuple[bytes, ...]) -> tuple[bool, bool]:
    """What the byte search says of a file: whether it matters, and whether it holds a word that the settings add."""
    from taskguard.facts.relevance import relevant

    package = path.rpartition("/")[2].startswith("__init__.")
    return relevant(data, package=package), any(word in data for word in extra)


def _facts(data: bytes, wanted: bool) -> Facts:
    from taskguard.facts import source

    if not wanted:
        from taskguard.facts.model import Facts, lines_only

        if (b"q" in data or b"Q" in data) and b"noqa" in data.lower():  # to look for one letter takes next to no time
            from taskguard.facts.directives import scan

            return Facts(source.count_lines(data), directives=scan(data.decode("utf-8", "replace")))
        return lines_only(source.count_lines(data))
    from taskguard.facts.extract import extract
    from taskguard.facts.failed import broken, unreadable

    try:
        text = source.decode(data)
    except source.SourceError as error:
        if error.kind == "syntax":
            failed = SyntaxError(error.message)
            failed.lineno, failed.offset = error.line, 1
            return broken(data.decode("utf-8", "replace"), source.count_lines(data), failed)
        return unreadable(error.message, source.count_lines(data))
    return extract(text)


def _parses(data: bytes) -> bool:
    """Whether a file has a text that Python's grammar takes. Where it does, nobody needs its facts for this."""
    from taskguard.facts import source
    from taskguard.facts.grammar import parse

    try:
        parse(source.decode(data))
    except Exception:  # the facts say what is wrong with it
        return False
    return True


def make(order: Order, wanted: Wanted, held: Held | None = None) -> Made | None:
    """What one file of an order says; None where it has vanished meanwhile. Its bytes go to `held`."""
    from taskguard.discovery import read

    try:
        data = read(os.path.join(order.root, wanted.path))
    except FileNotFoundError:
        return None
    except OSError as error:
        from taskguard.facts.failed import unreadable

        return Made(unreadable(error.strerror or str(error)), RELEVANT | FULL)
    if held is not None:
        held.keep(wanted.path, data)
    mark = -1
    if order.keep:
        from taskguard.facts.cache import mark as mark_of

        mark = mark_of(data)
        if mark == wanted.known:
            return Made(None, 0, mark)
    relevant, extra = searched(data, wanted.path, order.extra)
    full = wanted.force or relevant or extra or (wanted.named and not _parses(data))
    facts = _facts(data, full)
    flags = RELEVANT * relevant | EXTRA * extra | FULL * full | DIRECTED * bool(facts.directives)
    # What kept a file from being read may be gone without a sign; that it does not parse stands in its bytes.
    unread = facts.failure is not None and facts.failure.kind == "unreadable"
    return Made(facts if full or facts.directives else facts.lines, flags, -1 if unread else mark)
