"""Markdown suites: every heading with code below it is one small in-memory project and what the rule says of it.

A fenced block is a file. Its path stands on the line before it, alone and in backticks; a `py` block without one is
`tasks.py`. A `toml` block without a path is the project's `taskguard.toml`. `lines=601` after the language fills the
block up to that many lines. A path that is crossed out (`~~` around it) is a file that is gone. A block called
`taskguard-baseline.json` is the project's baseline.

Expectations are comments on the flagged line, `# error: [TG101] "part of the message"`, with `warn` for a warning, a
column before the code where it matters, and `unsure` for a verdict that could not be given. They stay in the file.

Paths that begin with `before/` and `after/` are two states of one project; files without such a prefix are in both.

A path that begins with `installed/` is a package that brings checkers, installed beside taskguard. The suite of a rule of the flake8 plugin
is run by the real flake8.

A path that begins with `fixed/` is a file as `--fix` leaves it, one with `unsafely-fixed/` as `--fix --unsafe-fixes` does. There is nothing to
be expected then, so the comments that announce it are gone. Where a section has such paths, all other files stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import flake8_door
from taskguard import baseline, engine, selection
from taskguard.diagnostics import Diagnostic, Report, Undecided
from taskguard.discovery.markers import BASELINE
from taskguard.engine import checking
from taskguard.fixes.rounds import Fixer, State
from taskguard.rule import FrontEndRule
from taskguard.settings import load
from taskguard.settings.model import Settings

SUITES = Path(__file__).parent / "suites"
DEFAULT_PATH = {"py": "tasks.py", "python": "tasks.py", "toml": "taskguard.toml"}
SETTINGS = "taskguard.toml"

INSTALLED = "installed/"
# The codes of the flake8 plugin, whose findings no run of rules makes.
FRONT_END = frozenset(code for code in selection.available() if issubclass(selection.rule_class(code), FrontEndRule))
FIXED, UNSAFELY_FIXED = "fixed/", "unsafely-fixed/"

_FENCE = re.compile(r"^(`{3,}|~{3,})\s*([\w-]*)\s*(?:lines=(\d+))?\s*$")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*$")
_PATH = re.compile(r"^(~~)?`([^`\s]+)`(?(1)~~):?$")
_EXPECTED = re.compile(r"[ \t]*#\s*(?:error|warn|unsure):.*")
_EXPECTATION = re.compile(r'#\s*(error|warn|unsure):\s*(?:(\d+)\s+)?\[(TG\d{3})\](?:\s*"([^"]*)")?')


@dataclass
class Section:
    """A heading and what stands below it, up to the next heading. `line` is the heading's, 1-based."""

    title: str
    line: int
    level: int
    files: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    prose: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Expectation:
    """One comment in a file: what must be said of that line."""

    path: str
    line: int
    level: str
    column: int | None
    code: str
    part: str

    def fits(self, said: Diagnostic | Undecided) -> bool:
        """Whether this diagnostic, or undecided verdict, is the one that the comment announces."""
        level, words = ("unsure", said.why) if isinstance(said, Undecided) else (said.level, said.message)
        return (
            (said.path, said.line, said.code, level) == (self.path, self.line, self.code, self.level)
            and self.column in (None, said.column)
            and self.part in words
        )

    def __str__(self) -> str:
        column = "" if self.column is None else f":{self.column}"
        return f'{self.path}:{self.line}{column}: {self.level} [{self.code}] "{self.part}"'


def sections(markdown: str, where: str = "") -> list[Section]:
    """The headings of a page with their files. Raises ValueError for a page that is written wrongly."""
    found = [Section("", 0, 0)]
    lines = enumerate(markdown.splitlines(), 1)
    before = ""
    for number, line in lines:
        if heading := _HEADING.match(line):
            found.append(Section(heading[2], number, len(heading[1])))
            before = ""
        elif fence := _FENCE.match(line):
            body = "".join(_until(fence[1], lines, f"{where}:{number}"))
            path = _path(before) or DEFAULT_PATH.get(fence[2], "")
            if not path:
                raise ValueError(f"{where}:{number}: a block of this kind needs a path on the line before it")
            if path in found[-1].files:
                raise ValueError(f"{where}:{number}: {path} is there twice under {found[-1].title!r}")
            found[-1].files[path] = _filled(body, int(fence[3] or 0))
            before = ""
        elif line.strip():
            before = line.strip()
            found[-1].prose.append(before)
            if (path_line := _PATH.match(before)) and path_line[1]:
                found[-1].gone.add(path_line[2])
    return found


def _until(fence: str, lines: Iterator[tuple[int, str]], where: str) -> Iterator[str]:
    for _, line in lines:
        if line.rstrip() == fence:
            return
        yield line + "\n"
    raise ValueError(f"{where}: this block has no end")


def _path(line: str) -> str:
    found = _PATH.match(line)
    return found[2] if found and not found[1] else ""


def _filled(body: str, lines: int) -> str:
    return body + "pass\n" * max(0, lines - body.count("\n"))


def suite_items(suite: Path) -> list[Section]:
    """The headings of a suite that have files."""
    return [section for section in sections(suite.read_text("utf-8"), suite.name) if section.files]


def expectations(files: dict[str, str]) -> list[Expectation]:
    """What the comments in these files announce, in order."""
    return [
        Expectation(path, number, level, int(column) if column else None, code, part)
        for path, text in sorted(files.items())
        for number, line in enumerate(text.split("\n"), 1)
        for level, column, code, part in _EXPECTATION.findall(line)
    ]


@cache
def settings_from(toml: str) -> Settings:
    """The settings of a project whose `taskguard.toml` is this text; pack `core` alone if it is empty."""
    with TemporaryDirectory() as folder:
        file = Path(folder, SETTINGS)
        file.write_text(toml, "utf-8")
        return load.load(str(file), folder, option_types=selection.option_types)


def judge(section: Section, code: str) -> tuple[dict[str, str], Report]:
    """Runs a suite's own rule on one of its sections, and no other unless the section's settings select."""
    if code in FRONT_END:
        return run_door(section.files)
    settings = settings_from(section.files.get(SETTINGS, ""))
    return run(section.files, settings if settings.select is not None else settings.replace(select=(code,)))


def run(files: dict[str, str], settings: Settings) -> tuple[dict[str, str], Report]:
    """Judges a project, or a change if its paths say so; gives the files that were judged, and what was said.

    A rule that crashes is silent, and silence is what many suites expect: so a crash is an AssertionError here.
    """
    agreed = baseline.parsed(files[BASELINE]) if BASELINE in files else None
    files = plain(files)
    is_change = any(path.startswith(("before/", "after/")) for path in files)
    after = state(files, "after/")
    before = engine.link(on_disk(state(files, "before/")), settings) if is_change else None
    judged = checking.lint(engine.link(on_disk(after), settings), before=before, baseline=agreed)
    assert not judged.crashes, "\n".join(judged.crashes)
    return after, judged.report


def run_door(files: dict[str, str]) -> tuple[dict[str, str], Report]:
    """What flake8 says of a project through our plug-in, its own noqa included; gives the files that were judged, and what was said."""
    with TemporaryDirectory() as folder:
        project, site = Path(folder, "project"), Path(folder, "site")
        (project / ".git").mkdir(parents=True)
        site.mkdir()
        for path, text in files.items():
            if path.startswith(INSTALLED):
                flake8_door.install(site, Path(path).stem, text)
            else:
                place = project / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, "utf-8")
        done = flake8_door.flake8(project, "--select=TG", ".", site=site)
        report = Report(tuple(flake8_door.diagnostics(done.stdout)))
    return {path: text for path, text in plain(files).items() if not path.startswith(INSTALLED)}, report


def plain(files: dict[str, str]) -> dict[str, str]:
    """The files of the project itself, two states of it included."""
    others = (SETTINGS, BASELINE)
    return {
        path: text
        for path, text in files.items()
        if path not in others and not path.startswith((FIXED, UNSAFELY_FIXED))
    }


def unexpecting(files: dict[str, str]) -> dict[str, str]:
    """The files without the comments that announce something."""
    return {path: _EXPECTED.sub("", text) for path, text in files.items()}


def wanted_fixes(section: Section) -> Iterator[tuple[bool, dict[str, str]]]:
    """Whether unsafe fixes are meant, and all files as they are then, for each kind that a section shows."""
    files = unexpecting(state(plain(section.files), "after/"))
    for prefix in (FIXED, UNSAFELY_FIXED):
        made = {path.removeprefix(prefix): text for path, text in section.files.items() if path.startswith(prefix)}
        if made:
            yield prefix == UNSAFELY_FIXED, files | made


def fixed(section: Section, code: str, *, unsafe: bool) -> dict[str, str]:
    """All files as fixing a suite's own rule leaves them."""
    settings = settings_from(section.files.get(SETTINGS, ""))
    settings = settings if settings.select is not None else settings.replace(select=(code,))
    files = unexpecting(plain(section.files))
    is_change = any(path.startswith(("before/", "after/")) for path in files)
    before = engine.link(on_disk(state(files, "before/")), settings) if is_change else None
    held = on_disk(state(files, "after/"))

    def judged(changed: Mapping[str, bytes]) -> State:
        project = engine.link({**held, **changed}, settings)
        broken = frozenset(path for path in changed if project.facts(path).failure is not None)
        return State(checking.lint(project, before=before).report, broken, changed)

    mended = Fixer(held.get, judged, unsafe=unsafe).run(judged({}))
    assert not mended.left, f"these fixes did not hold: {mended.left}"
    return {path: data.decode() for path, data in {**held, **mended.state.files}.items()}


def state(files: dict[str, str], prefix: str) -> dict[str, str]:
    """The files that have this prefix, without it, and those that have neither."""
    both = {path: text for path, text in files.items() if not path.startswith(("before/", "after/"))}
    return both | {path.removeprefix(prefix): text for path, text in files.items() if path.startswith(prefix)}


def on_disk(files: dict[str, str]) -> dict[str, bytes]:
    """The files as a front end would read them."""
    return {path: text.encode("utf-8") for path, text in files.items()}


def complaint(files: dict[str, str], report: Report) -> str:
    """Why the report is not what the comments announce; empty if it is."""
    open_ones = expectations(files)
    surprises = []
    for said in report.diagnostics:
        match = next((one for one in open_ones if one.fits(said)), None)
        if match:
            open_ones.remove(match)
        else:
            surprises.append(said)
    missing = [one for one in open_ones if not any(one.fits(said) for said in report.undecided)]
    if not missing and not surprises:
        return ""
    lines = [f"  expected, but it did not come:  {one}" for one in missing]
    lines += [
        f'  came, but was not expected:     {one.path}:{one.line}:{one.column}: {one.level} [{one.code}] "{one.message}"'
        for one in surprises
    ]
    lines += [f"  undecided: {one.path}:{one.line}:{one.column}: [{one.code}] {one.why}" for one in report.undecided]
    return "\n".join([*lines, *snippets(files, {one.path for one in [*missing, *surprises]})])


def snippets(files: dict[str, str], paths: set[str], most: int = 40) -> Iterator[str]:
    """The files in question with line numbers, at most so many lines of each."""
    for path in sorted(paths & set(files)):
        yield f"  {path}"
        shown = files[path].splitlines()
        yield from (f"  {number:4} | {line}" for number, line in enumerate(shown[:most], 1))
        if len(shown) > most:
            yield f"       … {len(shown) - most} more lines"
