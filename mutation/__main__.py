"""`python -m mutation`: changes the code of a room in one place at a time and says which changes the room's own tests do not notice.

python -m mutation                              # a sample of every room, from a seed that is printed
python -m mutation --rooms tasks --number 40    # more of one
python -m mutation --rooms tasks --seed 7       # other ones

A survivor that no test can kill is named in `same.csv`, with a reason. What is left is a test that is missing.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import tomli
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_item import MutationSpec, TestOutcome

from mutation.mutants import sample

HERE = Path(__file__).parent
TOP = HERE.parent
ROOMS: Mapping[str, Any] = tomli.loads((HERE / "rooms.toml").read_text("utf-8"))
PATIENCE = 4


class Verdict(NamedTuple):
    """What became of a mutant. `change` is the line before and after, and where it stands."""

    room: str
    path: str
    line: int
    before: str
    after: str
    outcome: str
    seconds: float

    @property
    def text(self) -> str:
        return (
            f"{self.path}:{self.line}: {self.outcome} after {self.seconds:.0f} s\n  - {self.before}\n  + {self.after}"
        )


def main() -> int:
    """1 where a room's tests let too many mutants live, 2 where they fail as it is."""
    words = arguments()
    same = {
        (one["path"], one["before"], one["after"]) for one in csv.DictReader((HERE / "same.csv").open(encoding="utf-8"))
    }
    rooms = words.rooms.split(",")
    os.chdir(TOP)
    print(f"seed {words.seed}, {words.number} mutants of each of {', '.join(rooms)}", flush=True)
    jobs = [(room, spec) for room in rooms for spec in sample(files(room), words.number, f"{words.seed} {room}")]
    with TemporaryDirectory(prefix="mutation-") as folder:
        # Each process stands in a copy of its own, which it may change.
        queue = get_context("fork").SimpleQueue()
        for number in range(words.workers):
            queue.put(str(copy(Path(folder) / str(number))))
        with ProcessPoolExecutor(words.workers, get_context("fork"), enter, (queue,)) as pool:
            limits = dict.fromkeys(rooms, words.limit) if words.limit else dict(zip(rooms, pool.map(seconds, rooms)))
            if any(limit < 0 for limit in limits.values()):
                return 2
            verdicts: list[Verdict] = []
            for one in pool.map(judged, [(room, spec, limits[room]) for room, spec in jobs]):
                verdicts.append(one)
                if one.outcome != "killed" and (one.path, one.before, one.after) not in same:
                    print(one.text, flush=True)
    return report(verdicts, same, words.least)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m mutation", description="Show mutants of a room to the tests of that room."
    )
    parser.add_argument("--rooms", default=",".join(ROOMS), help=f"which rooms (default: {','.join(ROOMS)})")
    parser.add_argument("--number", type=int, default=12, help="how many mutants of each room (default: %(default)s)")
    parser.add_argument("--seed", default=time.strftime("%Y-%m-%d"), help="which ones (default: those of today)")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="processes (default: as many as processors)"
    )
    parser.add_argument(
        "--least", type=float, default=90.0, help="how many of a hundred have to be noticed (default: %(default)s)"
    )
    parser.add_argument(
        "--limit",
        type=float,
        default=0,
        help="seconds that the tests of a room may take (default: by a first run without a mutant)",
    )
    return parser.parse_args()


def files(room: str) -> list[Path]:
    """The files of a room, from the top of the checkout."""
    return sorted(Path(ROOMS[room].get("folder", f"taskguard/project/{room}")).rglob("*.py"))


def copy(place: Path) -> Path:
    """A copy of what git knows of this checkout, and of what it does not know yet."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=TOP, capture_output=True, text=True, check=True)  # fmt: skip
    for name in listed.stdout.split("\0"):
        if name and (TOP / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, place / name)
    return place


def enter(queue: Any) -> None:
    """Makes a copy the folder of this process, and the code that tests and the commands that they start import."""
    place = queue.get()
    os.chdir(place)
    os.environ["PYTHONPATH"] = place


def command(room: str) -> list[str]:
    """How the tests of a room are run."""
    suites = ROOMS[room].get("suites")
    tests = [*ROOMS[room]["tests"], *(["tests/test_suites.py"] if suites else []), *ROOMS[room].get("last", ())]
    words = f"(not test_suites or {suites or 'no_such_test'}) and not ({ROOMS[room].get('without', 'no_such_test')})"
    return [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests, "-k", words]


def seconds(room: str) -> float:
    """How long the tests of a room may take; less than nothing where they fail."""
    began = time.monotonic()
    done = subprocess.run(command(room), capture_output=True, text=True, check=False)
    took = time.monotonic() - began
    print(f"{room}: {done.stdout.strip().splitlines()[-1]}", flush=True)
    if done.returncode:
        print(done.stdout[-3000:])
    return -1 if done.returncode else took * PATIENCE + 30


def judged(job: tuple[str, MutationSpec, float]) -> Verdict:
    """Shows one mutant to the tests of its room."""
    import shlex

    room, spec, limit = job
    began = time.monotonic()
    result = mutate_and_test([spec], shlex.join(command(room)), limit)
    outcome = result.test_outcome.value if isinstance(result.test_outcome, TestOutcome) else "no mutant"
    changed = [line for line in (result.diff or "").splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    before, after = (" ".join(line[1:].strip() for line in changed if line[0] == mark) for mark in "-+")
    return Verdict(room, str(spec.module_path), spec.start_pos[0], before, after, outcome, time.monotonic() - began)


def report(verdicts: Iterable[Verdict], same: set[tuple[str, str, str]], least: float) -> int:
    """The table by room."""
    code = 0
    held: dict[str, list[Verdict]] = {}
    for one in verdicts:
        if one.outcome in ("survived", "killed") and (one.path, one.before, one.after) not in same:
            held.setdefault(one.room, []).append(one)
    for room, ones in held.items():
        killed = sum(one.outcome == "killed" for one in ones)
        share = 100 * killed / len(ones)
        print(
            f"{room}: {killed} of {len(ones)} noticed, {share:.0f} %{'' if share >= least else f', which is below {least:.0f}'}"
        )
        code |= share < least
    return code


if __name__ == "__main__":
    sys.exit(main())
