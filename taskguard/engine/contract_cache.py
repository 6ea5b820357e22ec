"""What a commit says of its contract, kept by the commit's id: a state that is linked only where a question is new."""

from __future__ import annotations

import json

from taskguard.contract import codec
from taskguard.engine.cache_folder import code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from taskguard.engine.resolver import Resolver
    from taskguard.project.change.linked import Linked
    from taskguard.project.change.terms import Configured, Missing, Piece, TaskTerms

    Answer = TypeVar("Answer")

# A file of answers that has grown larger than this is begun anew.
MOST = 20_000_000
# What reading an answer of another form raises; a question that is new is a KeyError.
DAMAGE = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError)


class CachedState:
    """The old state of a change. `link` makes the state itself, `kept` are answers that are known, `fresh` says whether some are new."""

    partial = False

    def __init__(self, link: Callable[[], Linked], kept: dict[str, Any]) -> None:
        self._link = link
        self._linked: Linked | None = None
        self._read: dict[str, Any] = {}
        self._by_qualname: dict[str, dict[str, Piece]] = {}
        self.kept = kept
        self.fresh = False

    @property
    def linked(self) -> Linked:
        if self._linked is None:
            self._linked = self._link()
        return self._linked

    def _ask(
        self, question: str, answer: Callable[[Linked], Any], write: Callable[[Any], Any], read: Callable[[Any], Answer]
    ) -> Answer:
        if question not in self._read:
            try:
                self._read[question] = read(self.kept[question])
            except DAMAGE:
                self.kept[question] = write(answer(self.linked))
                self.fresh = True
                self._read[question] = read(self.kept[question])
        made: Answer = self._read[question]
        return made

    @property
    def paths(self) -> list[str]:
        return self._ask("paths", lambda one: one.paths, list, _words)

    @property
    def task_paths(self) -> frozenset[str]:
        return self._ask("task_paths", lambda one: one.task_paths, sorted, _set)

    def facade_paths(self) -> frozenset[str]:
        return self._ask("facades", lambda one: one.facade_paths(), sorted, _set)

    def text(self, path: str) -> str | None:
        return self.linked.text(path)

    def digest(self, path: str) -> str:
        return self._ask(f"digest {path}", lambda one: one.digest(path), str, str)

    def module_name(self, path: str) -> str:
        return self._ask(f"module {path}", lambda one: one.module_name(path), str, str)

    def path_of(self, module: str) -> str:
        return self._ask(f"path {module}", lambda one: one.path_of(module), str, str)

    def lines(self, path: str) -> int:
        return self._ask(f"lines {path}", lambda one: one.lines(path), int, int)

    def unreadable(self, path: str) -> bool:
        return self._ask(f"unreadable {path}", lambda one: one.unreadable(path), bool, bool)

    def names(self, path: str) -> dict[str, str]:
        return self._ask(f"names {path}", lambda one: one.names(path), dict, _pairs)

    def pieces(self, path: str) -> tuple[Piece, ...]:
        def read(held: list[Any]) -> tuple[Piece, ...]:
            module = self.module_name(path)
            return tuple(codec.read_piece(path, module, one) for one in held)

        return self._ask(f"pieces {path}", lambda one: one.pieces(path), lambda made: [*map(codec.piece, made)], read)

    def piece(self, dotted: str) -> Piece | None:
        def write(found: Piece | None) -> list[str]:
            return [found.path, found.qualname] if found is not None else []

        place = self._ask(f"piece {dotted}", lambda one: one.piece(dotted), write, _words)
        if not place:
            return None
        path, qualname = place
        if path not in self._by_qualname:
            self._by_qualname[path] = {one.qualname: one for one in reversed(self.pieces(path))}
        return self._by_qualname[path].get(qualname)

    def tasks(self, path: str) -> tuple[TaskTerms, ...]:
        def read(held: list[Any]) -> tuple[TaskTerms, ...]:
            module = self.module_name(path)
            return tuple(codec.read_task(path, module, one) for one in held)

        return self._ask(f"tasks {path}", lambda one: one.tasks(path), lambda made: [*map(codec.task, made)], read)

    def missing(self, path: str) -> tuple[Missing, ...]:
        return self._ask(
            f"missing {path}",
            lambda one: one.missing(path),
            lambda made: [*map(codec.missing, made)],
            lambda held: tuple(map(codec.read_missing, held)),
        )

    def configured(self) -> Configured:
        return self._ask("configured", lambda one: one.configured(), codec.configured, codec.read_configured)


def _words(held: Any) -> list[str]:
    """A list of strings. Raises TypeError for anything else."""
    if not isinstance(held, list) or not all(isinstance(one, str) for one in held):
        raise TypeError("no list of words")
    return held


def _set(held: Any) -> frozenset[str]:
    return frozenset(_words(held))


def _pairs(held: Any) -> dict[str, str]:
    """Words by words. Raises TypeError for anything else."""
    _words([*held.values()])
    return dict(held)


class ContractCache:
    """The file of a commit's answers in the cache: of our own code, the settings, the commit, and what says how the project is started (`told`),
    which is asked of the files on disk for both states."""

    def __init__(self, resolver: Resolver, commit: str, told: str) -> None:
        text = repr((code(), resolver.root, resolver.settings, resolver.parts, commit, told))
        self._key = text.encode("utf-8", "surrogatepass")
        self._file = resolver.cache.file("contract") if resolver.cache is not None else None

    def read(self) -> dict[str, Any]:
        """The answers; none where the file is of another commit, or damaged."""
        body = self._file.read(self._key) if self._file is not None else None
        if body is None:
            return {}
        try:
            answers = json.loads(body)
        except (ValueError, RecursionError):
            return {}
        return answers if isinstance(answers, dict) else {}

    def write(self, state: CachedState) -> None:
        """Keeps what was asked, if any of it is new."""
        if self._file is None or not state.fresh:
            return
        data = json.dumps(state.kept).encode()
        if len(data) <= MOST:
            self._file.write(self._key, data)
