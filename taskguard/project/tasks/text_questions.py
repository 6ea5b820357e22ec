"""What is asked of the texts of files about functions that hand on apps and tasks."""

from __future__ import annotations

import re

from taskguard.facts.lines import END, depth_of, lines_between
from taskguard.facts.questions import LinesQuestion
from taskguard.patterns import regex

_BACK = regex(r"([ \t]+)return[ \t]+([A-Za-z_][\w.]*)[ \t]*(?:#.*)?")
_SEVERAL = regex(r"([ \t]+)return[ \t]+\(?([A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)+)[ \t]*,?\)?[ \t]*(?:#.*)?")


@LinesQuestion
def several_given_back(text: str, first: int, last: int) -> tuple[str, ...]:
    """The names in the `return app, celery` that ends a function, as in `given_back`."""
    found = _last_line(text, first, last, _SEVERAL)
    return tuple(one.strip() for one in found[2].split(",")) if found is not None else ()


@LinesQuestion
def given_back(text: str, first: int, last: int) -> str:
    """The name in the `return` that ends a function, at the depth of its body; empty for anything else."""
    found = _last_line(text, first, last, _BACK)
    return found[2] if found is not None else ""


def _last_line(text: str, first: int, last: int, pattern: re.Pattern[str]) -> re.Match[str] | None:
    lines = [one for one in END.split(lines_between(text, first, last)) if one.strip()]
    found = pattern.fullmatch(lines[-1].rstrip("\r")) if lines else None
    outer = depth_of(lines[0]) if lines else 0
    depth = min((one for one in map(depth_of, lines[1:]) if one > outer), default=0)
    return found if found is not None and len(found[1]) == depth else None


@LinesQuestion
def names_one(text: str, first: int, last: int, names: tuple[str, ...]) -> bool:
    """Whether the lines of a function below its first have one of these names, comments left out."""
    word = re.compile(rf"(?<![\w.\"'])(?:{'|'.join(map(re.escape, names))})(?![\w\"'])")
    return any(word.search(line.partition("#")[0]) for line in END.split(lines_between(text, first, last))[1:])
