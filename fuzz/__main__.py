"""`python -m fuzz`: makes odd inputs for so long, and prints each fault that it finds, made small, with the seed that made it.

python -m fuzz --minutes 60                 # all kinds in turn, from a seed that is printed
python -m fuzz --kinds values,caches        # some
python -m fuzz --kinds values --seeds 4711  # one case again
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz.caches import Caches, Forged
from fuzz.configurations import Settings
from fuzz.documents import Documents
from fuzz.sources import Sources, Trees
from fuzz.trials import Trial, minimal
from fuzz.values import Values
from fuzz.words import Commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KINDS: dict[str, Callable[[Path], Trial]] = {
    "values": Values,
    "bytes": partial(Sources, name="bytes"),
    "tokens": partial(Sources, name="tokens"),
    "lines": partial(Sources, name="lines"),
    "trees": Trees,
    "settings": Settings,
    "documents": Documents,
    "commands": Commands,
    "caches": Caches,
    "forged": Forged,
}
KEPT = Path(__file__).parent / "seeds.txt"


def main() -> int:
    """Exit code 1 where something was found."""
    words = arguments()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as top:
        # What the runs keep for themselves lies there, too.
        os.environ.update(XDG_CACHE_HOME=str(Path(top) / "home"), TMPDIR=top)
        os.environ.pop("TASKGUARD_CACHE_DIR", None)
        tempfile.tempdir = None
        return search(Path(top), words)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m fuzz", description="Feed odd inputs to every command of taskguard."
    )
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to go on (default: 5)")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"what to make, in turn (default: {','.join(KINDS)})")
    parser.add_argument("--seed", type=int, default=None, help="the first seed (default: the time)")
    parser.add_argument("--seeds", default="", help="these seeds and no others, for each kind")
    parser.add_argument("--no-kept", action="store_true", help="leave out the seeds that found something once")
    return parser.parse_args()


def search(top: Path, words: argparse.Namespace) -> int:
    """Tries cases until the time is up."""
    kinds = words.kinds.split(",")
    trials: dict[str, Trial] = {}
    found: dict[str, str] = {}
    tried: Counter[str] = Counter()
    end = time.monotonic() + words.minutes * 60
    for kind, seed in cases(kinds, words):
        if time.monotonic() > end and not words.seeds:
            break
        if kind not in trials:
            trials[kind] = KINDS[kind](top / kind)
        case = trials[kind].make(random.Random(f"{kind} {seed}"))
        tried[kind] += 1
        fault = trials[kind].judge(case)
        if fault and fault not in found:
            found[fault] = f"{kind} {seed}"
            small = minimal(trials[kind], case, fault)
            print(f"\n{kind} {seed}: {fault}\n{trials[kind].shown(small)}", flush=True)
    done = ", ".join(f"{number} {kind}" for kind, number in tried.items())
    print(f"\n{sum(tried.values())} cases ({done}): {len(found)} {'fault' if len(found) == 1 else 'faults'}")
    for fault, maker in found.items():
        print(f"  {maker}: {fault}")
    return 1 if found else 0


def cases(kinds: list[str], words: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Kinds and seeds in the order in which they are tried: the kept ones first."""
    if words.seeds:
        yield from ((kind, int(seed)) for seed in words.seeds.split(",") for kind in kinds)
        return
    if not words.no_kept:
        yield from ((kind, seed) for kind, seed in kept() if kind in kinds)
    first = int(time.time()) if words.seed is None else words.seed
    print(f"from seed {first}", flush=True)
    seed = first
    while True:
        yield from ((kind, seed) for kind in kinds)
        seed += 1


def kept() -> list[tuple[str, int]]:
    """The seeds that found something once."""
    made = []
    for line in KEPT.read_text("utf-8").splitlines():
        kind, _, seed = line.partition("#")[0].strip().partition(" ")
        if kind:
            made.append((kind, int(seed)))
    return made


if __name__ == "__main__":
    sys.exit(main())
