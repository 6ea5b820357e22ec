"""The kinds of work that are measured: which commands, on which tree, with what before each run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from math import inf
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import Command
from benchmarks.tools import ALONE, CACHED, COLD, KEEPING, VERIFY, Tools

TASK_MARKS = (b"shared_task", b".task(")
# Of the others, what takes longer than this many seconds is run once.
ALWAYS_REPEATED = ("python", "taskguard", "ruff")
PATIENCE = 5
LEFT_OUT = {".git", ".venv", "node_modules"}
SUFFIXES = {".py", ".pyi", ".toml", ".cfg", ".ini"}
GIT = ("git", "-c", "user.name=benchmarks", "-c", "user.email=benchmarks@localhost", "-c", "commit.gpgsign=false")
TITLES = {
    "cold": "the whole tree, nothing kept",
    "warm": "the whole tree again, nothing has changed",
    "warm-edited": "the whole tree after an edit of one file",
    "warm-body": "the whole tree after an edit in the body of a task",
    "one-file": "one file with its project, nothing has changed",
    "edited": "one file with its project, after an edit",
    "body": "one file with its project, after an edit in the body of a task",
    "alone": "one file by itself (`--no-project`), nothing has changed",
    "no-project": "one file by itself (`--no-project`), after an edit",
    "verify": "what the work since HEAD breaks, after an edit",
}  # fmt: skip
SIZES = "sizes"
PARTS = (*TITLES, SIZES)


class Tree(NamedTuple):
    """A tree in a git repository of its own. `file` is one of its modules with tasks, relative."""

    root: Path
    files: int
    lines: int
    file: str


def look(root: Path, file: str | None = None) -> Tree:
    """A tree as it is: its size, and of its files with tasks the one of middle length, unless `file` is given."""
    sizes: dict[str, int] = {}
    tasks: list[tuple[int, str]] = []
    for path in sorted(root.rglob("*.py")):
        data = path.read_bytes()
        name = path.relative_to(root).as_posix()
        sizes[name] = data.count(b"\n")
        if any(mark in data for mark in TASK_MARKS):
            tasks.append((sizes[name], name))
    candidates = sorted(tasks) or sorted((size, name) for name, size in sizes.items())
    if not candidates:
        raise ValueError(f"no Python files below {root}")
    chosen = file if file is not None else candidates[len(candidates) // 2][1]
    if chosen not in sizes:
        raise ValueError(f"{chosen} is not in the tree")
    return Tree(root, len(sizes), sum(sizes.values()), chosen)


def copied(tree: Path, folder: Path) -> Path:
    """A copy of what matters of a tree, since files are edited."""
    root = folder / f"copy-of-{tree.name}"
    shutil.rmtree(root, ignore_errors=True)
    for path in sorted(tree.rglob("*")):
        below = path.relative_to(tree)
        if LEFT_OUT.isdisjoint(below.parts) and path.suffix in SUFFIXES and path.is_file() and not path.is_symlink():
            (root / below).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, root / below)
    root.mkdir(exist_ok=True)
    return root


def committed(root: Path) -> None:
    """Makes a git repository of a tree, with all files in one commit."""
    if (root / ".git" / "index").exists():
        return
    shutil.rmtree(root / ".git", ignore_errors=True)
    for words in ("init --quiet", "add --all", "commit --quiet --no-verify --message all"):
        subprocess.run([*GIT, *words.split()], cwd=root, check=True, stdout=subprocess.DEVNULL)


class Editor:
    """Gives a file another text each time, and its own one with its old time in the end: what comes next finds nothing changed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._text = file.read_bytes()
        self._times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
        self._count = 0

    def edit(self) -> None:
        self._count += 1
        self._file.write_bytes(self._text + b"\nEDITED = %d\n" % self._count)

    def edit_body(self) -> None:
        """Another first statement in the body of the first task; of a file without one, as `edit`."""
        self._count += 1
        marks = [place for mark in TASK_MARKS if (place := self._text.find(mark)) >= 0]
        head = self._text.find(b"def ", min(marks)) if marks else -1
        place = self._text.find(b":\n", head) + 2 if head >= 0 else 1
        if place == 1:
            self.edit()
            return
        below = self._text[place:]
        indent = below[: len(below) - len(below.lstrip(b" \t"))]
        self._file.write_bytes(self._text[:place] + indent + b"print(%d)\n" % self._count + below)

    def restore(self) -> None:
        self._file.write_bytes(self._text)
        os.utime(self._file, ns=self._times)


def commands(part: str, tree: Tree, tools: Tools, environment: Mapping[str, str], editor: Editor) -> list[Command]:
    """The commands of one part, in the order in which they take turns. The interpreter alone is always among them: it is the unit."""
    kind = {"cold": COLD, SIZES: COLD, "alone": ALONE, "no-project": ALONE, "verify": VERIFY}.get(part, CACHED)
    whole = part in ("cold", SIZES, "warm", "warm-edited", "warm-body", "verify")
    edited: Callable[[], None] | None = (
        editor.edit if part in ("edited", "warm-edited", "no-project", "verify") else None
    )
    edited = editor.edit_body if part in ("body", "warm-body") else edited
    made = []
    for tool in tools.versions:
        if tool == "flake8 + taskguard" and part not in ("one-file", "edited", "body"):
            continue
        if part in ("warm", "warm-edited", "warm-body", "verify") and tool not in ("python", *KEEPING):
            continue
        asked = kind if tool == "taskguard" or kind in (COLD, CACHED) else CACHED
        target = "." if whole else tree.file
        before = edited if tool != "python" else None
        patience = inf if tool in ALWAYS_REPEATED else PATIENCE
        words = tools.words(tool, asked, target)
        made.append(Command(tool, words, tree.root, environment, before, patience=patience))
    return made
