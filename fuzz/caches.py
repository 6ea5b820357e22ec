"""What is kept between runs, damaged and forged: the answer is that of a run that keeps nothing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz import places
from fuzz.trials import Trial, faulty, run, write
from fuzz.values import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from fuzz.commands import Outcome

    Damage = tuple[str, str, int, bytes]

NUMBER = re.compile(rb"-?\d+")
QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
NUMBERS = (
    b"-1",
    b"0",
    b"-999999999",
    b"99999999999999999999999",
    b"1e400",
    b"NaN",
    b"Infinity",
    b"1.5",
    b"9" * 5000,
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'""',
)
KEEPING = (
    ("check", "--workers", "1", "--output-format", "json"),
    ("check", "--workers", "1", "shop/tasks.py"),
    ("tasks", "--workers", "1", "--output-format", "json"),
    ("verify", "--workers", "1"),
)
TOUCHED = b"\n\n@shared_task(max_retry=3)\ndef added(): ...\n"


class Caches(Trial):
    """A case are damages: file, kind, offset, bytes. Damaged files lack a valid seal, so they must be as good as absent."""

    name = "caches"
    forged = False

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self.folder, self.cache, self.kept = top / "project", top / "cache", top / "kept"
        write(self.folder, {path: text.encode() for path, text in places.project([PLAIN] * places.NUMBER).items()})
        _git(self.folder)
        self._tasks = (self.folder / "shop" / "tasks.py").read_bytes()
        self.wanted = {
            touched: [_said(one) for _, one in self._outcomes(touched, ("--no-cache",))] for touched in (False, True)
        }
        self.cache.mkdir()
        for _ in range(2):
            for touched in (True, False):
                for _, outcome in self._outcomes(touched):
                    assert outcome.code in (0, 1), outcome.err
        shutil.copytree(self.cache, self.kept)
        self.names = sorted(path.relative_to(self.kept).as_posix() for path in self.kept.rglob("*") if path.is_file())

    def _outcomes(self, touched: bool, more: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Outcome]]:
        (self.folder / "shop" / "tasks.py").write_bytes(self._tasks + (TOUCHED if touched else b""))
        for words in KEEPING:
            cache = () if more else ("--cache-dir", str(self.cache)) if words[0] == "check" else ()
            yield words, run([*words, *more, *cache], self.folder)

    def make(self, random: Random) -> list[Damage]:
        made: list[Damage] = []
        for _ in range(random.choice((1, 1, 2, 5))):
            name = random.choice(self.names)
            data = (self.kept / name).read_bytes()
            kind = random.choice(
                ("flip", "cut", "number", "number", "text", "swap", "gone", "empty", "other", "folder", "byte")
            )
            at, new = random.randrange(len(data) + 1), b""
            if kind in ("number", "text"):
                found = [(one.start(), one.end()) for one in (NUMBER if kind == "number" else QUOTED).finditer(data)]
                if not found:
                    continue
                start, end = random.choice(found)
                at, new = (
                    start,
                    b"%d:" % (end - start)
                    + (random.choice(NUMBERS) if kind == "number" else data[slice(*random.choice(found))]),
                )
            elif kind in ("flip", "byte"):
                new = bytes((random.randrange(1, 256),))
            elif kind == "swap":
                new = b"%d" % random.randrange(len(data) + 1)
            elif kind == "other":
                new = random.choice(self.names).encode()
            made.append((name, kind, at, new))
        return made or [(self.names[0], "gone", 0, b"")]

    def judge(self, case: list[Damage]) -> str:
        for touched in (False, True):
            shutil.rmtree(self.cache, ignore_errors=True)
            shutil.copytree(self.kept, self.cache)
            for one in case:
                self._damage(*one)
            for (words, outcome), wanted in zip(self._outcomes(touched), self.wanted[touched]):
                fault = faulty(words, outcome)
                if fault:
                    return fault
                if not self.forged and _said(outcome) != wanted:
                    return f"another answer: taskguard {' '.join(words)}{' after an edit' if touched else ''}"
        return ""

    def _damage(self, name: str, kind: str, at: int, new: bytes) -> None:
        path = self.cache / name
        if path.is_dir() or not path.exists():
            return
        data = path.read_bytes()
        if kind == "flip":
            data = data[:at] + bytes(((data[at] ^ new[0]) if at < len(data) else new[0],)) + data[at + 1 :]
        elif kind == "byte":
            data = data[:at] + new + data[at:]
        elif kind == "cut":
            data = data[:at]
        elif kind in ("number", "text"):
            size, _, text = new.partition(b":")
            data = data[:at] + text + data[at + int(size) :]
        elif kind == "swap":
            first, second = sorted((at, int(new)))
            data = data[:first] + data[second:] + data[first:second]
        elif kind == "empty":
            data = b""
        elif kind == "other":
            data = (self.kept / new.decode()).read_bytes()
        path.unlink()
        if kind == "folder":
            path.mkdir()
        elif kind != "gone":
            path.write_bytes(data)

    def shown(self, case: list[Damage]) -> str:
        return "\n".join(f"{kind} in {name} at {at}: {new!r}" for name, kind, at, new in case)


class Forged(Caches):
    """The same with a seal that everybody could make: what is then believed may be wrong, and must still break nothing."""

    name = "forged"
    forged = True

    def __init__(self, top: Path) -> None:
        with _open_seals():
            super().__init__(top)

    def judge(self, case: list[Damage]) -> str:
        with _open_seals():
            return super().judge(case)


class _open_seals:
    """Seals that are all alike."""

    def __enter__(self) -> None:
        from taskguard.sealing import WIDTH, Seal

        self._check = Seal.check
        Seal.check = lambda self, *parts: b"\0" * WIDTH  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        from taskguard.sealing import Seal

        Seal.check = self._check  # type: ignore[method-assign]


def _said(outcome: Outcome) -> tuple[int, str]:
    return outcome.code, outcome.out


def _git(folder: Path) -> None:
    import subprocess

    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
