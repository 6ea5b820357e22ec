"""Runs claims: a process that has loaded Celery is forked for each example, so that each has a Celery that nothing has used."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable
from pathlib import Path

from celery_facts.claims import HERE, Claim, claims_of

# How many examples run side by side: most of them wait for a worker.
TOGETHER = 6
PATIENCE = 60.0

Seen = dict[str, str]


def ask(families: Iterable[str], only: str = "") -> list[dict[str, str]]:
    """What is seen of the claims of these families, in a process of its own: a row for each claim with `version`, `rule`, `says`, `wrong`, `right`."""
    path = os.pathsep.join((str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "celery_facts.stage", only, *families]
    done = subprocess.run(command, env=environment, cwd=HERE.parent, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(rows, list)
    return rows


def unlike(family: str) -> list[str]:
    """What is seen otherwise than a family's claims say, with the Celery that is installed."""
    found = []
    for claim, row in zip(claims_of(family), ask([family])):
        for side in ("wrong", "right"):
            if row[side] != (wanted := claim.expected(side, row["version"])):
                found.append(f"{claim.rule} {claim.says} ({side}): not {wanted!r} but {row[side]}")
    return found


def perform(claims: list[Claim]) -> list[dict[str, str]]:
    """Runs the claims here, some at a time."""
    import celery
    import celery.bin.celery
    import celery.bin.worker
    import celery.contrib.testing.tasks
    import celery.worker.consumer

    waiting = [(place, side) for place in range(len(claims)) for side in ("wrong", "right")]
    rows: list[dict[str, str]] = [
        {"version": celery.__version__, "rule": one.rule, "says": one.says, "wrong": "", "right": ""} for one in claims
    ]
    running: dict[int, tuple[int, str, Path, float]] = {}
    while waiting or running:
        while waiting and len(running) < TOGETHER:
            place, side = waiting.pop(0)
            claim = claims[place]
            if lacking := [name for name in claim.needs if importlib.util.find_spec(name) is None]:
                rows[place][side] = f"not run: no {lacking[0]}"
                continue
            folder = Path(tempfile.mkdtemp(prefix="celery-facts-"))
            running[fork(claim, side, folder)] = (place, side, folder, time.monotonic() + PATIENCE)
        for process, (place, side, folder, end) in list(running.items()):
            late = time.monotonic() > end
            if late:
                os.killpg(process, signal.SIGKILL)
            if os.waitpid(process, 0 if late else os.WNOHANG)[0] == process:
                del running[process]
                reap(process)
                answer = folder / "said"
                rows[place][f"{side} took"] = f"{time.monotonic() - end + PATIENCE:.1f}"
                rows[place][side] = answer.read_text("utf-8") if answer.exists() else "nothing: it was ended"
                shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.005)
    return rows


def fork(claim: Claim, side: str, folder: Path) -> int:
    """A process with a session of its own, in which the claim's probe looks at one example."""
    process = os.fork()
    if process:
        return process
    try:
        os.setsid()
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        said = look(claim, side, folder / "example")
        (folder / "unfinished").write_text(said, "utf-8")
        (folder / "unfinished").rename(folder / "said")
    finally:
        os._exit(0)


def look(claim: Claim, side: str, folder: Path) -> str:
    """What the probe sees of one example, whose files lie in the folder."""
    try:
        for path, text in claim.sides()[side].items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        folder.mkdir(exist_ok=True)
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        os.environ |= {"CELERY_BROKER_URL": "memory://", "CELERY_RESULT_BACKEND": "cache+memory://"}
        return claim.probe()
    except BaseException:
        return f"not seen: {traceback.format_exc()}"


def reap(process: int) -> None:
    """Ends what the process has left behind, the processes of a pool."""
    try:
        os.killpg(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def main(arguments: list[str]) -> None:
    only, *families = arguments
    wanted = [claim for family in families for claim in claims_of(family) if claim.rule.startswith(only)]
    print(json.dumps(perform(wanted)))


if __name__ == "__main__":
    main(sys.argv[1:])
