"""Real Python files to begin with: Python's own tests, installed packages, the examples."""

from __future__ import annotations

import sysconfig
from functools import cache
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent.parent
LARGEST = 40_000
PACKAGES = ("celery", "kombu")


@cache
def folders() -> tuple[Path, ...]:
    """The folders of this machine that hold such files."""
    found = [Path(sysconfig.get_path("stdlib")) / "test", HERE / "examples", HERE / "tests" / "projects"]
    for name in PACKAGES:
        spec = find_spec(name)
        found += map(Path, spec.submodule_search_locations or ()) if spec is not None else ()
    return tuple(one for one in found if one.is_dir())


@cache
def files(folder: Path) -> tuple[Path, ...]:
    """The Python files of a folder that are not too large, in one order."""
    return tuple(path for path in sorted(folder.rglob("*.py")) if path.is_file() and 0 < path.stat().st_size < LARGEST)
