"""What is asked of the texts of files about functions that hand on apps and tasks."""

from __future__ import annotations

import re

from taskguard.facts.questions import BodyQuestion
from taskguard.patterns import regex

_BACK = regex(r"([ \t]+)return[ \t]+([A-Za-z_][\w.]*)[ \t]*(?:#.*)?")


@BodyQuestion
def given_back(text: str, first: int, last: int) -> str:
    """The name in the `return` that ends a function, at the depth of its body; empty for anything else."""
    lines = [one for one in text.split("\n")[first - 1 : last] if one.strip()]
    found = _BACK.fullmatch(lines[-1].rstrip("\r")) if lines else None
    outer = _indent(lines[0]) if lines else 0
    depth = min((one for one in map(_indent, lines[1:]) if one > outer), default=0)
    return found[2] if found is not None and len(found[1]) == depth else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@BodyQuestion
def names_one(text: str, first: int, last: int, names: tuple[str, ...]) -> bool:
    """Whether the lines of a function below its first have one of these names, comments left out."""
    word = re.compile(rf"(?<![\w.\"'])(?:{'|'.join(map(re.escape, names))})(?![\w\"'])")
    return any(word.search(line.partition("#")[0]) for line in text.splitlines()[first:last])
