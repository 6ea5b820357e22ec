"""The flake8 door: the diagnostics that lie in the file flake8 asks about, project rules included."""

from __future__ import annotations

import os

from taskguard import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterator

    from flake8.options.manager import OptionManager

    from taskguard.diagnostics import Diagnostic
    from taskguard.engine.session import Session

# flake8 has its own words for these: E999, and its own noqa.
NEVER = frozenset(("TG001", "TG003"))


class TaskguardPlugin:
    """One file, as flake8 hands it over: its tree is not used, its lines may be unsaved text of an editor."""

    name = "taskguard"
    version = __version__
    _session: Session | None = None
    _options: tuple[str | None, tuple[str, ...] | None, bool] = (None, None, True)
    _several = True

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
        cls._options = (options.taskguard_config, tuple(packs) if packs else None, not options.disable_noqa)
        cls._session = None
        cls._several = several = len(options.filenames or ()) != 1 or os.path.isdir((options.filenames or ("",))[0])
        if several and not _serial(options.jobs) and hasattr(os, "fork"):
            cls.session().everything()

    @classmethod
    def session(cls) -> Session:
        """The project of the working directory, made when first asked for."""
        if cls._session is None:
            from taskguard.engine.session import Session

            config, packs, noqa = cls._options
            cls._session = Session(os.getcwd(), config, packs, noqa=noqa, several=cls._several)
        return cls._session

    def run(self) -> Iterator[tuple[int, int, str, type]]:
        """Line (1-based), column (0-based) and text of each diagnostic in the file."""
        for one in self._diagnostics():
            if one.code not in NEVER:
                yield one.line, one.column - 1, f"{one.code} {one.message}", type(self)

    def _diagnostics(self) -> tuple[Diagnostic, ...]:
        import gc

        # Linking makes many objects and next to no cycles; looking for these takes a fourth of its time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            return self.session().diagnostics(self._filename, "".join(self._lines))
        finally:
            if collecting:
                gc.enable()


def _serial(jobs: object) -> bool:
    """Whether flake8 was told to use one process."""
    return getattr(jobs, "n_jobs", 0) in (0, 1) and not getattr(jobs, "is_auto", False)
