"""What a check of one file loads and how many instructions it takes, held against `startup.json`.

Times are noisy, instructions are not: `python -m benchmarks.startup` fails where they have grown by more than a fourth, or where a module
is loaded that was not before. `--update` writes what it finds as the new measure. Instructions need valgrind; without it they are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any

from benchmarks.tools import TASKGUARD, environment

FILE = Path(__file__).with_name("startup.json")
UPDATE = "python -m benchmarks.startup --update"
TOLERANCE = 1.25
TEXT = "from celery import shared_task\n\n\n@shared_task(bind=True)\ndef send():\n    return {number}\n"
# What is asked, and whether the file is edited before.
SCENARIOS: dict[str, tuple[list[str], bool]] = {
    "version": (["--version"], False),
    "unchanged": (["check", "--exit-zero", "tasks.py"], False),
    "edited": (["check", "--exit-zero", "tasks.py"], True),
    "no-project": (["check", "--exit-zero", "--no-project", "tasks.py"], True),
}
LOADED = "import atexit, sys\natexit.register(lambda: print('\\n' + ' '.join(sys.modules), file=sys.__stdout__))\n"
# Seconds after which what is seen of a folder is believed: a margin above the engine's own two.
AGE = 2.5
COLLECTED = re.compile(r"Collected : (\d+)")


class Project:
    """A project of one file below `folder`, with a cache of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        (self.root / ".git").mkdir(parents=True)
        self._file = self.root / "tasks.py"
        self._number = 0
        self._environment = {**environment(folder), "PYTHONHASHSEED": "0"}
        self._scripts = {"plain": folder / "run_taskguard.py", "loaded": folder / "loaded_modules.py"}
        self._scripts["plain"].write_text(TASKGUARD, "utf-8")
        self._scripts["loaded"].write_text(LOADED + TASKGUARD, "utf-8")
        self._edit()
        sleep(AGE)  # before that the listing of the folder is not kept, and some later run would write it
        for words, _ in SCENARIOS.values():  # byte code and everything that is kept are there from now on
            self._run([sys.executable, str(self._scripts["plain"]), *words])

    def _edit(self) -> None:
        """Another text, old enough that what is said of it may be kept."""
        self._number += 1
        self._file.write_text(TEXT.format(number=self._number), "utf-8")
        os.utime(self._file, (1_600_000_000 + self._number,) * 2)

    def _run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=self.root, env=self._environment, capture_output=True, text=True, check=True)

    def _command(self, scenario: str, script: str) -> list[str]:
        words, edited = SCENARIOS[scenario]
        if edited:
            self._edit()
        else:
            self._run([sys.executable, str(self._scripts[script]), *words])
        return [sys.executable, str(self._scripts[script]), *words]

    def modules(self, scenario: str) -> list[str]:
        """The modules that are loaded beyond those that the interpreter loads for itself.

        An edited file is judged: which rooms and rules that takes is no matter of start-up, what they bring with them is.
        """
        bare = set(self._run([sys.executable, "-c", LOADED]).stdout.split())
        loaded = set(self._run(self._command(scenario, "loaded")).stdout.splitlines()[-1].split())
        own = {name for name in loaded if name.partition(".")[0] == "taskguard"}
        return sorted(filter(_public, loaded - bare - (own if SCENARIOS[scenario][1] else set())))

    def instructions(self) -> dict[str, float]:
        """Millions of instructions: of the interpreter alone (`pass`), and beyond that of each scenario."""
        alone = self._count([sys.executable, "-c", "pass"])
        counts = {name: round(self._count(self._command(name, "plain")) - alone, 1) for name in SCENARIOS}
        return {"pass": round(alone, 1), **counts}

    def _count(self, words: Sequence[str]) -> float:
        done = self._run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *words])
        found = COLLECTED.search(done.stderr)
        if found is None:
            raise ValueError(f"valgrind counts nothing: {done.stderr[-500:]}")
        return int(found[1]) / 1e6


def _public(name: str) -> bool:
    """Whether a module is more than an inner part of another one, which each version of Python cuts in its own way."""
    return not name.startswith(("_", "sre_")) and "._" not in name


def version() -> str:
    return "{}.{}".format(*sys.version_info)


def measured(folder: Path) -> dict[str, Any]:
    """What `startup.json` holds, as it is now on this interpreter."""
    project = Project(folder)
    found: dict[str, Any] = {"imports": {name: project.modules(name) for name in SCENARIOS}}
    if shutil.which("valgrind"):
        found["instructions"] = {version(): project.instructions()}
    return found


def new_imports(now: Mapping[str, Sequence[str]], agreed: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The modules that are loaded and were not before."""
    for scenario, names in now.items():
        if fresh := sorted(set(names) - set(agreed[scenario])):
            yield f"{scenario}: now loads {', '.join(fresh)}"


def grown(now: Mapping[str, float], agreed: Mapping[str, float]) -> Iterator[str]:
    """The scenarios that take many more instructions than before, as a share of those of the interpreter: builds of it differ."""
    for scenario in SCENARIOS:
        share, before = now[scenario] / now["pass"], agreed[scenario] / agreed["pass"]
        if share > before * TOLERANCE:
            yield f"{scenario}: {share:.2f} times the interpreter's own instructions, it was {before:.2f}"


def main(argv: Sequence[str] | None = None) -> int:
    """Compares or updates. Gives 1 where something has grown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__.partition("\n")[0])
    parser.add_argument("--update", action="store_true", help="take what is found as the new measure")
    update = parser.parse_args(argv).update
    agreed = json.loads(FILE.read_text("utf-8"))
    with TemporaryDirectory() as folder:
        now = measured(Path(folder))
    if update:
        counts = {**agreed["instructions"], **now.get("instructions", {})}
        text = json.dumps({"instructions": counts, "imports": now["imports"]}, indent=2, sort_keys=True)
        FILE.write_text(text + "\n", "utf-8")
        return 0
    problems = [*new_imports(now["imports"], agreed["imports"])]
    if "instructions" not in now:
        print("instructions are not counted: there is no valgrind")
    elif version() not in agreed["instructions"]:
        print(f"instructions are not compared: none are known for Python {version()}; {UPDATE}")
    else:
        problems += grown(now["instructions"][version()], agreed["instructions"][version()])
        print("millions of instructions:", ", ".join(f"{k} {v}" for k, v in now["instructions"][version()].items()))
    if problems:
        print(*problems, f"where that is meant to be: {UPDATE}", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
