"""What a run reads of each file, noted while it reads: what its verdicts rest on, and nothing else."""

from __future__ import annotations

from taskguard.engine.reads import Reads
from taskguard.engine.searches import for_modules, for_words
from taskguard.facts.cache import mark
from taskguard.facts.positions import placeless, points
from taskguard.facts.questions import PlacedQuestion
from taskguard.facts.watched import Noted, watched
from taskguard.project.python.pin_files import PIN_FILES
from taskguard.record import Record
from taskguard.tracing import TRACE, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from taskguard.engine.overlay import Store
    from taskguard.engine.reads import Asked, Said, Values
    from taskguard.facts.model import Facts
    from taskguard.facts.questions import Question

    # What stands for an answer, with the number of the read.
    Asking = dict[Asked, tuple[Said, int]]

# Longer answers than this are not kept: so many parts, and so many letters in each.
MOST_PARTS, LONGEST = 40, 120
# What stands among the sections of a file where its whole text was read.
TEXT = -1


class Watch:
    """A store that notes by path which sections of the facts somebody has asked for, whether the text (`TEXT`), and what was asked of the text.

    Each read has a number by which `tracing.py` knows who has read it. What a search has found is known to the store itself. Lengths and directives (`skimmed`)
    are not: rules that need no more are run again.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._facts: dict[str, Facts] = {}
        self.reads: dict[str, Noted] = {}
        self.asked: dict[str, Asking] = {}
        self.outside = Outside({}, {})
        # What stands for the texts of files that are listed and no Python: they say how the code is started, and what it needs.
        self.beside: dict[str, int] = {}
        self.paths, self.eager, self.markers = store.paths, store.eager, store.markers
        self.relevant, self.extra = store.relevant, store.extra
        self.skimmed, self.read = store.skimmed, store.read
        self._searches: dict[bytes, int] = {}
        self._added: list[Reads] = []
        self.values: Values = {}  # answers that are short and plain

    def facts(self, path: str) -> Facts:
        found = self._facts.get(path)
        if found is None:
            noted = self.reads.setdefault(path, Noted())
            found = self._facts[path] = watched(self._store.facts(path), noted)
        return found

    def text(self, path: str) -> str | None:
        return self._store.text(path)

    def search(self, *words: str) -> list[str]:
        self._searched(for_words(words))
        return self._store.search(*words)

    def importing(self, names: Collection[str]) -> list[str]:
        self._searched(for_modules(names))
        return self._store.importing(names)

    def _searched(self, searches: list[bytes]) -> None:
        for one in searches:
            if one not in self._searches:
                self._searches[one] = number()
            TRACE.reads.add(self._searches[one])

    def noted(self) -> tuple[Reads, Values]:
        """What was read, as values that `marshal` takes, and what was answered."""
        units = {name: place for place, name in enumerate(TRACE.units)}
        masks = TRACE.masks(units)
        parts = {
            path: {part: masks[one] for part, one in noted.items() if one in masks}
            for path, noted in self.reads.items()
        }
        answers = {
            path: {asked: (was, masks[one]) for asked, (was, one) in asking.items() if one in masks}
            for path, asking in self.asked.items()
        }
        searches = {search: masks[one] for search, one in self._searches.items() if one in masks}
        made = Reads(list(units), parts, answers, searches)
        for one in self._added:
            made = made.joined(one)
        # What nobody rests on, nobody asks again when the file has changed.
        values = {
            path: {asked: one for asked, one in held.items() if asked in made.answers[path]}
            for path, held in self.values.items()
            if path in made.answers
        }
        return made, values

    def add(self, reads: Reads, values: Values) -> None:
        """Adds what another process has read, or a run before this one."""
        self._added.append(reads)
        for path, held in values.items():
            self.values[path] = {**held, **self.values.get(path, {})}

    def add_beside(self, listed: Mapping[str, int], texts: Mapping[str, int], beside: Mapping[str, str]) -> None:
        """Adds listed files that are no Python, and what lies outside of the project."""
        self.beside = {**listed, **self.beside}
        self.outside = Outside({**texts, **self.outside.texts}, {**beside, **self.outside.beside})


class TextNotes:
    """What the project that is linked from a watched store reads of texts."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def text(self, path: str) -> None:
        TRACE.reads.add(self._watch.reads.setdefault(path, Noted())[TEXT])

    def answer(self, path: str, question: Question[..., Any], args: tuple[Any, ...], answer: Any) -> None:
        held = self._watch.asked.setdefault(path, {})
        asked = question.key, args
        known = held.get(asked)
        if known is None:
            known = held[asked] = said(question, answer), number()
            if _is_short(answer):
                self._watch.values.setdefault(path, {})[asked] = answer
        TRACE.reads.add(known[1])

    def outside(self, path: str, text: str | None, *, listed: bool) -> None:
        if listed or path in PIN_FILES:
            self._watch.beside[path] = digest(text)
        else:
            self._watch.outside.texts[path] = digest(text)

    def beside(self, base: str, answer: str) -> None:
        self._watch.outside.beside[base] = answer


def _is_short(answer: Any, deeper: bool = True) -> bool:
    """Whether an answer is worth keeping: a few plain values that nobody can change."""
    kind = type(answer)
    if kind is tuple or kind is frozenset:
        return deeper and len(answer) <= MOST_PARTS and all(_is_short(one, kind is tuple) for one in answer)
    return kind is bool or answer is None or kind is int or (kind is str and len(answer) <= LONGEST)


def said(question: Question[..., Any], answer: Any) -> Said:
    """What is kept of an answer: what stands for it, and of a placed one apart from that where things stand."""
    if not isinstance(question, PlacedQuestion):
        return digest(answer)
    return digest(placeless(answer)), tuple(points(answer))


class Outside(Record):
    """What a run has asked of what is no part of the project: the texts of files, by what stands for them, and what lies beside its modules."""

    texts: dict[str, int]
    beside: dict[str, str]

    def holds(self, root: str) -> bool:
        """Whether it is so still."""
        return self.lies_as_it_did(root) and not self.changed(root)

    def lies_as_it_did(self, root: str) -> bool:
        """Whether the same lies beside the modules."""
        if not self.beside:
            return True
        from taskguard.engine.unlisted_modules import Beside

        lies = Beside(root)
        return all(lies(base) == known for base, known in self.beside.items())

    def changed(self, root: str) -> list[str]:
        """The files whose texts are others."""
        return [path for path, known in self.texts.items() if digest(text_at(root, path)) != known]


def text_at(root: str, path: str) -> str | None:
    """The text of a file on disk, None where it cannot be read."""
    from taskguard.engine.resolver import read_below
    from taskguard.facts.source import text_of

    return text_of(read_below(root, path))


def digest(answer: Any) -> int:
    """A number that stands for an answer; for the shortest ones it is the answer."""
    if answer is None or answer is True or answer is False:
        return 0 if answer is None else 1 if answer else 2
    if isinstance(answer, (set, frozenset)):
        answer = sorted(answer)
    return mark(repr(answer).encode("utf-8", "surrogatepass")) + 3
