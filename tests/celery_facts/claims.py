"""A claim of a rule about Celery: a sentence, and what a probe sees of the rule's wrong and of its right example."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness import sections
from taskguard import selection

# The files with claims, in the order in which the table has them.
FAMILIES = ("declarations", "names", "schedules", "configuration", "calls", "bodies", "hardening")

# What is seen: a few words, or where versions of Celery differ, the words by the first version that they hold for.
Words = str | Mapping[str, str]


@dataclass(frozen=True)
class Claim:
    """One consequence that a rule's page speaks of.

    `given` are texts of the examples and what stands in their place: a bit of a body, and hours made seconds. `files` lie beside the
    examples, `at` are other places for their files, `needs` are packages besides Celery.
    """

    rule: str
    says: str
    probe: Callable[[], str]
    wrong: Words
    right: Words
    given: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    at: Mapping[str, str] = field(default_factory=dict)

    def sides(self) -> dict[str, dict[str, str]]:
        """The files of the wrong and of the right example."""
        found = {side: self.placed(examples(self.rule, side)) for side in ("wrong", "right")}
        for text in self.given:
            assert any(
                text in file for files in (examples(self.rule, side) for side in found) for file in files.values()
            ), text
        return found

    def placed(self, files: Mapping[str, str]) -> dict[str, str]:
        """These files with what is given in its place, and those that lie beside them."""
        made = dict(self.files)
        for path, text in files.items():
            for old, new in self.given.items():
                text = text.replace(old, new)
            made[self.at.get(path, path)] = text
        return made

    def expected(self, side: str, version: str) -> str:
        """What this version of Celery does with the example of this side."""
        words: Words = self.wrong if side == "wrong" else self.right
        if isinstance(words, str):
            return words
        return [seen for first, seen in sorted(words.items()) if number(first) <= number(version)][-1]


def number(version: str) -> tuple[int, ...]:
    """A version, to be compared: its first two parts."""
    return tuple(int(part) for part in version.split(".")[:2])


def examples(code: str, side: str) -> dict[str, str]:
    """The files of a rule's wrong or right example; those of the right one lie over those of the wrong one."""
    page = {section.title: section for section in sections(inspect.getdoc(selection.rule_class(code)) or "")}
    wrong, right = page["Example"], page["Use instead"]
    if side == "wrong":
        return dict(wrong.files)
    return {path: text for path, text in (wrong.files | right.files).items() if path not in right.gone}


def claims_of(family: str) -> list[Claim]:
    """The claims of a family, as its file of tests has them."""
    found = importlib.import_module(f"celery_facts.test_{family}").CLAIMS
    assert all(isinstance(one, Claim) for one in found)
    return list(found)


HERE = Path(__file__).parent
