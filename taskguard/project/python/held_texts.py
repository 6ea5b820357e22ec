"""The texts of a project's files, and what questions say of them."""

from __future__ import annotations

from taskguard.facts.questions import by_lines, stands_for_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any

    from taskguard.facts.questions import Notes, Question

MOST_LETTERS = 200_000_000


UNASKED: Any = object()


class Answers:
    """What was answered of files that two states of a tree have in common: to ask both costs no more than to ask one. `apart` are the paths of which this state has another text.
    `given` has answers by path, the question's key, and what it was asked with; `kept` those of former runs to the questions about a path."""

    __slots__ = ("_kept", "apart", "given")

    def __init__(
        self,
        given: dict[object, Any] | None = None,
        apart: Collection[str] = (),
        kept: Callable[[str], Mapping[Any, Any]] | None = None,
    ) -> None:
        self.given: dict[object, Any] = {} if given is None else given
        self.apart = frozenset(apart)
        self._kept = kept

    def known(self, path: str, question: Question[..., Any], args: tuple[Any, ...]) -> Any:
        """What was answered; `UNASKED` where nobody knows."""
        found = self.given.get((path, question.key, args), UNASKED)
        if found is UNASKED and self._kept is not None:
            return self._kept(path).get((question.key, args), UNASKED)
        return found

    def of_state(self, apart: Collection[str]) -> Answers:
        """The same answers, for a state in which these files differ."""
        return Answers(self.given, apart)


class HeldTexts:
    """`text_of` gives the text of a path, None where it cannot be read; `own` are the paths of the project's modules and `listed` all that were found.

    `notes` learns what is read. Texts are held as far as there is room: most are asked for by several rules.
    """

    def __init__(
        self,
        text_of: Callable[[str], str | None],
        own: frozenset[str],
        listed: frozenset[str],
        notes: Notes | None,
        answers: Answers | None,
    ) -> None:
        self._text_of, self._own, self._listed = text_of, own, listed
        self._notes, self._answers = notes, answers
        self._held: dict[str, str | None] = {}
        self._room = MOST_LETTERS
        self._lines: set[tuple[str, str]] = set()  # the functions whose lines are noted

    def read(self, path: str) -> str | None:
        """The text of one file. What is worked out from it rests on all of it: where it need not, `ask`."""
        if self._notes is not None:
            self._notes.text(path)
        return self.held(path)

    def ask(self, path: str, question: Question[..., Any], args: tuple[Any, ...], given: tuple[Any, ...] | None) -> Any:
        """What a question says of the text of one file. `args` are what it is remembered by, `given` what it is asked with where that differs."""
        known = self._answers
        if known is None or path in known.apart:
            answer = self._worked_out(path, question, args, given)
        else:
            answer = known.known(path, question, args)
            if answer is UNASKED:
                answer = self._worked_out(path, question, args, given)
                if given is None:
                    known.given[path, question.key, args] = answer
        if self._notes is not None:
            self._notes.answer(path, question, args, answer)
        return answer

    def _worked_out(
        self, path: str, question: Question[..., Any], args: tuple[Any, ...], given: tuple[Any, ...] | None
    ) -> Any:
        text = self.held(path) or ""
        if given is None:
            return question.of(text, *args)
        if self._notes is not None and by_lines(question) and (path, args[0]) not in self._lines:
            self._lines.add((path, args[0]))
            self._notes.answer(path, stands_for_lines, args[:1], stands_for_lines.of(text, *given[:2]))
        return question.of(text, *given)

    def held(self, path: str) -> str | None:
        """A text, None where it cannot be read."""
        if path in self._held:
            return self._held[path]
        text = self._text_of(path)
        if self._notes is not None and path not in self._own:
            self._notes.outside(path, text, listed=path in self._listed)
        self._room -= len(text or "")
        if self._room > 0:
            self._held[path] = text
        return text
