"""What a front end asks of the engine, and what the engine hands back."""

from __future__ import annotations

from taskguard.diagnostics import Diagnostic, Report
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from taskguard.baseline import Baseline
    from taskguard.errors import Problem

# What a request may say of fixes: those that change nothing but what is wrong, or also those that may change what the code does.
SAFE, UNSAFE = "safe", "unsafe"
# Or that findings are to be hidden by comments, and not to be fixed.
NOQA = "noqa"


class Request(Record):
    """One `check` as the user worded it. None or empty where the user said nothing.

    `paths` and `config` count from `cwd`, an absolute folder; `root` (absolute, without links) is found by the engine where it is None.
    `stdin_text` is the text of a file that is not on disk, as bytes where it still has to be decoded; its place is
    `stdin_filename`. `workers` is at least 1. `hook` asks for a commit's view: the passed files, and what the index
    says of deleted and renamed ones. `baseline` False shows what the baseline would hide, `noqa` False what `# noqa` comments would,
    `comments` False what any comment would. `fix` is empty, `SAFE`, `UNSAFE`, or `NOQA` with a `reason`. `inline` are settings as lines of TOML. `below` False leaves
    out the projects below the folders that are named.
    """

    paths: tuple[str, ...]
    cwd: str
    root: str | None = None
    stdin_text: str | bytes | None = None
    stdin_filename: str | None = None
    config: str | None = None
    isolated: bool = False
    packs: tuple[str, ...] | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    no_project: bool = False
    workers: int | None = None
    cache: bool = True
    cache_dir: str | None = None
    hook: bool = False
    baseline: bool = True
    noqa: bool = True
    fix: str = ""
    comments: bool = True
    reason: str = ""
    extend_select: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, str], ...] = ()
    inline: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    below: bool = True


class Repair(Record):
    """What fixing came to. `old` and `new` are the bytes of the files that differ, by root-relative path; nothing is written yet.

    `fixed` are the diagnostics that are gone, `left` those whose fix did not hold, and why.
    """

    fixed: tuple[Diagnostic, ...]
    left: tuple[tuple[Diagnostic, str], ...]
    old: Mapping[str, bytes]
    new: Mapping[str, bytes]


class Outcome(Record):
    """A report and what a front end needs to show it.

    `root` and `cwd` are absolute. `texts` gives the text of a file by its root-relative path, None where it cannot be
    read. `timings` are stages and their seconds, in order. `crashes` are our bugs: a title line, then a traceback; `faults` are
    those of other packages' checkers, and `has_plugins` says that any of these had a say.
    `tasks` is the number of task declarations, None where nobody counted. `baseline` is the one that was read, `left` what of it
    is still needed; both are None where there is none. `repair` is what was fixed, None where nobody asked. `parts` are the outcomes
    of the single projects where there are several: then `root` is the deepest folder that holds them all. `warnings` are the lines of
    warning about the settings.
    """

    report: Report
    root: str
    cwd: str
    texts: Callable[[str], str | None]
    timings: tuple[tuple[str, float], ...] = ()
    crashes: tuple[str, ...] = ()
    tasks: int | None = None
    baseline: Baseline | None = None
    left: Baseline | None = None
    faults: tuple[str, ...] = ()
    has_plugins: bool = False
    repair: Repair | None = None
    parts: tuple[Outcome, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def broken(self) -> tuple[str, ...]:
        """All rules that crashed, whosever they are: the run is not complete."""
        return self.crashes + self.faults
