"""The flake8 front end: the diagnostics that lie in the file flake8 asks about, project rules included."""

from __future__ import annotations

import os

from taskguard.errors import Problem, nearest
from taskguard.guarded import CRASH, INVALID, Guarded
from taskguard.reporters.escape import shown
from taskguard.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterator, Sequence

    from flake8.options.manager import OptionManager

    from taskguard.diagnostics import Diagnostic
    from taskguard.engine.session import Session

# flake8 has its own words for these: E999, and its own noqa.
NEVER = frozenset(("TG001", "TG003"))
# Whether warnings are shown: `auto` shows them to whoever hands over text, which is what editors do, and leaves them out where
# files are checked, because flake8 fails on whatever it shows.
AUTO, ALWAYS, SILENT = "auto", "always", "never"
WHEN = (AUTO, ALWAYS, SILENT)
STDIN = "-"


class TaskguardPlugin:
    """One file, as flake8 hands it over: its tree is not used, its lines may be unsaved text of an editor."""

    name = "taskguard"
    version = __version__
    _guarded: Guarded | None = None
    _warnings = ALWAYS
    _named: tuple[str, ...] = ()

    def __init__(self, tree: ast.AST, filename: str, lines: list[str]) -> None:
        self._filename = filename
        self._lines = lines

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """The options of this plugin, also read from flake8's own configuration."""
        manager.add_option(
            "--taskguard-config", metavar="FILE", default=None, parse_from_config=True, normalize_paths=True,
            help="settings of taskguard, in place of the nearest pyproject.toml or taskguard.toml",
        )  # fmt: skip
        manager.add_option(
            "--taskguard-packs", metavar="PACKS", default=None, parse_from_config=True, comma_separated_list=True,
            help="rule packs of taskguard, by name or path, in place of those of its settings",
        )  # fmt: skip

        manager.add_option(
            "--taskguard-warnings", metavar="WHEN", default=AUTO, parse_from_config=True,
            help="show taskguard's warnings: always, never, or auto, which is for text on standard input and for codes that are selected",
        )  # fmt: skip

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Remembers the options; where flake8 is about to fork, the project is judged once for all its processes."""
        packs, files = options.taskguard_packs, options.filenames or []
        several = len(files) != 1 or os.path.isdir(files[0])
        cls._named = named(options)
        cls._warnings, problems = when(options.taskguard_warnings, files)
        chosen = (*(options.select or ()), *(options.extend_select or ()))
        exactly = options.select is not None and not any("TG".startswith(word) for word in chosen)

        def opened() -> Session:
            from taskguard.engine.session import Session

            return Session(
                os.getcwd(), options.taskguard_config, tuple(packs) if packs else None,
                noqa=not options.disable_noqa, several=several, paths=tuple(files),
                select=cls._named if exactly and cls._named else None, extend_select=() if exactly else cls._named,
            )  # fmt: skip

        show_what_is_wrong(options)
        cls._guarded = Guarded(opened, problems)
        if several and not _serial(options.jobs) and hasattr(os, "fork"):
            cls._guarded.prepare()

    def run(self) -> Iterator[tuple[int, int, str, type]]:
        """Line (1-based), column (0-based) and text of each diagnostic in the file. Raises nothing: flake8 would end."""
        for one in self._diagnostics():
            if one.code not in NEVER and self._wanted(one):
                word = "warning: " if one.level == "warn" else ""
                yield one.line, one.column - 1, f"{one.code} {word}{shown(one.message)}", type(self)

    def _wanted(self, one: Diagnostic) -> bool:
        if one.level != "warn" or self._warnings == ALWAYS:
            return True
        return self._warnings == AUTO and one.code.startswith(self._named)

    def _diagnostics(self) -> tuple[Diagnostic, ...]:
        import gc

        guarded = self._guarded
        if guarded is None:  # without options nobody has asked for anything
            return ()
        # Linking makes many objects and next to no cycles; looking for these takes a fourth of its time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            return tuple(guarded.diagnostics(self._filename, "".join(self._lines)))
        finally:
            if collecting:
                gc.enable()


def named(options: argparse.Namespace) -> tuple[str, ...]:
    """Our codes and prefixes among what flake8 is told to select. The letters alone ask for what is on already."""
    words = dict.fromkeys((*(options.select or ()), *(options.extend_select or ())))
    return tuple(word for word in words if word.startswith("TG") and word.isascii() and word[2:].isdigit())


def when(word: str, files: Sequence[str]) -> tuple[str, tuple[Problem, ...]]:
    """When warnings are shown, settled for these files, and what is wrong with the word."""
    if word not in WHEN:
        guess = nearest(word, WHEN)
        hint = f"; did you mean `{guess}`?" if guess else ""
        return ALWAYS, (Problem("flake8", 0, "--taskguard-warnings", f"{word!r} is none of {', '.join(WHEN)}{hint}"),)
    return ALWAYS if word == AUTO and STDIN in files else word, ()


def show_what_is_wrong(options: argparse.Namespace) -> None:
    """Selects, beside other codes of ours, those that say why these find nothing; who ignores them by code or prefix goes on to."""
    if not any(word.startswith("TG") for word in options.select or ()):
        return
    ignored = tuple(word for word in (*(options.ignore or ()), *(options.extend_ignore or ())) if word.startswith("TG"))
    wanted = [code for code in (INVALID, CRASH) if not code.startswith(ignored)]
    options.extend_select = [*(options.extend_select or ()), *wanted]


def _serial(jobs: object) -> bool:
    """Whether flake8 was told to use one process."""
    return getattr(jobs, "n_jobs", 0) in (0, 1) and not getattr(jobs, "is_auto", False)
