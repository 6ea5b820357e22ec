"""A finding, and what makes it the same finding after the project or the wording of a number has changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

NUMBER = re.compile(r"\d+")
# What every reader knows without looking: how long a file is, and that a task has no name of its own.
LEFT_OUT = frozenset({"TG101", "TG102", "TG103", "TG104", "TG302"})


@dataclass(frozen=True, order=True)
class Finding:
    """One diagnostic of one project. `line` is 1-based; `key` stays the same while lines move."""

    project: str
    path: str
    line: int
    code: str
    message: str
    level: str
    key: str


def findings(project: str, diagnostics: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """The findings in the JSON output of a check, sorted. Equal ones of a file are told apart by their order."""
    made: list[Finding] = []
    seen: Counter[str] = Counter()
    for one in diagnostics:
        text = "\0".join((project, one["code"], one["path"], NUMBER.sub("0", one["message"])))
        seen[text] += 1
        key = blake2b(f"{text}\0{seen[text]}".encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        made.append(Finding(project, one["path"], one["line"], one["code"], one["message"], one["level"], key))
    return sorted(made)


def to_read(made: Iterable[Finding]) -> list[Finding]:
    """The findings that want a reader."""
    return [one for one in made if one.code not in LEFT_OUT]


def counts(made: Iterable[Finding]) -> dict[str, int]:
    """How many findings of each code there are."""
    return dict(sorted(Counter(one.code for one in made).items()))
