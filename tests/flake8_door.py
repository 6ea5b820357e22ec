"""The real flake8 in a process of its own, with our plug-in, and what it prints as diagnostics."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import warm
from taskguard.diagnostics import Diagnostic

FORMAT = "%(path)s\t%(row)d\t%(col)d\t%(code)s\t%(text)s"
WARNING = "warning: "


def flake8(
    folder: Path, *words: str, text: str | None = None, site: Path | None = None, isolated: bool = True
) -> subprocess.CompletedProcess[str]:
    """flake8 in this folder. `text` is standard input, `site` holds further packages. A traceback is an AssertionError."""
    alone = ["--isolated"] if isolated else []
    environment = dict(os.environ)
    if site is not None:
        environment["PYTHONPATH"] = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = warm.flake8(f"--format={FORMAT}", *alone, *words, cwd=folder, text=text or "", environment=environment)
    assert "Traceback" not in done.stderr + done.stdout, done.stderr + done.stdout
    return done


def diagnostics(printed: str) -> Iterator[Diagnostic]:
    """The lines that `flake8` above prints, our own and all others."""
    for line in printed.splitlines():
        path, row, column, code, message = line.split("\t", 4)
        level = "warn" if message.startswith(WARNING) else "error"
        place = (int(row), int(column))
        yield Diagnostic(
            path.removeprefix("./"), *place, code, *place, "", level, None, message.removeprefix(WARNING), ""
        )


def install(site: Path, name: str, code: str) -> None:
    """A package that brings checkers, as an installer leaves it: a module, and what it registers."""
    (site / f"{name}.py").write_text(code)
    info = site / f"{name}-1.2.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[taskguard.checkers]\n{name} = {name}\n")
