"""What a run said, kept for the case that the next one asks the same of the same files: then no fact is read and no rule runs.

The question is kept in full beside the answer: our own code, the request, the settings, and path, size and time of all files.
Facts depend on one file each and are kept apart from this: when anything changed, they are what makes the next run quick.
"""

from __future__ import annotations

import marshal
import os
from struct import pack
from time import time_ns
from zlib import crc32

from taskguard.discovery.listing import RACY_NS
from taskguard.discovery.markers import BASELINE
from taskguard.engine.cache_folder import code
from taskguard.project.python.pin_files import PIN_FILES
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from taskguard.diagnostics import Report
    from taskguard.engine.cache_folder import CacheFolder
    from taskguard.engine.resolver import Resolver, Tree
    from taskguard.engine.watching import Outside
    from taskguard.errors import Problem
    from taskguard.request import Outcome


# So many answers about files that are open in an editor are kept side by side.
OPEN_FILES = 8


class CachedResult(Record):
    """A report, the number of tasks that the run looked at, and what the project made doubtful of the settings."""

    report: Report
    tasks: int
    warnings: tuple[Problem, ...]


class ResultCache:
    """One request of one state of the disk. Make it when the files have been listed and before any is read."""

    def __init__(self, resolver: Resolver, tree: Tree, cache: CacheFolder) -> None:
        self._now = time_ns()
        self._root = resolver.root
        self._times = tree.times.values()
        self._stamps = tree.stamps.values()
        self._agreed = _agreed(resolver, tree)
        # All that the question says but for the files' sizes and times.
        fixed = _fixed(resolver, tree, self._agreed)
        self.question = _question([*fixed, "\0".join(tree.sizes)], tree)
        # The same whichever files there are.
        self.of_any: Callable[[], bytes] = lambda: _question(fixed, tree)
        # That of all files, where that is not what is asked, and where it is said without parsing more of them.
        self.of_all: Callable[[], bytes] = lambda: _question(
            fixed, tree.replace(passed=None, forced=resolver.forced(tree.sizes), named=frozenset())
        )
        # What else is listed, and says how the code is started and what it needs: size and times of each.
        self.beside = _beside(resolver, tree)
        self._text = self.question + repr(self.beside).encode() + _numbers(tree.sizes.values()) + _numbers(self._stamps)
        request = resolver.request
        self._hook = request.hook
        # What the run asks of what is no part of the project; None while nobody has noted that.
        self.outside: Outside | None = None
        self.kind = "alone" if request.no_project else "whole" if tree.passed is None else "part"
        # An editor asks about the files that are open, again and again.
        if tree.passed is not None and not request.paths:
            self.kind = f"open-{crc32(repr(sorted(tree.passed)).encode()) % OPEN_FILES}"
        self._file = cache.file(f"answer-{self.kind}")

    def answer(self) -> CachedResult | None:
        """What was said the last time, None where the question was another, and for a commit, which is told by the index as well."""
        if self._hook:
            return None
        said = self._file.read(self._text)
        if said is None:
            return None
        from taskguard.facts.codec import read_report

        try:
            text, more, rest = said.decode("ascii").split("\n")
            if rest and not _holds_outside(self._root, rest):
                return None
            report, tasks = read_report(text)
            warnings = read_problems(more) if more else ()
        except (ValueError, TypeError, EOFError):
            return None
        return CachedResult(report, tasks, warnings)

    def keep(self, outcome: Outcome) -> None:
        """Keeps an answer, unless a rule crashed or the code of another package had a say, the baseline can be less, or a file is so fresh that it could change again without a sign."""
        newest = max(max(self._times, default=0), max((time for _, time, *_ in self._agreed), default=0))
        if (
            self._hook
            or self.outside is None
            or outcome.crashes
            or outcome.has_plugins
            or outcome.left != outcome.baseline
            or newest >= self._now - RACY_NS
        ):
            return
        from taskguard.facts.codec import write_report

        try:
            text = write_report(outcome.report, outcome.tasks or 0)
            text += "\n" + (write_problems(outcome.warnings) if outcome.warnings else "") + "\n"
            if self.outside.texts or self.outside.beside:
                text += marshal.dumps(tuple(self.outside)).hex()
        except ValueError:
            return
        self._file.write(self._text, text.encode("ascii"))


def result_cache(resolver: Resolver, tree: Tree) -> ResultCache | None:
    """The question of a request, None where no answer may be kept: text on standard input, no cache."""
    if resolver.cache is None or resolver.stdin or tree.failures:
        return None
    try:
        return ResultCache(resolver, tree, resolver.cache)
    except OSError:
        return None


def write_problems(problems: tuple[Problem, ...]) -> str:
    """Lines of warning as ASCII text of one line."""
    import json

    return json.dumps([list(one)[:4] for one in problems])


def read_problems(text: str) -> tuple[Problem, ...]:
    """What `write_problems` wrote. Raises ValueError for any other text."""
    import json

    from taskguard.errors import Problem

    made = []
    rows = json.loads(text)
    for row in rows if isinstance(rows, list) else [rows]:
        if not isinstance(row, list) or [type(one) for one in row] != [str, int, str, str]:
            raise ValueError("no lines of warning")
        file, line, key, message = row
        made.append(Problem(file, line, key, message, certain=False))
    return tuple(made)


def _holds_outside(root: str, kept: str) -> bool:
    """Whether what a run had asked of what is no part of the project is so still. Raises ValueError and TypeError for any other text."""
    texts, beside = marshal.loads(bytes.fromhex(kept))
    if not beside and not any(texts.values()):  # nothing but files that were not there
        return not any(os.path.lexists(os.path.join(root, path)) for path in texts)
    from taskguard.engine.watching import Outside

    return Outside(texts, beside).holds(root)


def _agreed(resolver: Resolver, tree: Tree) -> tuple[tuple[int, ...], ...]:
    """Size and times of each baseline; none where it is not asked."""
    if not resolver.request.baseline:
        return ()
    files = [os.path.join(resolver.root, folder, BASELINE) for folder in ("", *tree.baselines)]
    return tuple(_state(file) if os.path.lexists(file) else (-1, 0) for file in files)


def _fixed(resolver: Resolver, tree: Tree, agreed: tuple[tuple[int, ...], ...]) -> list[str]:
    """All of the question but which files there are, and which of them are asked about."""
    request = resolver.request
    asked = (
        request.isolated,
        request.config,
        request.no_project,
        request.noqa,
        request.comments,
        resolver.root,
        resolver.settings.replace(force_exclude=False),  # this picks files, and which ones is told below
        resolver.parts,
        agreed,
    )
    return [code(), repr(asked), "\0".join(tree.markers)]


def _beside(resolver: Resolver, tree: Tree) -> dict[str, tuple[int, ...] | None]:
    """Size and times of the listed files that are no Python, and of those that pin a version; a link may lead nowhere."""
    return {path: _pinned(os.path.join(resolver.root, path)) for path in (*tree.markers, *PIN_FILES)}


def _question(fixed: list[str], tree: Tree) -> bytes:
    parts = [
        *fixed,
        "\0".join(sorted(tree.forced)) if len(tree.forced) < len(tree.sizes) else "all",
        "all" if tree.passed is None else "\0".join(sorted(tree.passed)),
        "\0".join(sorted(tree.named)),
    ]
    lengths = " ".join(str(len(part)) for part in parts)
    return "\n".join((lengths, *parts)).encode("utf-8", "surrogatepass")


def _numbers(values: Collection[int]) -> bytes:
    """Numbers of 64 bits as bytes; `array` would do it too, and brings `collections`."""
    return pack(f"{len(values)}q", *values)


def _pinned(path: str) -> tuple[int, ...] | None:
    try:
        return _state(path)
    except OSError:
        return None


def _state(path: str) -> tuple[int, ...]:
    """Size, time of the last change, and what nobody can set: the time at which the file system noted that."""
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
