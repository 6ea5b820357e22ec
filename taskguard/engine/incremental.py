"""What a run found and what it read for that, kept for the next one: after an edit that changes nothing of what was read, that holds.

A verdicts file holds the marks of all files, what the rules found, and what was shown of it. A reads file holds by path what sections of
its facts the run has asked for, and by word which files hold it. After an edit the facts of the changed files are compared with those
before: where every section that was asked for says the same, and every word is held by the same files, each rule would say again what it
said, at the places to which the code has moved. In all other cases the rules run as if nothing was kept ("verifying traces"). A file that has come since changes
nothing where nobody could have noticed it, and so does one that is gone (`listing_changes.py`).
"""

from __future__ import annotations

import marshal
import os
from array import array

from taskguard.diagnostics import Span
from taskguard.discovery.markers import SETTINGS
from taskguard.engine.listing_changes import Listing, noticed
from taskguard.engine.searches import matcher
from taskguard.engine.verdicts import Elsewhere, Verdicts, moved, packed, unpacked
from taskguard.engine.watching import TEXT, Outside, digest, said, text_at
from taskguard.facts.by_name import module_heads
from taskguard.facts.model import lines_only
from taskguard.facts.positions import Moved, alike
from taskguard.facts.questions import asked_again
from taskguard.facts.selections import selected
from taskguard.facts.watched import named, pieces
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import Any

    from taskguard.engine.cache_folder import CacheFolder
    from taskguard.engine.resolver import Tree
    from taskguard.engine.result_cache import ResultCache
    from taskguard.engine.store import DiskStore
    from taskguard.engine.watching import Asked, Said, Watch
    from taskguard.facts.model import Facts
    from taskguard.facts.positions import Point
    from taskguard.facts.watched import Part

    # Size and times of files that are listed and no Python, by path; None where a link leads nowhere.
    Beside = dict[str, tuple[int, ...] | None]

# More changed files than this are no edit but another state.
MOST_CHANGED = 50
VERSION = 6
NO_FACTS = lines_only(0)


class Changed(Record):
    """A file that has changed in nothing that was read: its facts before and now, and where things have gone."""

    path: str
    old: Facts
    new: Facts
    moved: Moved


class Kept(Record):
    """The verdicts of the last run as they stood (`before`), the same where they stand now, the files that have changed, and those that have come or
    are gone and that nobody could have noticed."""

    before: Verdicts
    verdicts: Verdicts
    changed: tuple[Changed, ...]
    listing: Listing


class Incremental:
    """The verdicts of the last run of one question; `of_all` says that it was about all files, `marks` stand for the bytes of each file now."""

    def __init__(
        self,
        question: bytes,
        kind: str,
        cache: CacheFolder,
        disk: DiskStore,
        marks: array[int],
        beside: Beside,
        *,
        of_all: bool,
    ) -> None:
        self.of_all = of_all
        self._beside = beside
        self._marks = marks
        self._head = b"%d\0" % VERSION + question
        self._disk = disk
        self._verdicts = cache.file(f"verdicts-{kind}")
        self._reads = cache.file(f"reads-{kind}")
        self._id = b""
        self._modules: frozenset[str] | None = None
        self._numbers: dict[str, int] = {}  # by which the searches that were kept know the files
        self.outside = Outside({}, {})
        self.why = ""  # for who looks into what a run costs: what of the last run did not hold

    def kept(self) -> Kept | None:
        """What the last run found, moved to where it stands now; None where that does not hold."""
        body = self._verdicts.read(self._head)
        if body is None:
            self.why = "another question: settings, requirements"
            return None
        try:
            self._id, paths, marks, texts, outside, kept = marshal.loads(body)
            self.outside = Outside(*outside)
            if not self.outside.lies_as_it_did(self._disk.root):
                self.why = "what lies beside the project"
                return None
            numbers = array("q")
            numbers.frombytes(marks)
            before = dict(zip(paths.split("\0"), numbers))
            now = self._beside
            others = [path for path in {**texts, **now} if texts.get(path, ()) != now.get(path, ())]
            if any(path.rpartition("/")[2] in SETTINGS for path in others) and unpacked(kept).warnings:
                self.why = "settings that give cause for warnings"
                return None
            listing = Listing.between(before, self._disk.paths)
            changed = self._changed(before, listing, others + self.outside.changed(self._disk.root))
            if changed is None:
                return None
            verdicts = unpacked(kept)
            return Kept(verdicts, moved(verdicts, {one.path: one.moved for one in changed}), changed, listing)
        except (ValueError, TypeError, EOFError, IndexError, KeyError, ImportError, AttributeError, Elsewhere) as error:
            self.why = f"{type(error).__name__}: {error}"
            return None

    def _changed(self, before: dict[str, int], listing: Listing, others: Collection[str]) -> tuple[Changed, ...] | None:
        """The files whose bytes are others than those with these marks; None where something that was read of them has changed, too, or of
        `others` that are no modules, or where files are gone, or have come that somebody could have noticed."""
        now = dict(zip(self._disk.paths, self._marks))
        paths = [(path, one) for path, one in before.items() if path in now and one != now[path]]
        if not paths and not others and not any(listing):
            return ()
        many = len(paths) + len(others) + len(listing.added) + len(listing.gone) > MOST_CHANGED
        body = self._reads.read(self._id) if not many else None
        if body is None:
            self.why = "more than some files"
            return None
        numbered, searches, reads, answers, listed, *_ = marshal.loads(body)
        self._numbers = {path: number for number, path in enumerate(numbered.split("\0"))}
        known = {**listed, **self.outside.texts}
        self.why = next((why for one in others for why in self._says_else(one, known, reads, answers)), "")
        if self.why:
            return None
        made: list[Changed] = []
        for path, mark in paths:
            old, new = self._disk.before(path, mark), self._disk.now(path)
            parts = list(reads.get(path, ()))
            # Of a file that could not be parsed nothing is kept but its length, and somebody may have asked for more.
            unknown = old is not None and not old.parsed and any(part != TEXT for part in parts)
            if old is None or unknown or old.failure is not None or new.failure is not None:
                self.why = f"facts of another kind @ {path}"
                return None
            pairs = list(zip(pieces(old, parts, self._selected), pieces(new, parts, self._selected)))
            placed: list[tuple[Any, Any]] = []
            self.why = next(
                self._differences(path, new, searches, zip(parts, pairs), answers.get(path, {}), placed), ""
            )
            if self.why:
                return None
            there = Moved([*pairs, *placed], _same_lines(old, new, answers.get(path, ())))
            if not there.in_order:
                self.why = f"another order @ {path}"
                return None
            made.append(Changed(path, old, new, there))
        if any(listing):
            read = {path for path in listing.gone if reads.get(path) or path in answers or self._found(path, searches)}
            self.why = next(noticed(listing, before, read, self._disk, searches), "")
        return None if self.why else tuple(made)

    def _says_else(
        self,
        path: str,
        known: dict[str, int],
        reads: dict[str, Collection[Part]],
        answers: dict[str, dict[Asked, Said]],
    ) -> Iterator[str]:
        """What was read of a file that is no module and says something else now."""
        text = text_at(self._disk.root, path)
        if path not in known or digest(text) == known[path]:
            return
        if text is None or known[path] == digest(None) or TEXT in reads.get(path, ()):
            yield f"the text of a file that is no Python @ {path}"
        for (key, args), was in answers.get(path, {}).items():
            answer, question = asked_again(key, args, text or "", NO_FACTS, self._heads)
            if said(question, answer) != was:
                yield f"question {key[1]} of a file that is no Python @ {path}"

    def _selected(self, facts: Facts, name: str, args: tuple[Any, ...]) -> Any:
        return selected(facts, name, args, self._heads)

    def _heads(self) -> frozenset[str]:
        if self._modules is None:
            self._modules = module_heads(self._disk.paths)
        return self._modules

    def _differences(
        self,
        path: str,
        new: Facts,
        searches: dict[bytes, bytes],
        pairs: Iterable[tuple[Part, tuple[Any, Any]]],
        answers: dict[Asked, Said],
        placed: list[tuple[Any, Any]],
    ) -> Iterator[str]:
        """What was read of a file and says something else now. `placed` gets the places in answers, before and now."""
        for part, pair in pairs:
            if part == TEXT:
                yield f"the whole text @ {path}"
            elif not alike(*pair):
                yield f"facts: {named(part)} @ {path}"
        known = self._found(path, searches)
        found = set(matcher(searches)(self._disk.read(path) or b""))
        for search in searches:
            if (search in found) != (search in known):
                yield f"search {search!r} @ {path}"
        text = (self._disk.text(path) or "") if answers else ""
        for (key, args), was in answers.items():
            answer, question = asked_again(key, args, text, new, self._heads)
            now = said(question, answer)
            if isinstance(now, tuple) and isinstance(was, tuple) and now[0] == was[0]:
                placed.append((_spans(was[1]), _spans(now[1])))
            elif now != was:
                yield f"question {key[1]} @ {path} {args}"

    def _found(self, path: str, searches: dict[bytes, bytes]) -> set[bytes]:
        """The searches that had found a file; none for one that had come since."""
        number = self._numbers.get(path)
        if number is None:
            return set()
        byte, bit = divmod(number, 8)
        return {search for search, held in searches.items() if held[byte] >> bit & 1}

    def keep(self, verdicts: Verdicts, watch: Watch | None) -> None:
        """Keeps what a run found, with what it read for that; of one that nothing was judged in (None) the reads are those before."""
        if watch is not None:
            self.outside = watch.outside
            self._id = os.urandom(16)
            numbers = {path: number for number, path in enumerate(self._disk.paths)}
            searches = {one: _bits(found, numbers) for one, found in self._disk.searched.items()}
            if not self._reads.write(self._id, marshal.dumps((self._names(), searches, *watch.noted()))):
                return
        try:
            kept = packed(verdicts)
        except ValueError:
            return
        state = (self._id, self._names(), self._marks.tobytes(), self._beside, tuple(self.outside), kept)
        self._verdicts.write(self._head, marshal.dumps(state))

    def _names(self) -> str:
        return "\0".join(self._disk.paths)


def _same_lines(old: Facts, new: Facts, asked: Iterable[Asked]) -> list[tuple[Span, Span]]:
    """Where the functions stand, before and now, whose lines were asked for and are the same."""
    from taskguard.project.python.text_questions import written_lines

    names = {args[0] for key, args in asked if key == written_lines.key}
    before = {one.qualname: one.span for one in old.functions if one.qualname in names}
    now = {one.qualname: one.span for one in new.functions}
    return [(span, now[name]) for name, span in before.items()]


def _spans(points: tuple[Point, ...]) -> tuple[Span, ...]:
    """The spans of which these are beginnings and ends, in turn."""
    return tuple(Span(*begin, *end) for begin, end in zip(points[::2], points[1::2]))


def lasts(asked: ResultCache, cache: CacheFolder, tree: Tree, disk: DiskStore) -> list[Incremental]:
    """The last run of the same question, and that about all files where it says what is asked of some of them."""
    marks = array("q", map(disk.mark, disk.paths))
    made = [Incremental(asked.of_any(), asked.kind, cache, disk, marks, asked.beside, of_all=tree.passed is None)]
    # Of a file that a commit deletes a run of the whole project says nothing: who imports it is told by the hook alone.
    passed = tree.passed if tree.passed is not None and tree.passed <= tree.sizes.keys() else None
    if passed is not None and asked.kind != "alone" and not any(map(disk.looked_at_here, passed)):
        made.append(Incremental(asked.of_all(), "whole", cache, disk, marks, asked.beside, of_all=True))
    return made


def _bits(found: Collection[str], numbers: dict[str, int]) -> bytes:
    made = bytearray(len(numbers) // 8 + 1)
    for path in found:
        number = numbers.get(path)
        if number is not None:
            made[number >> 3] |= 1 << (number & 7)
    return bytes(made)
