"""`python -m benchmarks --commits FOLDER… [N]`: replays the last N commits of repositories, and takes what a hook and a run of all files cost after each.

The state before a commit is checked until nothing is new; then the files become those of the commit. A hook is asked about them, and the
whole tree, from what the run before has kept. The unit is `python -c pass`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import tools
from benchmarks.measuring import Command, run
from benchmarks.why import KEPT

# What a checkout holds: large files may be missing from a copy of a repository, and nobody asks for them.
PATTERNS = (
    "*.py",
    "*.pyi",
    "*.toml",
    "*.cfg",
    "*.ini",
    "*.txt",
    "*.yml",
    "*.yaml",
    "Procfile*",
    "Dockerfile*",
    ".gitignore",
    "*.sh",
    "*.lock",
)
# A file that is younger than this many seconds may change without a sign: nothing of it is kept.
SETTLED = 2.1
REPEAT = 2


class Replayed(NamedTuple):
    """One commit: its Python files, what a hook and a run of the whole tree took beside `python -c pass`, and why each judged anew."""

    commit: str
    files: int
    hook: float
    whole: float
    hook_why: str
    whole_why: str


def replay(folder: Path, number: int, work: Path) -> list[Replayed]:
    """The last commits of a repository that touch Python files, without merges, from the oldest on."""
    tree = work / "commits" / name_of(folder)
    shutil.rmtree(tree, ignore_errors=True)
    tree.parent.mkdir(parents=True, exist_ok=True)
    source = next((one for one in (folder, folder / "repo") if (one / "HEAD").exists()), folder)
    _git(tree.parent, "clone", "-q", "--shared", "--no-checkout", str(source), tree.name)
    _git(tree, "sparse-checkout", "set", "--no-cone", *PATTERNS)
    commits = _git(tree, "rev-list", "--no-merges", "--min-parents=1", f"-n{number}", "HEAD", "--", "*.py").split()
    environment = tools.environment(work)
    cache, kept = work / "caches" / "replayed", work / "caches" / "kept"
    environment["TASKGUARD_CACHE_DIR"] = str(cache)
    shutil.rmtree(cache, ignore_errors=True)
    script = work / "scripts" / "run_taskguard.py"

    def check(*words: str) -> Command:
        quiet = ["check", "--quiet", "--exit-zero", "--output-format", "concise"]
        return Command("taskguard", [sys.executable, str(script), *quiet, *words], tree, environment)

    def restored() -> None:
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(kept, cache)

    def after(*words: str) -> tuple[float, str]:
        command = check(*words)._replace(before=restored)
        took = min(run(command).cpu for _ in range(REPEAT))
        restored()
        asked = [sys.executable, "-m", "benchmarks.why", *command.words[2:]]
        said = subprocess.run(asked, cwd=tree, env=environment, capture_output=True, text=True, check=False).stderr
        return took, said.strip().rpartition("\n")[2]

    made: list[Replayed] = []
    for commit in reversed(commits):
        _git(tree, "checkout", "-q", "-f", f"{commit}^")
        time.sleep(SETTLED)
        for _ in range(2):
            run(check("."))
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(cache, kept)
        _git(tree, "read-tree", "-m", "-u", "HEAD", commit)
        names = _git(tree, "diff", "--name-only", "--diff-filter=d", "HEAD", commit, "--", "*.py", "*.pyi").splitlines()
        unit = min(run(Command("python", [sys.executable, "-c", "pass"], tree, environment)).cpu for _ in range(5))
        hook, hook_why = after("--force-exclude", "--hook", *names)
        whole, whole_why = after(".")
        made.append(Replayed(commit[:9], len(names), hook / unit, whole / unit, hook_why, whole_why))
        print(*made[-1], sep="\t", file=sys.stderr, flush=True)
    return made


def name_of(folder: Path) -> str:
    """The name of a repository: a bare one may lie in a folder that has it."""
    return folder.parent.name if folder.name == "repo" else folder.name


def page(measured: dict[str, list[Replayed]]) -> str:
    """The tables: a row for each project, and what made runs judge anew, by how often."""
    lines = [
        "| project | commits | hook: from what is kept | median | worst | whole tree: from what is kept | median | worst |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_row(name, rows) for name, rows in measured.items()),
    ]
    every = [one for rows in measured.values() for one in rows]
    if len(measured) > 1:
        lines.append(_row("all", every))
    for title, whys in (("hook", (one.hook_why for one in every)), ("whole tree", (one.whole_why for one in every))):
        lines += [
            "",
            f"Why a run judged anew ({title}):",
            "",
            "| commits | first thing that differed |",
            "| --- | --- |",
        ]
        lines += [f"| {times} | {why} |" for why, times in counted(whys)]
    return "\n".join(lines) + "\n"


def counted(whys: Iterable[str]) -> list[tuple[str, int]]:
    """What made runs judge anew, the most frequent first, without names of files."""
    return Counter(why.partition(" @ ")[0] for why in whys if why != KEPT).most_common()


def _row(name: str, rows: Sequence[Replayed]) -> str:
    cells = [name, str(len(rows))]
    for ratios, whys in (
        ([one.hook for one in rows], [one.hook_why for one in rows]),
        ([one.whole for one in rows], [one.whole_why for one in rows]),
    ):
        share = whys.count(KEPT) / max(len(whys), 1)
        cells += [f"{share:.0%}", f"{median(ratios):.1f}" if ratios else "-", f"{max(ratios, default=0):.0f}"]
    return f"| {' | '.join(cells)} |"


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def main(folders: Sequence[str], work: Path) -> int:
    """Replays, and prints the tables. The last of `folders` may be the number of commits."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    number = int(folders[-1]) if folders[-1].isdigit() else 25
    chosen = [Path(one).resolve() for one in folders if not one.isdigit()]
    tools.find(None, work, ("python", "taskguard"))
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(tools.REPOSITORY / "taskguard")], check=False)
    print(page({name_of(one): replay(one, number, work) for one in chosen}))
    return 0
