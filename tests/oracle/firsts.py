"""Imports each of some modules first of all, in a process of its own, with stubs for what is not installed; prints as JSON what came of it.

A program of its own: `python firsts.py job.json`. The job has `roots` (import roots), `first` (dotted names), and `old`, the module that is imported
then and whose names are told.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import registry
import stubs


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    for root in reversed(job["roots"]):
        sys.path.insert(0, root)
    registry.versions()
    registry.capture()
    tops = {one.name.removesuffix(".py") for root in job["roots"] for one in Path(root).iterdir()}
    stubs.install(lambda name: name == "celeryconfig" or name.partition(".")[0] in tops)
    gentle = registry.Gentle(job["roots"])
    sys.meta_path.insert(0, gentle)  # type: ignore[arg-type]
    registry.django("")
    made = {}
    for first in job["first"]:
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            with contextlib.redirect_stdout(sys.stderr), os.fdopen(writer, "w") as out:
                json.dump(state(first, job["old"], job["first"], gentle), out)
            os._exit(0)  # threads and handlers that some project started must not keep it
        os.close(writer)
        with os.fdopen(reader) as told:
            text = told.read()
        os.waitpid(child, 0)
        made[first] = json.loads(text) if text else {"failed": {first: "the process ended"}}
    print(json.dumps(made))


def state(first: str, old: str, own: list[str], gentle: Any) -> dict[str, Any]:
    """What failed, the statements that stubs do not suffice for, the names at the old path, and the tasks of these modules."""
    failed = registry.imported([first, old])
    module = sys.modules.get(old)
    try:
        tasks = registry.tasks()
    except Exception:  # an app that is made of stubs
        tasks = {}
    return {
        "failed": failed,
        "left_out": gentle.left_out,
        "names": sorted(name for name in vars(module) if not name.startswith("__")) if module is not None else [],
        "tasks": sorted(name for name, task in tasks.items() if str(task.__module__) in own),
    }


if __name__ == "__main__":
    main()
