"""What a string in settings must be beyond its type, by the mark that `schema.py` gives it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from taskguard.celery_options import ATTRIBUTES, CALL_ONLY, DECORATOR, HOOKS, PUBLISH, meant
from taskguard.errors import nearest
from taskguard.globs import fault
from taskguard.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

OPTIONS = ATTRIBUTES | DECORATOR | PUBLISH
# Marks of what only the project can confirm: a file, a folder, a name in its code.
MENTIONED = frozenset(("place", "folder", "class", "decorator", "call", "module", "app"))
# A number of a version has as many digits as a date and a time of day: Python does not read any number of them.
CLAUSE = regex(r"(>=|<=|==|!=|>|<)?\s*([0-9]{1,14}(?:\.[0-9]{1,14})*)")
WILD = regex(r"[*?]|\[[^\]]*\]")


def mark_fault(mark: str, value: str, declared: Collection[str] = ()) -> str | None:
    """What is wrong with a string that has this mark, in words, or None. `declared` are the options of the house."""
    if mark == "wish":
        return wish_fault(value, declared)
    if mark == "option":
        return option_fault(value, declared)
    check = CHECKS.get(mark)
    return check(value) if check is not None else None


def wish_fault(value: str, declared: Collection[str]) -> str | None:
    """What is wrong with an entry of `require`: `option`, or `one|other`."""
    for option in value.split("|"):
        if not option.strip():
            return "an option is wanted on both sides of `|`" if "|" in value else "the name of an option is empty"
        if option != option.strip():
            return f"write `{value.replace(' ', '')}`, without spaces"
        if wrong := option_fault(option, declared):
            return wrong
    return None


def option_fault(option: str, declared: Collection[str]) -> str | None:
    """What is wrong with the name of a task option."""
    if option in OPTIONS or option in HOOKS or option in declared:
        return None
    if option in CALL_ONLY:
        return f"`{option}` is an option of a call (`apply_async`), which no task has"
    guess = nearest(option, declared) or meant(option) or nearest(option, sorted(OPTIONS))
    own = "an option of your own is declared under `tasks.options`"
    return f"Celery has no task option `{option}`; " + (f"did you mean `{guess}`? ({own})" if guess else own)


def own_option_fault(option: str) -> str | None:
    """What is wrong with a name under `tasks.options`."""
    if not option.isidentifier():
        return f"`{option}` is no name of an option"
    if option in OPTIONS or option in HOOKS:
        return f"`{option}` is an option of Celery's own and needs no declaration"
    return None


def dotted_fault(name: str) -> str | None:
    """What is wrong with a dotted name."""
    if all(part.isidentifier() for part in name.split(".")):
        return None
    plain = name.strip().removesuffix("()").replace(":", ".").replace("/", ".")
    hint = f"; did you mean `{plain}`?" if plain != name and dotted_fault(plain) is None else ""
    return f"`{name}` is no dotted name{hint}"


def module_fault(pattern: str) -> str | None:
    """What is wrong with a dotted name that may hold `*`."""
    wrong = dotted_fault(WILD.sub("x", pattern)) and dotted_fault(pattern)
    return wrong.replace("no dotted name", "no dotted name of a module") if wrong else None


def source_fault(pattern: str) -> str | None:
    """What is wrong with a module name, or `pkg.*`."""
    return dotted_fault(pattern) and dotted_fault(pattern.removesuffix(".*"))


def app_fault(word: str) -> str | None:
    """What is wrong with the place of a Celery app, `module:name`."""
    module, colon, name = word.partition(":")
    if colon and dotted_fault(module) is None and dotted_fault(name) is None:
        return None
    head, _, last = word.rpartition(".")
    hint = f"; did you mean `{head}:{last}`?" if head and dotted_fault(word) is None else ""
    return f"an app is written `module:name`{hint}"


def folder_fault(folder: str) -> str | None:
    """What is wrong with a folder below the settings."""
    if not folder.strip():
        return "the name of a folder is empty; the folder of the settings itself is `.`"
    if "\\" in folder:
        return "paths are written with `/`, also on Windows"
    if folder.startswith(("/", "~")) or ".." in folder.split("/"):
        return "a folder below that of the settings is wanted"
    return None


def empty_fault(word: str) -> str | None:
    return None if word.strip() else "the name is empty"


def version_fault(wanted: str) -> str | None:
    """What is wrong with a `required-version` such as `>=0.1,<0.3`, or None when this version fits."""
    from taskguard.version import __version__ as running

    have = _numbers(running)
    for clause in wanted.split(","):
        found = CLAUSE.fullmatch(clause.strip())
        if not found:
            return f"`{shortened(clause.strip())}` is no version; write one like `>=0.1,<0.3`"
        need = _numbers(found.group(2))
        fits = {
            ">=": have >= need, "<=": have <= need, "==": have == need,
            "!=": have != need, ">": have > need, "<": have < need,
        }  # fmt: skip
        if not fits[found.group(1) or "=="]:
            return f"taskguard {running} is running; the settings want {shortened(wanted)}"
    return None


def shortened(text: str, most: int = 60) -> str:
    """A text as a message quotes it: of a long one the beginning."""
    return text if len(text) <= most else f"{text[:most]}…"


def _numbers(version: str) -> tuple[int, ...]:
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    return numbers + (0,) * (3 - len(numbers))


CHECKS: dict[str, Callable[[str], str | None]] = {
    "glob": fault, "place": fault, "version": version_fault, "own-option": own_option_fault, "class": dotted_fault,
    "decorator": dotted_fault, "call": dotted_fault, "dotted": dotted_fault, "module": module_fault, "source": source_fault,
    "app": app_fault, "folder": folder_fault, "name": empty_fault,
}  # fmt: skip
