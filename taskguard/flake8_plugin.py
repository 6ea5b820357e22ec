"""The flake8 door: the diagnostics that lie in the file flake8 asks about, project rules included."""

from __future__ import annotations

import os

from taskguard import __version__
from taskguard.guarded import Guarded
from taskguard.reporters.escape import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterator

    from flake8.options.manager import OptionManager

    from taskguard.diagnostics import Diagnostic

# flake8 has its own words for these: E999, and its own noqa.
NEVER = frozenset(("TG001", "TG003"))


class TaskguardPlugin:
    """One file, as flake8 hands it over: its tree is not used, its lines may be unsaved text of an editor."""

    name = "taskguard"
    version = __version__
    _guarded: Guarded | None = None

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

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Remembers the options; where flake8 is about to fork, the project is judged once for all its processes."""
        packs = options.taskguard_packs
        files: list[str] = options.filenames or []
        several = len(files) != 1 or os.path.isdir(files[0])
        cls._guarded = Guarded(
            options.taskguard_config, tuple(packs) if packs else None, noqa=not options.disable_noqa, several=several,
            paths=tuple(files),
        )  # fmt: skip
        if several and not _serial(options.jobs) and hasattr(os, "fork"):
            cls._guarded.prepare()

    def run(self) -> Iterator[tuple[int, int, str, type]]:
        """Line (1-based), column (0-based) and text of each diagnostic in the file. Raises nothing: flake8 would end."""
        for one in self._diagnostics():
            if one.code not in NEVER:
                word = "warning: " if one.level == "warn" else ""
                yield one.line, one.column - 1, f"{one.code} {word}{shown(one.message)}", type(self)

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


def _serial(jobs: object) -> bool:
    """Whether flake8 was told to use one process."""
    return getattr(jobs, "n_jobs", 0) in (0, 1) and not getattr(jobs, "is_auto", False)
