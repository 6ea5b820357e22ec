"""God files as texts, split in memory, and generated modules imported: what the tests of splitting share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from taskguard.splitting.god import God, User, god_of
from taskguard.splitting.plan import Plan, PlannedModule
from taskguard.splitting.write import Split, split


def god(text: str, *, used: tuple[str, ...] = (), path: str = "shop/tasks.py", limit: int = 600) -> God:
    """The god file `shop.tasks` with this text; `used` are names that others use."""
    outside = {name: (User("shop/views.py", 1, "imports it"),) for name in used}
    name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
    return god_of(dedent(text), path, name, package, limit=limit).replace(outside=outside)


def plan(**modules: str) -> Plan:
    """Modules of `shop/parts` by the names that they take."""
    return Plan(
        "shop/tasks.py",
        "shop/parts",
        tuple(
            PlannedModule(f"shop/parts/{name}.py", f"About {name}.", tuple(words.split()))
            for name, words in modules.items()
        ),
    )


def parted(text: str, *, used: tuple[str, ...] = (), **modules: str) -> Split:
    """A god file split into modules."""
    return split(god(text, used=used), plan(**modules), comment=False)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Files into a folder."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8", newline="")


def run(folder: Path, code: str) -> str:
    """What a fresh Python prints in a folder. It fails where that fails."""
    done = subprocess.run([sys.executable, "-c", dedent(code)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
