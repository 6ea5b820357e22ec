"""What a team already had and has agreed to work off: findings that `check` hides, and that may only get fewer.

The file is sorted, with one entry a line, so that two branches merge. An entry names its finding by code, path, subject
and a fingerprint of what is said; lines do not count, for they move. What a rule measures is kept beside it: it may
fall, never rise.
"""

from __future__ import annotations

import os
import re

from taskguard.discovery.markers import BASELINE
from taskguard.errors import UserError
from taskguard.patterns import regex
from taskguard.reading import read_text, why
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import Any

    from taskguard.diagnostics import Diagnostic

    Key = tuple[str, str, str, str]

SCHEMA = 1
WHAT = "taskguard baseline"
REMEDY = "`taskguard baseline --add` writes it anew"
PLACE = regex(r":\d+|\blines? \d+")


class Entry(Record):
    """One finding that was there. Field order is sort order; `symbol` is "" and `measure` 0 where there is none."""

    path: str
    code: str
    symbol: str
    fingerprint: str
    measure: int = 0

    @property
    def key(self) -> Key:
        """What a finding must agree in to be this one."""
        return (self.path, self.code, self.symbol, self.fingerprint)


class Moved(Record):
    """A file that has had another path when the baseline was written."""

    path: str
    old: str

    def before(self, one: Diagnostic) -> Diagnostic:
        """A finding in the file as it was said when the file had its old path."""
        message, symbol = one.message.replace(self.path, self.old), one.symbol or ""
        for new, old in self._modules():
            if symbol == new or symbol.startswith(f"{new}."):
                message = re.sub(rf"(?<![\w.]){re.escape(new)}(?!\w)", old.replace("\\", r"\\"), message)
                return one.replace(path=self.old, message=message, symbol=old + symbol[len(new) :])
        return one.replace(path=self.old, message=message)

    def _modules(self) -> Iterator[tuple[str, str]]:
        """The dotted names of the file now and before, from each folder above it that both have; the longest first."""
        new, old = (path.rpartition(".")[0].removesuffix("/__init__").split("/") for path in (self.path, self.old))
        for length in range(min(len(new), len(old))):
            yield ".".join(new[length:]), ".".join(old[length:])
            if new[length] != old[length]:
                return


class Baseline(Record):
    """All entries, sorted. Equal ones stand for as many equal findings. `moved` are the files that had another path then."""

    entries: tuple[Entry, ...]
    moved: tuple[Moved, ...] = ()

    def measures(self, code: str) -> dict[str, int]:
        """The measure of a code by path, of files that moved by the new one."""
        made = {one.path: one.measure for one in self.entries if one.code == code}
        return {**made, **{one.path: made[one.old] for one in self.moved if one.old in made}}


class Applied(Record):
    """`kept` are the findings that no entry answers for. `left` is the baseline without what is mended by now."""

    kept: list[Diagnostic]
    hidden: int
    left: Baseline


def entry(one: Diagnostic, text_of: Callable[[str], str | None]) -> Entry:
    """The entry of a finding. The line it stands on tells it from its like only where it names no subject."""
    from hashlib import sha256

    said = "" if one.measure else PLACE.sub("", one.message)
    if not (one.symbol or one.measure):
        text = (text_of(one.path) or "").replace("\r\n", "\n").replace("\r", "\n")
        lines = text.split("\n")[one.line - 1 : one.line]
        said += "\n" + "".join(lines).strip()
    digest = sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16] if said else ""
    return Entry(one.path, one.code, one.symbol or "", digest, one.measure)


def identity(one: Entry, nth: int) -> str:
    """What tells a finding from all others, whatever line it stands on: the `nth` of equal ones, from 0."""
    from hashlib import sha256

    return sha256("\0".join((*one.key, str(nth))).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def collected(found: Iterable[Diagnostic], text_of: Callable[[str], str | None]) -> Baseline:
    """The baseline of these findings."""
    return Baseline(tuple(sorted(entry(one, text_of) for one in found)))


def apply(
    baseline: Baseline, found: list[Diagnostic], text_of: Callable[[str], str | None], decided: Callable[[Entry], bool]
) -> Applied:
    """Hides what the baseline has. `decided` says whether this run would have found what an entry stands for.

    Where more is found than agreed to, all of it shows: nobody can tell which is the new one.
    """
    recorded = _grouped(baseline.entries)
    paths = {one.path for one in baseline.entries}
    moved = {one.path: one for one in baseline.moved}
    now = {one.old: one.path for one in baseline.moved}
    current: dict[Key, list[tuple[Diagnostic, Entry]]] = {}
    for one in found:
        if one.path not in paths and one.path not in moved:
            continue
        made = known = entry(one, text_of)
        if one.path in moved and made.key not in recorded:
            known = entry(moved[one.path].before(one), lambda path, at=one.path: text_of(at))  # type: ignore[misc]
        if known.key in recorded:
            current.setdefault(known.key, []).append((one, made))
    left: list[Entry] = []
    hidden: set[Diagnostic] = set()
    for key, entries in recorded.items():
        pairs = current.get(key, [])
        held = _held(entries, [each for _, each in pairs])
        first = entries[0].replace(path=now.get(entries[0].path, entries[0].path))
        if held is not None and (pairs or decided(first)):
            hidden.update(one for one, _ in pairs)
            left.extend(held)
        else:
            left.extend(entries)
    return Applied([one for one in found if one not in hidden], len(hidden), Baseline(tuple(sorted(left))))


def _grouped(entries: Iterable[Entry]) -> dict[Key, list[Entry]]:
    made: dict[Key, list[Entry]] = {}
    for one in entries:
        made.setdefault(one.key, []).append(one)
    return made


def _held(recorded: list[Entry], current: list[Entry]) -> list[Entry] | None:
    """What remains of equal entries, or None where more is there now, or larger."""
    old = sorted((one.measure for one in recorded), reverse=True)
    new = sorted(current, key=lambda one: one.measure, reverse=True)
    if len(new) > len(old) or any(one.measure > measure for one, measure in zip(new, old)):
        return None
    return new


def gone(baseline: Baseline, left: Baseline) -> tuple[int, int, int]:
    """How many entries can go, how many can have a lower measure, and how many go with a file that has moved."""
    before, after = _grouped(baseline.entries), _grouped(left.entries)
    lower = moved = 0
    for key, entries in after.items():
        if key not in before:
            moved += len(entries)
            continue
        old = sorted((one.measure for one in before[key]), reverse=True)
        lower += sum(one.measure < measure for one, measure in zip(sorted(entries, reverse=True), old))
    return len(baseline.entries) - len(left.entries), lower, moved


def without(baseline: Baseline, paths: Collection[str]) -> Baseline:
    """The entries of all files but these."""
    return baseline.replace(entries=tuple(one for one in baseline.entries if one.path not in paths))


def written(baseline: Baseline) -> str:
    """The text of the file: sorted, one entry a line."""
    import json

    lines = ",\n".join("  " + json.dumps(_row(one)) for one in sorted(baseline.entries))
    inside = f"[\n{lines}\n ]" if lines else "[]"
    return f'{{\n "what": "{WHAT}",\n "schema": {SCHEMA},\n "entries": {inside}\n}}\n'


def _row(one: Entry) -> dict[str, str | int]:
    row: dict[str, str | int] = {
        "path": one.path,
        "code": one.code,
        "symbol": one.symbol,
        "fingerprint": one.fingerprint,
    }
    return {**row, "measure": one.measure} if one.measure else row


def read(root: str) -> Baseline | None:
    """The baseline of the project at `root`, None where there is none. Raises UserError as `parsed` does."""
    file = os.path.join(root, BASELINE)
    if not os.path.lexists(file):
        return None
    try:
        text = read_text(file)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{BASELINE} cannot be read: {why(error)}") from None
    return parsed(text)


def parsed(text: str) -> Baseline:
    """The baseline that a file's text holds. Raises UserError for one that is damaged or too new."""
    import json

    if text.startswith("<<<<<<<") or "\n<<<<<<<" in text:
        raise UserError(f"{BASELINE} has a merge conflict: take the entries of both sides, or {REMEDY}")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{BASELINE} is damaged: {error}; {REMEDY}") from None
    if not isinstance(data, dict) or data.get("what") != WHAT:
        raise UserError(f"{BASELINE} is no baseline; {REMEDY}")
    if data.get("schema") != SCHEMA:
        raise UserError(f"{BASELINE} has schema {data.get('schema')} and this version reads {SCHEMA}: update taskguard")
    rows = data.get("entries")
    entries = [_entry(row) for row in rows] if isinstance(rows, list) else [None]
    if None in entries:
        raise UserError(f"{BASELINE} is damaged: entry {entries.index(None) + 1} is none; {REMEDY}")
    return Baseline(tuple(sorted(one for one in entries if one is not None)))


def _entry(row: Any) -> Entry | None:
    if not isinstance(row, dict):
        return None
    path, code, symbol, fingerprint = (row.get(name) for name in ("path", "code", "symbol", "fingerprint"))
    measure = row.get("measure", 0)
    if not all(isinstance(word, str) for word in (path, code, symbol, fingerprint)) or not isinstance(measure, int):
        return None
    return Entry(str(path), str(code), str(symbol), str(fingerprint), measure)


def save(root: str, baseline: Baseline) -> None:
    """Writes the file of the project at `root`, as a whole or not at all. Raises UserError where that is impossible."""
    file = os.path.join(root, BASELINE)
    fresh = f"{file}.{os.getpid()}"
    try:
        with open(fresh, "w", encoding="utf-8", newline="\n") as opened:
            opened.write(written(baseline))
        os.replace(fresh, file)
    except OSError as error:
        raise UserError(f"cannot write {BASELINE}: {error.strerror}") from None
