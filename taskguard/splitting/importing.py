"""Old and new paths imported by the user's own interpreter, where that is asked for: this runs the code of the project."""

from __future__ import annotations

import os
import sys

from taskguard.errors import UserError
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SECONDS = 300
SCRIPT = """
import json, os, sys
if os.environ.get("DJANGO_SETTINGS_MODULE"):
    import django
    django.setup()
import importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
try:
    from celery import current_app
    tasks = sorted(name for name in current_app.tasks if not name.startswith("celery."))
except ImportError:
    tasks = []
print("\\n" + json.dumps(tasks))
"""


class Imported(Record):
    """`tasks` are the names in the registry, `error` is the last line of what went wrong."""

    tasks: tuple[str, ...]
    error: str = ""


def interpreter(root: str, named: str) -> str:
    """The Python of the project: the one that is named, of the environment that is active, or in the project's folder. Raises UserError."""
    if named:
        return named
    script = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    for folder in (os.environ.get("VIRTUAL_ENV"), os.path.join(root, ".venv"), os.path.join(root, "venv")):
        if folder and os.path.isfile(os.path.join(folder, script)):
            return os.path.join(folder, script)
    if sys.prefix != sys.base_prefix:
        return sys.executable
    raise UserError("--check-imports finds no environment of the project; name its Python: --check-imports=PATH")


def imported(python: str, folder: str, names: Iterable[str]) -> Imported:
    """What importing modules in a fresh process gives; `folder` is what their names count from. Raises UserError."""
    import json
    import subprocess

    path = os.pathsep.join(part for part in (folder, os.environ.get("PYTHONPATH", "")) if part)
    try:
        done = subprocess.run(
            [python, "-B", "-c", SCRIPT, *names], cwd=folder, env={**os.environ, "PYTHONPATH": path}, timeout=SECONDS,
            capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except OSError as error:
        raise UserError(f"--check-imports cannot run {python}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        return Imported((), f"it takes more than {SECONDS} seconds")
    if done.returncode:
        said = done.stderr.strip().splitlines()
        return Imported((), said[-1] if said else f"exit code {done.returncode}")
    return Imported(tuple(json.loads(done.stdout.strip().splitlines()[-1])))


def differing(before: Imported, python: str, folder: str, old: str, new: Iterable[str]) -> list[str]:
    """What is wrong after a split: modules that cannot be imported, first of all or after the old path, and tasks that have come or gone."""
    said: list[str] = []
    for name in (old, *new):
        found = imported(python, folder, (name,))
        if found.error:
            said.append(f"{name} cannot be imported: {found.error}")
        elif name == old and found.tasks != before.tasks:
            gone, come = (
                sorted(set(one) - set(other))
                for one, other in ((before.tasks, found.tasks), (found.tasks, before.tasks))
            )
            said += [f"Celery has no task {task} any more" for task in gone] + [
                f"Celery has a task {task} more" for task in come
            ]
    return said
