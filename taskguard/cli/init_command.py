"""`taskguard init`: propose settings, a pre-commit hook and a baseline from what the project does today."""

from __future__ import annotations

import os
import sys

from taskguard.cli.arguments import Option, Usage, Words, opened
from taskguard.cli.project_folder import ROOT, Workplace, workplace
from taskguard.cli.streams import write
from taskguard.discovery.markers import BASELINE
from taskguard.errors import UserError
from taskguard.reading import read, why
from taskguard.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from taskguard.adoption.hook import Source

PYPROJECT, OWN, HOOKS = "pyproject.toml", "taskguard.toml", ".pre-commit-config.yaml"


def usage() -> Usage:
    about = "Look at the project and propose settings, a pre-commit hook and a baseline. What is there is never overwritten."
    return Usage("init", about, "", (
        Option(("-y", "--yes"), "write everything that is proposed without asking"),
        Option(("--dry-run",), "show what would be written, and write nothing"),
        ROOT,
        Option(("--repo",), "the repository from which pre-commit is to install taskguard", "URL"),
        Option(("--rev",), "the revision of that repository (default: the tag of this version)", "REV"),
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Asks on a terminal. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return 0
    if words.places:
        raise UserError("the settings are for the whole project: leave the paths out")
    if words.flag("--yes") and words.flag("--dry-run"):
        raise UserError("--dry-run goes without --yes")
    if words.last("--rev") is not None and words.last("--repo") is None:
        raise UserError("--rev goes with --repo")
    asked = words.flag("--yes") or words.flag("--dry-run")
    if not asked and not (sys.stdin is not None and sys.stdin.isatty()):
        raise UserError("nobody can be asked here: --yes writes what is proposed, --dry-run shows it")
    Steps(workplace(words), words, out).run()
    return 0


class Steps:
    """The proposals, one after the other. `written` are the files that were.

    Settings and baseline are for the folder of the place, the hook for its repository.
    """

    def __init__(self, place: Workplace, words: Words, out: TextIO) -> None:
        self.place = place
        self.words = words
        self.out = out
        self.written: list[str] = []

    def run(self) -> None:
        if self.place.inside:
            self.tell(
                f"{self.place.inside} has settings of its own: what is proposed is for it (--root: for the whole project)"
            )
        self.settings()
        self.hook()
        self.baseline()
        self.farewell()

    def settings(self) -> None:
        """A table in `pyproject.toml` where there is such a file, else a file of its own."""
        from taskguard.settings.find import settings_in

        present = settings_in(self.place.folder)
        if present is not None:
            self.tell(f"{self.shown(os.path.basename(present))} has settings of taskguard: left as it is")
            return
        from taskguard.adoption.pyproject import TABLE, appended
        from taskguard.adoption.settings_text import settings_text
        from taskguard.adoption.survey import survey
        from taskguard.engine.running import opened

        _, store, project = opened(self.request(cache=not self.words.flag("--dry-run")))
        found = survey(project, self.place.inside)
        store.save()
        there = None if os.path.islink(self.path(PYPROJECT)) else self.text(PYPROJECT)
        if there is not None:
            table = settings_text(found, TABLE)
            made = appended(there, table)
            if made is not None:
                self.propose(PYPROJECT, table, made, f"{self.shown(PYPROJECT)}, at its end")
                return
            self.tell(f"{self.shown(PYPROJECT)} takes no further table: the settings go into {self.shown(OWN)}")
        made = settings_text(found)
        self.propose(OWN, made, made, f"{self.shown(OWN)}, a new file")

    def hook(self) -> None:
        """An entry in the configuration of pre-commit."""
        if not os.path.lexists(os.path.join(self.place.root, ".git")):
            self.tell(f"no git repository: no hook for {HOOKS}")
            return
        from taskguard.adoption import hook

        source = source_of(self.words)
        if is_local(source.repository):
            self.tell(f"{source.repository} is on this machine only: --repo names a repository that everybody reaches")
        link = self.path(HOOKS)
        if os.path.islink(link):
            self.tell(
                f"{self.shown(HOOKS)} is a link to {os.readlink(link)}; add this there yourself:\n{hook.entry(source)}"
            )
            return
        there = self.text(HOOKS)
        if there is None:
            made = hook.fresh(source)
            self.propose(HOOKS, made, made, f"{self.shown(HOOKS)}, a new file")
            return
        if hook.has_hook(there):
            self.tell(f"{self.shown(HOOKS)} has a hook of taskguard: left as it is")
            return
        changed = hook.inserted(there, source)
        if changed is None:
            self.tell(f"{self.shown(HOOKS)} has no plain list `repos:`; add this to it yourself:\n{hook.entry(source)}")
            return
        self.propose(HOOKS, hook.entry(source), changed, f"{self.shown(HOOKS)}, behind the last entry")

    def baseline(self) -> None:
        """What the settings find today."""
        if os.path.lexists(self.path(BASELINE)):
            self.tell(f"{self.shown(BASELINE)}: left as it is")
            return
        if self.words.flag("--dry-run"):
            self.tell(f"{self.shown(BASELINE)}, a new file: what is found under these settings")
            return
        from taskguard import baseline
        from taskguard.cli.baseline_command import found_today
        from taskguard.engine.baselines import governed, within
        from taskguard.reporters.summary import counted

        outcome = found_today(self.request(baseline=False))
        found = governed(self.place.root, self.place.inside, outcome.report.diagnostics)
        entries = within(baseline.collected(found, outcome.texts), self.place.inside)
        if not entries.entries:
            self.tell("nothing is found under these settings: no baseline is needed")
            return
        codes: dict[str, int] = {}
        for one in entries.entries:
            codes[one.code] = codes.get(one.code, 0) + 1
        kinds = ", ".join(
            f"{code} {count}" for code, count in sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))
        )
        files = counted(len({one.path for one in entries.entries}), "file")
        about = f"{self.shown(BASELINE)}, a new file: {counted(len(entries.entries), 'finding')} in {files} ({kinds}), hidden until mended"
        self.propose(BASELINE, "", baseline.written(entries), about)

    def farewell(self) -> None:
        """What comes next."""
        if not self.written:
            return
        import shlex

        paths = [shlex.quote(self.shown(name)) for name in self.written]
        git = os.path.join(self.place.root, ".git")
        lines = [f"git add {' '.join(paths)}"] if os.path.lexists(git) else []
        if HOOKS in self.written and not os.path.lexists(os.path.join(git, "hooks", "pre-commit")):
            lines.append("pre-commit install")
        self.tell("next:\n" + "".join(f"  {line}\n" for line in [*lines, "taskguard check"]).rstrip("\n"))

    def request(self, *, cache: bool = True, baseline: bool = True) -> Request:
        """A check of the place, and of no project below it."""
        folder = self.place.folder
        return Request((folder,), folder, self.place.root, cache=cache, baseline=baseline, below=False)

    def path(self, name: str) -> str:
        """Where a file lies, or is to lie: pre-commit reads its own in the root of the repository."""
        return os.path.join(self.place.root if name == HOOKS else self.place.folder, name)

    def shown(self, name: str) -> str:
        """That path as the working directory sees it."""
        return os.path.relpath(self.path(name)).replace(os.sep, "/")

    def propose(self, name: str, shown: str, text: str, about: str) -> None:
        """Shows what is proposed, and writes it if that is wanted."""
        from taskguard.reporters.escape import shown as printable

        body = "".join(f"  {printable(line)}".rstrip() + "\n" for line in shown.splitlines())
        self.tell(about + (f":\n{body}" if body else ""))
        if self.words.flag("--dry-run") or not (self.words.flag("--yes") or self.agreed()):
            return
        place(self.path(name), text, new=self.text(name) is None)
        self.written.append(name)

    def agreed(self) -> bool:
        """Whether the person at the terminal says yes, or just presses Enter. Anything but yes and no is asked again; the end of input is a no."""
        while True:
            write(["Write it? [Y/n] "], self.out)
            answer = sys.stdin.readline()
            word = answer.strip().lower()
            if not answer or word in ("n", "no"):
                return False
            if word in ("", "y", "yes"):
                return True
            self.tell("Please answer yes or no.")

    def tell(self, text: str) -> None:
        write([text.rstrip("\n") + "\n"], self.out)

    def text(self, name: str) -> str | None:
        """The text of a file of the project, None where there is none. Raises UserError for one that cannot be read."""
        path = self.path(name)
        if not os.path.lexists(path):
            return None
        try:
            return read(path).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{self.shown(name)} cannot be read: {why(error)}") from None


def source_of(words: Words) -> Source:
    """Where pre-commit is to get taskguard from: what was said, else where this installation came from."""
    from taskguard.adoption.hook import Source
    from taskguard.version import __version__

    repository = words.last("--repo")
    if repository is not None:
        return Source(repository, words.last("--rev") or f"v{__version__}")
    import json
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        origin = json.loads(distribution("celery-taskguard").read_text("direct_url.json") or "null")
    except (PackageNotFoundError, ValueError):
        return Source()
    if origin is None:
        return Source(requirement=f"celery-taskguard=={__version__}")
    if isinstance(origin, dict) and isinstance(held := origin.get("vcs_info"), dict) and held.get("vcs") == "git":
        return Source(str(origin.get("url", "")), str(held.get("commit_id", "")))
    return Source()


def is_local(repository: str) -> bool:
    """Whether a repository is a folder."""
    return repository.startswith("file:") or os.path.isdir(repository)


def place(path: str, text: str, *, new: bool) -> None:
    """Writes a file as a whole or not at all; one that came into being meanwhile stays. Raises UserError."""
    import shutil

    path = os.path.realpath(path)
    fresh = f"{path}.{os.getpid()}"
    try:
        with open(fresh, "x", encoding="utf-8", newline="") as file:
            file.write(text)
        try:
            if new:
                os.link(fresh, path)
            else:
                shutil.copymode(path, fresh)
                os.replace(fresh, path)
        finally:
            if os.path.lexists(fresh):
                os.unlink(fresh)
    except OSError as error:
        raise UserError(f"cannot write {os.path.basename(path)}: {error.strerror}") from None
