"""The tools that are compared: where they are, which version, and the words of their commands for one kind of work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent
# What pip writes for the command `taskguard`.
TASKGUARD = "import sys\nfrom taskguard.cli.main import main\nsys.exit(main())\n"
# flake8 runs every plug-in that is installed beside it; this keeps those of the packages that are named first.
FLAKE8 = """\
import sys
from flake8.main.cli import main
from flake8.plugins import finder

keep = {"flake8", "pyflakes", "pycodestyle", "mccabe", *sys.argv[1].split(",")}
found = finder._find_importlib_plugins
finder._find_importlib_plugins = lambda: (one for one in found() if one.package.lower() in keep)
if __name__ == "__main__":
    sys.exit(main(sys.argv[2:]))
"""
PLUGINS = {"flake8": "", "flake8-pie": "flake8-pie", "flake8 + taskguard": "celery-taskguard"}
NAMES = ("python", "taskguard", "ruff", *PLUGINS, "pylint")
# What a tool is asked for: nothing kept from before, its cache in use, or (taskguard) one file without its project.
COLD, CACHED, ALONE, VERIFY = "cold", "cached", "alone", "verify"
KEEPING = ("taskguard", "ruff", "flake8 + taskguard")


class Tools(NamedTuple):
    """The tools that are there, by name with their version, and why the others are not. `python` runs those written in Python."""

    python: str
    ruff: str | None
    versions: dict[str, str]
    missing: dict[str, str]
    scripts: Path

    def words(self, tool: str, kind: str, target: str) -> list[str]:
        """The command of a tool for some kind of work on a file or folder."""
        if tool == "python":
            return [sys.executable, "-c", "pass"]
        if tool == "taskguard":
            return [sys.executable, str(self.scripts / "run_taskguard.py"), *_taskguard(kind), target]
        if tool == "ruff":
            cache = [] if kind == CACHED else ["--no-cache"]
            rules = ["--isolated", "--quiet", "--exit-zero", "--select", "F401,F822"]
            return [str(self.ruff), "check", *cache, *rules, target]
        if tool == "pylint":
            rules = ["--disable=all", "--enable=too-many-lines", "--max-module-lines=600", "--exit-zero"]
            return [self.python, "-m", "pylint", f"--rcfile={os.devnull}", "-j0", "--recursive=y", *rules, target]
        plugin = [self.python, str(self.scripts / "plain_flake8.py"), PLUGINS[tool] or "flake8"]
        return [*plugin, "--isolated", "--exit-zero", target]


def _taskguard(kind: str) -> list[str]:
    if kind == VERIFY:
        return ["verify", "--quiet", "--exit-zero", "--against", "HEAD"]
    words = {COLD: ["--no-cache"], CACHED: [], ALONE: ["--no-project"]}[kind]
    return ["check", "--quiet", "--exit-zero", "--output-format", "concise", *words]


def find(folder: Path | None, work: Path, wanted: Sequence[str]) -> Tools:
    """The tools in `folder`, beside this interpreter or on PATH."""
    scripts = work / "scripts"
    scripts.mkdir(parents=True, exist_ok=True)
    (scripts / "run_taskguard.py").write_text(TASKGUARD, "utf-8")
    (scripts / "plain_flake8.py").write_text(FLAKE8, "utf-8")
    beside = str(folder) if folder is not None else os.path.dirname(sys.executable)
    python = shutil.which("python", path=beside) or sys.executable
    ruff = shutil.which("ruff", path=beside) or shutil.which("ruff")
    versions = {"python": sys.version.split()[0], "taskguard": _own()}
    missing: dict[str, str] = {}
    for name, package in (
        ("ruff", "ruff"), ("flake8", "flake8"), ("flake8-pie", "flake8-pie"), ("flake8 + taskguard", "celery-taskguard"),
        ("pylint", "pylint"),
    ):  # fmt: skip
        found = _first_line([ruff, "--version"]) if name == "ruff" and ruff else _installed(python, package)
        if found is None:
            missing[name] = f"{package} is not installed"
        else:
            versions[name] = found.rpartition(" ")[2]
    chosen = {name: version for name, version in versions.items() if name in wanted}
    return Tools(python, ruff, chosen, {name: why for name, why in missing.items() if name in wanted}, scripts)


def _own() -> str:
    from taskguard import __version__

    return __version__


def _installed(python: str, package: str) -> str | None:
    """The version of a package beside an interpreter; flake8 and its plug-ins count only where flake8 is there."""
    return _first_line([python, "-c", f"from importlib.metadata import version; print(version({package!r}))"])


def _first_line(words: list[str]) -> str | None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def environment(work: Path) -> dict[str, str]:
    """What all commands run in: caches of their own, this checkout's taskguard, and byte code that is kept."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    path = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    caches = {
        "TASKGUARD_CACHE_DIR": "taskguard", "RUFF_CACHE_DIR": "ruff", "PYLINTHOME": "pylint",
    }  # fmt: skip
    return {
        **kept,
        **{key: str(work / "caches" / name) for key, name in caches.items()},
        "PYTHONPATH": os.pathsep.join(path),
        "NO_COLOR": "1",
    }
