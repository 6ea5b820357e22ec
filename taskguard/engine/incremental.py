"""What a run found and what it read for that, kept for the next one: after an edit that changes nothing of what was read, that holds.

A verdicts file holds the marks of all files, what the rules found, and what was shown of it. A reads file holds by path what sections of
its facts the run has asked for, and by word which files hold it. After an edit the facts of the changed files are compared with those
before: where every section that was asked for says the same, and every word is held by the same files, each rule would say again what it
said, at the places to which the code has moved ("verifying traces"). The rules that rest on something that says something else run again; where all rest on it, or
searches find other files, all do. A file that has come since changes nothing where nobody could have noticed it, and so does one that is gone (`listing_changes.py`).
"""

from __future__ import annotations

import marshal
import os
from array import array

from taskguard.diagnostics import Span
from taskguard.discovery.markers import SETTINGS
from taskguard.engine.kept import Changed, Kept
from taskguard.engine.kept_reads import Head, KeptReads, Sealed, write
from taskguard.engine.listing_changes import Listing, noticed
from taskguard.engine.reads import Different
from taskguard.engine.searches import bits, matcher
from taskguard.engine.verdicts import Elsewhere, Verdicts, moved, packed, unpacked
from taskguard.engine.watching import TEXT, Outside, digest, said, text_at
from taskguard.facts.by_name import function_named, module_heads
from taskguard.facts.model import lines_only
from taskguard.facts.positions import Moved, alike
from taskguard.facts.questions import asked_again, by_lines, question_at, stands_for_lines
from taskguard.facts.selected import selected
from taskguard.facts.watched import named, pieces
from taskguard.tracing import AT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import Any

    from taskguard.engine.cache_folder import CacheFolder
    from taskguard.engine.reads import Asked, Read, Said
    from taskguard.engine.resolver import Tree
    from taskguard.engine.result_cache import ResultCache
    from taskguard.engine.store import DiskStore
    from taskguard.engine.watching import Watch
    from taskguard.facts.model import Facts
    from taskguard.facts.positions import Point
    from taskguard.facts.watched import Part
    from taskguard.project.python.project import Project

    # Size and times of files that are listed and no Python, by path; None where a link leads nowhere.
    Beside = dict[str, tuple[int, ...] | None]

# More changed files than this are no edit but another state.
MOST_CHANGED = 50
VERSION = 8
NO_FACTS = lines_only(0)


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
        self._reads = Sealed(cache.file(f"reads-{kind}"), cache.file("reads").seal)
        self._id = b""
        self._modules: frozenset[str] | None = None
        self._numbers: dict[str, int] = {}  # by which the searches that were kept know the files
        self._known: KeptReads | None = None  # what the reads file holds, where it was looked at
        self._answered: dict[str, dict[Asked, Said]] = {}  # answers whose places have moved since they were kept
        # By unit the places where it rests on something that has changed, None where that is all of them; and what has changed.
        self._stale: dict[str, frozenset[str] | None] = {}
        self._gone: set[Read] = set()
        self.outside = Outside({}, {})
        self.linked_as = 0  # stands for what the files were linked to
        self.why = ""  # for who looks into what a run costs: what of the last run did not hold

    def kept(self) -> Kept | None:
        """What the last run found, moved to where it stands now; None where that does not hold."""
        body = self._verdicts.read(self._head)
        if body is None:
            self.why = "another question: settings, requirements"
            return None
        try:
            self._id, paths, marks, texts, outside, self._answered, self.linked_as, kept = marshal.loads(body)
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
            stale = {name: places if name in verdicts.by_file else None for name, places in self._stale.items()}
            here, lost = moved(verdicts, {one.path: one.moved for one in changed}, stale)
            places = {name: held for name, held in stale.items() if held is not None and name not in lost}
            units, gone = lost.union(self._stale), frozenset(self._gone)
            return Kept(
                verdicts, here, changed, listing, units, places, gone, self._known, self.linked_as, self._answered
            )
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
        known = self._known = KeptReads.open(self._reads, self._id) if not many else None
        if known is None:
            self.why = "more than some files"
            return None
        searches = known.head.searches
        self._numbers = {path: number for number, path in enumerate(known.head.names.split("\0"))}
        texts = {**known.head.listed, **self.outside.texts}
        if not all(self._holds(self._says_else(one, texts, known)) for one in others):
            return None
        made: list[Changed] = []
        for path, mark in paths:
            old, new = self._disk.before(path, mark), self._disk.now(path)
            parts = known.parts(path)
            # Of a file that could not be parsed nothing is kept but its length, and somebody may have asked for more.
            unknown = old is not None and not old.parsed and any(part != TEXT for part in parts)
            if old is None or unknown or old.failure is not None or new.failure is not None:
                self.why = f"facts of another kind @ {path}"
                return None
            pairs = zip(pieces(old, parts, self._selected), pieces(new, parts, self._selected))
            held: list[tuple[int, tuple[Any, Any]]] = []
            blocks: list[tuple[Span, Span]] = []
            different = self._differences(path, old, new, known, zip(parts.items(), pairs), held, blocks)
            if not self._holds(different):
                return None
            there = Moved((pair for _, pair in held), blocks)
            if not there.in_order and not self._holds(self._out_of_order(path, held)):
                return None
            made.append(Changed(path, old, new, there))
        if any(listing):
            read = {one for one in listing.gone if known.parts(one) or known.answers(one) or self._found(one, searches)}
            self.why = next(noticed(listing, before, read, self._disk, searches), "")
            if self.why:
                return None
        return tuple(made)

    def _holds(self, different: Iterable[Different]) -> bool:
        """Whether something still rests on nothing that is different: the units that do not are stale."""
        for one in different:
            self.why = self.why or one.why
            if one.units & 1 or self._known is None:
                return False
            if one.read is not None:
                self._gone.add(one.read)
            names, places = self._known.named(one.units)
            for name in names:
                before = self._stale.get(name, frozenset())
                self._stale[name] = before | places if before is not None and places else None
        return True

    def may_judge_again(self, kept: Kept) -> bool:
        """Whether the stale units can be judged by themselves: what was kept knows the files by the numbers that they have now."""
        # Of files without comments that hide something nobody has kept which rules have looked at them.
        hiding = any(one.new.directives and not one.old.directives for one in kept.changed)
        return not any(kept.listing) and not hiding and list(self._numbers) == self._disk.paths

    def _says_else(
        self,
        path: str,
        known: dict[str, int],
        reads: KeptReads,
    ) -> Iterator[Different]:
        """What was read of a file that is no module and says something else now, with the units that rest on it."""
        text = text_at(self._disk.root, path)
        if path not in known or digest(text) == known[path]:
            return
        if text is None or known[path] == digest(None):
            yield Different(f"a file that is no Python has come or is gone @ {path}", 1)
        elif TEXT in reads.parts(path):
            yield Different(f"the text of a file that is no Python @ {path}", reads.parts(path)[TEXT], (path, TEXT))
        for (key, args), (was, units) in reads.answers(path).items():
            if _said_now(key, args, text or "", NO_FACTS, self._heads) != was:
                yield Different(f"question {key[1]} of a file that is no Python @ {path}", units, (path, (key, args)))

    def _selected(self, facts: Facts, name: str, args: tuple[Any, ...]) -> Any:
        return selected(facts, name, args, self._heads)

    def _heads(self) -> frozenset[str]:
        if self._modules is None:
            self._modules = module_heads(self._disk.paths)
        return self._modules

    def _differences(
        self,
        path: str,
        old: Facts,
        new: Facts,
        before: KeptReads,
        pairs: Iterable[tuple[tuple[Part, int], tuple[Any, Any]]],
        held: list[tuple[int, tuple[Any, Any]]],
        blocks: list[tuple[Span, Span]],
    ) -> Iterator[Different]:
        """What was read of a file and says something else now, with the units that rest on it. `held` gets what says the same, or the
        places in it, before and now, `blocks` the places of lines that are the same letter by letter."""
        from taskguard.project.python.call_questions import lines_about
        from taskguard.project.python.text_questions import written_lines

        answers, searches = before.answers(path), before.head.searches
        for (part, units), pair in pairs:
            if part == TEXT:
                yield Different(f"the whole text @ {path}", units, (path, TEXT))
            elif alike(*pair):
                held.append((units, pair))
            else:
                yield Different(f"facts: {named(part)} @ {path}", units, (path, part))
        known = self._found(path, searches)
        found = set(matcher(searches)(self._disk.read(path) or b""))
        for search in searches:
            if (search in found) != (search in known):
                yield Different(f"search {search!r} @ {path}", before.searches.get(search, 0), ("", search))
        text = (self._disk.text(path) or "") if answers else ""
        stood = self._answered.setdefault(path, {}) if answers else {}
        same = _same_lines(answers, stood, text, old, new)
        for (key, args), (first, units) in answers.items():
            if key == stands_for_lines.key:
                continue
            was = stood.get((key, args), first)
            try:
                if args and args[0] in same and by_lines(question_at(key)):
                    now = _further_down(was, same[args[0]])
                else:
                    now = _said_now(key, args, text, new, self._heads)
            except LookupError:
                yield Different(f"question {key[1]} @ {path} {args}: no such function", units, (path, (key, args)))
                continue
            if isinstance(now, tuple) and isinstance(was, tuple) and now[0] == was[0]:
                spans = _spans(was[1]), _spans(now[1])
                held.append((units, spans))
                if key == lines_about.key:
                    blocks += zip(*spans)
                if now != was:
                    stood[key, args] = now
            elif now != was:
                yield Different(f"question {key[1]} @ {path} {args}", units, (path, (key, args)))
            elif key == written_lines.key:
                blocks.append((function_named(old, args[0]).span, function_named(new, args[0]).span))

    def _out_of_order(self, path: str, held: Collection[tuple[int, tuple[Any, Any]]]) -> Iterator[Different]:
        """The units that rest on pieces of a file which do not stand in one order as before."""
        known = self._known.units if self._known is not None else []
        by_mask: dict[int, list[tuple[Any, Any]]] = {}
        for units, pair in held:
            by_mask.setdefault(units, []).append(pair)
        for place, name in enumerate(known):
            own = [pair for units, pairs in by_mask.items() if units >> place & 1 for pair in pairs]
            if own and not name.startswith(AT) and not Moved(own).in_order:
                yield Different(f"another order @ {path}", 1 << place)

    def _found(self, path: str, searches: dict[bytes, bytes]) -> set[bytes]:
        """The searches that had found a file; none for one that had come since."""
        number = self._numbers.get(path)
        if number is None:
            return set()
        byte, bit = divmod(number, 8)
        return {search for search, held in searches.items() if held[byte] >> bit & 1}

    def keep(
        self, verdicts: Verdicts, watch: Watch | None, project: Project | None = None, before: Kept | None = None
    ) -> None:
        """Keeps what a run found, with what it read for that; of one that nothing was judged in (None) the reads are those before. Where only what was
        stale of what was kept `before` was judged, what the others rest on is carried along (`KeptReads.more`)."""
        if watch is not None and project is not None:
            self.linked_as = before.linked_as if before is not None else stands_for(project)
            name = os.urandom(16)
            try:
                if not self._keep_reads(name, watch, project, before):
                    return
            except ValueError:  # what was kept is damaged
                return
            self._id, self._answered = name, {}
        try:
            kept = packed(verdicts)
        except ValueError:
            return
        answered = {path: held for path, held in self._answered.items() if held}
        outside = tuple(self.outside)
        names, marks = self._names(), self._marks.tobytes()
        state = (self._id, names, marks, self._beside, outside, answered, self.linked_as, kept)
        self._verdicts.write(self._head, marshal.dumps(state))

    def _keep_reads(self, name: bytes, watch: Watch, project: Project, before: Kept | None) -> bool:
        """Keeps what was read under a name. Of what was read `before` the rest is added."""
        numbers = {path: number for number, path in enumerate(self._disk.paths)}
        searches = {one: bits(found, numbers) for one, found in self._disk.searched.items()}
        known = before.known if before is not None else None
        if known is not None:
            searches = {**known.head.searches, **searches}
        outside = self.outside = watch.outside
        linked = tuple(project.linked_as())
        head = Head(self._names(), searches, watch.beside, outside.texts, outside.beside, linked)
        if before is not None and known is not None:
            again, changed = before.again - before.places.keys(), [one.path for one in before.changed]
            if known.more(self._reads, name, head, *watch.noted(), changed, again, before.gone, before.answered):
                return True
            watch.add(*known.rest(again, before.gone, before.answered))
        return write(self._reads, name, head, *watch.noted())

    def _names(self) -> str:
        return "\0".join(self._disk.paths)


def stands_for(project: Project) -> int:
    """A number for what files were linked to, and which of them rules look at."""
    return digest((tuple(project.linked_as()), project.eager))


def _said_now(
    key: tuple[str, str], args: tuple[Any, ...], text: str, facts: Facts, heads: Callable[[], frozenset[str]]
) -> Said:
    """What stands for what a question says by now."""
    answer, question = asked_again(key, args, text, facts, heads)
    return said(question, answer)


def _same_lines(
    answers: dict[Asked, tuple[Said, int]], stood: dict[Asked, Said], text: str, old: Facts, new: Facts
) -> dict[Any, int]:
    """The functions whose lines are what they were, each with how much further down they stand. Of the others `stood` gets what stands for these by now."""
    made: dict[Any, int] = {}
    for (key, args), (first, _) in answers.items():
        if key == stands_for_lines.key:
            try:
                here = function_named(new, args[0]).span
            except LookupError:
                continue
            now = digest(stands_for_lines.of(text, here.line, here.end_line))
            if now == stood.get((key, args), first):
                made[args[0]] = here.line - function_named(old, args[0]).span.line
            else:
                stood[key, args] = now
    return made


def _further_down(said: Said, lines: int) -> Said:
    """What stands for an answer whose places have moved so many lines down."""
    if isinstance(said, int):
        return said
    return said[0], tuple((line + lines, column) for line, column in said[1])


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
