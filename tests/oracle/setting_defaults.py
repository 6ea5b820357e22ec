"""Writes taskguard/project/celery/setting_defaults.py: what each setting is where nobody sets it.

`python tests/oracle/setting_defaults.py PYTHON…` asks each of these interpreters for the defaults of the Celery that it has.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

TABLE = Path(__file__).parents[2] / "taskguard" / "project" / "celery" / "setting_defaults.py"
# Old releases of vine, which old releases of Celery need, ask for what newer Pythons have no more.
ASKED = """
import inspect, json
for name in ("formatargspec", "getargspec"):
    if not hasattr(inspect, name): setattr(inspect, name, None)
import celery
from celery.app import defaults
found = {}
for name, option in defaults.flatten(defaults.NAMESPACES):
    value = option.default
    value = value.total_seconds() if hasattr(value, "total_seconds") else list(value) if isinstance(value, tuple) else value
    if value != float("inf"): found[name] = value
print(json.dumps([celery.__version__, found]))
"""
HEAD = '''"""What each setting is where nobody sets it: in turn, where versions differ. Spans of time are in seconds.

Written by tests/oracle/setting_defaults.py from celery/app/defaults.py of {versions}.
"""

from __future__ import annotations

DEFAULTS: dict[str, tuple[object, ...]] = {{
'''


def defaults_of(python: str) -> tuple[str, dict[str, object]]:
    """The version of Celery that an interpreter has, and the default of each setting."""
    done = subprocess.run([python, "-W", "ignore", "-c", ASKED], capture_output=True, text=True, check=True)
    version, found = json.loads(done.stdout)
    return version, found


def table(pythons: Iterable[str]) -> str:
    """The text of the module."""
    asked = sorted((defaults_of(one) for one in pythons), key=lambda one: [int(part) for part in one[0].split(".")])
    made: dict[str, list[object]] = {}
    for _, found in asked:
        for name, value in found.items():
            if value not in made.setdefault(name, []):
                made[name].append(value)
    lines = [f"    {json.dumps(name)}: {tuple(values)!r}," for name, values in sorted(made.items())]
    return HEAD.format(versions=", ".join(version for version, _ in asked)) + "\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    TABLE.write_text(table(sys.argv[1:] or [sys.executable]))
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", TABLE], check=True)
