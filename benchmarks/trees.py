"""Makes trees like those of Django projects with Celery: the same bytes each time, of about as many lines as asked for.

One file in some thirty declares tasks; every fourth app has split its tasks and keeps a facade.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random

from benchmarks import texts

# Changing what a tree holds needs another number: trees are kept between runs.
VERSION = 2
STAMP = ".made-by-benchmarks"
NAMES = ("order", "invoice", "parcel", "customer", "ticket", "voucher", "shelf", "review", "refund", "letter")
QUEUES = ("default", "mail", "reports")
# The files of one app beside its tasks: kind and number.
KINDS = (
    ("models", 4), ("views", 6), ("forms", 3), ("services", 6), ("admin", 1), ("migrations", 4), ("tests", 8),
)  # fmt: skip
# The blocks of a file: most are short, some are long, a few are very long.
BLOCKS = (4, 8, 10, 12, 16, 18, 20, 24, 26, 28, 30, 31, 56)
TASKS = (2, 4, 6, 8, 12)
SMALLEST_APP = 300
# What has just been written may change again without a sign, so tools that keep something distrust it.
WRITTEN = 1_600_000_000


def tree(folder: Path, lines: int) -> Path:
    """A tree of about `lines` lines below `folder`, made where it is not there yet."""
    root = folder / f"generated-{lines}"
    stamp = root / STAMP
    if stamp.is_file() and stamp.read_text("utf-8") == str(VERSION):
        return root
    shutil.rmtree(root, ignore_errors=True)
    make(root, lines)
    stamp.write_text(str(VERSION), "utf-8")
    return root


def make(root: Path, lines: int) -> None:
    """Writes a tree of about `lines` lines, at least one app."""
    apps: list[tuple[str, str]] = []
    left = lines
    while not apps or left > SMALLEST_APP:
        number = len(apps)
        app, name = f"{NAMES[number % len(NAMES)]}s_{number}", NAMES[number % len(NAMES)]
        left -= _app(root / "apps" / app, app, name, number, left)
        apps.append((app, name))
    _frame(root, apps)


def _frame(root: Path, apps: list[tuple[str, str]]) -> None:
    beat = "".join(
        texts.BEAT_ENTRY.format(app=app, name=name, hour=number % 24, minute=number % 60)
        for number, (app, name) in enumerate(apps)
    )
    installed = "".join(f'    "apps.{app}",\n' for app, _ in [("core", ""), *apps])
    files = {
        ".gitignore": f"__pycache__/\n{STAMP}\n",
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n',
        "manage.py": texts.MANAGE,
        "config/__init__.py": 'from config.celery import app\n\n__all__ = ["app"]\n',
        "config/celery.py": texts.CELERY,
        "config/settings.py": texts.SETTINGS.format(apps=installed, beat=beat),
        "apps/__init__.py": "",
        "apps/core/__init__.py": "",
        "apps/core/base.py": texts.BASE,
        "apps/core/tasks.py": texts.CORE,
    }
    for path, text in files.items():
        write(root / path, text)


def _app(folder: Path, app: str, name: str, number: int, most: int) -> int:
    """Writes the files of one app until there are `most` lines. Gives their number."""
    random = Random(number)
    written = write(folder / "__init__.py", "")
    for path, text in _tasks(app, name, number, random):
        written += write(folder / path, text)
    for kind, count in KINDS:
        for place in range(count):
            if written >= most and place:
                break
            below = f"{kind}/" if kind in ("migrations", "tests") else ""
            stem = f"test_{place}" if kind == "tests" else f"{place:04}_change" if below else f"{kind}_{place}"
            if below and not place:
                write(folder / below / "__init__.py", "")
            blocks = random.choice(BLOCKS) if place or kind != "models" else 6
            written += write(folder / f"{below}{stem}.py", _text(kind, app, name, range(blocks), random))
    return written


def _tasks(app: str, name: str, number: int, random: Random) -> list[tuple[str, str]]:
    count = random.choice(TASKS)
    if number % 4:
        return [("tasks.py", _text("tasks", app, name, range(count), random))]
    parts = (("jobs/first.py", range(count // 2)), ("jobs/second.py", range(count // 2, count)))
    names = [f"{name}_job_{one}" for one in range(count)]
    facade = "".join(
        f"from apps.{app}.{path[:-3].replace('/', '.')} import {', '.join(names[one] for one in held)}\n"
        for path, held in parts
    )
    listed = ", ".join(f'"{one}"' for one in names)
    return [
        ("tasks.py", f"{facade}\n__all__ = [{listed}]\n"),
        ("jobs/__init__.py", ""),
        *((path, _text("tasks", app, name, held, random)) for path, held in parts),
    ]


def _text(kind: str, app: str, name: str, blocks: range, random: Random) -> str:
    words = {"app": app, "name": name, "Name": name.title()}
    block = texts.BLOCKS[kind]
    made = (block.format(n=n, m=random.randrange(100, 1000), queue=QUEUES[n % len(QUEUES)], **words) for n in blocks)
    return texts.HEADS[kind].format(**words) + "".join(made)


def write(path: Path, text: str) -> int:
    """Writes a file and the folders above it. Gives the number of its lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", newline="\n")
    os.utime(path, (WRITTEN, WRITTEN))
    return text.count("\n")
