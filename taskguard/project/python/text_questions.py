"""What is asked of the texts of files that nobody has parsed, as questions whose answers are remembered (`facts/questions.py`)."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from taskguard.facts import import_lines as lines
from taskguard.facts.import_statements import import_statements
from taskguard.facts.lines import lines_between, lines_of
from taskguard.facts.questions import BodyQuestion, ImportsQuestion, LinesQuestion, PlacedQuestion, Question
from taskguard.patterns import regex
from taskguard.project.python import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from taskguard.facts.in_order import Read
    from taskguard.facts.model import Function, Import
    from taskguard.facts.questions import Asked
    from taskguard.facts.receivers import Receiver
# Each pattern begins with letters: texts are searched for those much faster than for any others.
_IMPORT = regex(r"^(?:from[ \t]+\S+[ \t]+)?import[ \t]*(?:\([^)]*\)|[^\n]*)", re.MULTILINE)
LONGEST_NAME = 100
_AS = regex(r"\b(\w+)\s+as\b")
_AS_NAME = regex(r"\bas\s+(\w+)")
_WORD = regex(r"\w+")
_ALL = regex(r"__all__(?<=^__all__)[ \t]*(?::[^=\n]+)?\+?=[ \t]*[\[(][^\])]*[\])]", re.MULTILINE)

# What only a task has.
METHODS = ("delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "si", "signature", "s")
_CALLED = regex(rf"\.[ \t]*(?:{'|'.join(METHODS)})[ \t]*\(")


@lru_cache(maxsize=100)
def without_imports(text: str) -> str:
    """A text without its module level imports and `__all__`."""
    return _ALL.sub("", _IMPORT.sub("", text))


@lru_cache(maxsize=100)
def _imports(text: str, sure: bool = False) -> str:
    found = _IMPORT.finditer(text)
    return "\n".join(one[0] for one in (shown.beside_strings(text, found) if sure else found))


@lru_cache(maxsize=100)
def _tried(text: str) -> dict[str, bool]:
    return shown.bound_in_try(text) if "\ntry:" in text else {}


@ImportsQuestion
def import_lines(text: str, heads: frozenset[str]) -> list[tuple[str, tuple[str, ...]]] | None:
    """As `facts.import_lines.import_lines` has it, but for what can be no module of the project."""
    found = lines.import_lines(text)
    return None if found is None else [one for one in found if one[0].partition(".")[0] in heads]


@ImportsQuestion
def plain_names(text: str, heads: frozenset[str]) -> list[str]:
    """As `facts.import_lines.plain_names` has it, but for what can be no module of the project."""
    return [one for one in lines.plain_names(text) if one.partition(".")[0] in heads]


@Question
def imports_word(text: str, last: str) -> bool | None:
    """Whether a statement `from … import` has a word among the names that it imports, or in that of the module; None where it takes a parser to tell."""
    found = lines.import_lines(text)
    return None if found is None else any(last in (*written.split("."), *names) for written, names in found)


@Question
def sources_of(text: str, name: str) -> tuple[tuple[str, ...], bool, bool] | None:
    """The modules, libraries among them, from which a text imports a name; whether it imports with a star, and something under another name. None where
    it takes a parser to tell."""
    found = lines.import_lines(text)
    if found is None:
        return None
    sources = tuple(written for written, names in found if name in names)
    return sources, any("*" in names for _, names in found), any("" in names for _, names in found)


@Question
def named_ending(text: str, last: str) -> list[str]:
    """The dotted names with this last part of modules, libraries among them, that the imports of a text may mean; none where it takes a parser to tell."""
    found = lines.import_lines(text)
    written = [] if found is None else lines.pairs(found, lines.plain_names(text))
    return [one for one in lines.dotted(written) if one.rpartition(".")[2] == last]


@ImportsQuestion
def top_level(text: str, heads: frozenset[str]) -> tuple[list[tuple[str, str | None]], bool]:
    """As `facts.import_statements.import_statements` has it, but for what can be no module of the project."""
    found, hidden = import_statements(text)
    return [one for one in found if one[0].partition(".")[0] in heads], hidden


@ImportsQuestion
def top_imports(text: str, heads: frozenset[str]) -> tuple[Import, ...] | None:
    """As `facts.top_imports.top_imports` has it."""
    from taskguard.facts.top_imports import top_imports as found

    return found(text, heads)


@PlacedQuestion
def receivers(text: str) -> tuple[Receiver, ...]:
    """As `facts.receivers.receivers` has it."""
    from taskguard.facts.receivers import receivers as found

    return found(text)


@Question
def first_sent(text: str, scope: str, name: str, signal: str) -> Read | None:
    """As `facts.receivers.first_sent` has it."""
    from taskguard.facts.receivers import first_sent as found

    return found(text, scope, name, signal)


@LinesQuestion
def written_lines(text: str, first: int, last: int) -> str:
    """The lines of a function, from `def` to the last one."""
    return lines_between(text, first, last)


@LinesQuestion
def _finds_within(text: str, first: int, last: int, source: str, flags: int) -> bool:
    return re.compile(source, flags).search(lines_between(text, first, last)) is not None


def finds_within(asked: Asked, path: str, function: Function, pattern: re.Pattern[str]) -> bool:
    """Whether a pattern is found in the lines of a function, from `def` to the last one."""
    return _finds_within(asked, path, function, pattern.pattern, pattern.flags)


@LinesQuestion
def binds_below(text: str, first: int, last: int, head: int, source: str) -> bool:
    """Whether a pattern is found in the lines of a function below the first ones."""
    return re.search(source, lines_between(text, first + head, last)) is not None


@Question
def defines(text: str, name: str) -> bool:
    """Whether a line at module level defines the name."""
    return shown.defines(text, name)


@Question
def may_bind(text: str, name: str) -> bool:
    """Whether something at module level may bind the name."""
    return shown.may_bind(text, name)


@Question
def only_defined(text: str, name: str) -> bool:
    """Whether nothing at module level may bind the name but one function or class that begins a line."""
    return shown.only_defined(text, name)


@Question
def only_imported(text: str, name: str) -> bool:
    """Whether nothing at module level may bind the name but imports that begin a line and give it no other name."""
    if name in _renamed_to(text) or ";" in _imports(text):
        return False
    return not shown.may_bind(without_imports(text), name)


@lru_cache(maxsize=100)
def _renamed_to(text: str) -> frozenset[str]:
    return frozenset(_AS_NAME.findall(text))


@Question
def may_import(text: str, name: str) -> bool:
    """Whether an import binds the name, for all that the text shows."""
    return shown.may_import(text, name)


@Question
def may_shadow(text: str, name: str) -> bool:
    """Whether a line imports something of that name, or a function at module level has it."""
    return shown.may_shadow(text, name)


@Question
def says(text: str, name: str) -> bool:
    """Whether the name stands somewhere in the text, as a whole word."""
    return shown.says(text, name)


@Question
def says_any(text: str, names: Collection[str]) -> bool:
    """Whether one of the names stands somewhere in the text, as a whole word."""
    return shown.says_any(text, names)


@Question
def quotes_any(text: str, tails: Collection[str], lasts: Collection[str]) -> bool:
    """Whether one of the dotted `tails` may stand within a string, or one of the names `lasts` behind what a string is put together of."""
    return any(_is_quoted(text, tail) for tail in tails) or any(
        f"{before}.{last}" in text for last in lasts for before in ("}", '"', "'")
    )


def _is_quoted(text: str, tail: str) -> bool:
    """Whether a quote stands before the words on one of their lines."""
    at = text.find(tail)
    while at >= 0:
        before = text[text.rfind("\n", 0, at) + 1 : at]
        if '"' in before or "'" in before:
            return True
        at = text.find(tail, at + 1)
    return False


@Question
def asked_by_dot(text: str, name: str) -> bool:
    """Whether the name stands behind a dot, and what is before the dot does not begin a string."""
    return shown.asked_by_dot(text, name)


@lru_cache(maxsize=100)
def _used(text: str) -> Counter[str]:
    return Counter(_WORD.findall(without_imports(text)))


@lru_cache(maxsize=100)
def _renamed(text: str) -> frozenset[str]:
    return frozenset(_AS.findall(text))


@Question
def uses(text: str, name: str) -> bool:
    """Whether the text says a name besides in its imports, or gives it another name."""
    return name in _used(text) or name in _renamed(text)


@Question
def times_used(text: str, name: str) -> int:
    """How often the name stands in a text, its imports left out."""
    return _used(text)[name]


@Question
def kept_for_patches(text: str, name: str) -> bool:
    """Whether a comment behind the name says that it is there to be patched."""
    return name in text and re.search(rf"\b{re.escape(name)}\b[^#\n]*#.*\bpatch", text) is not None


@Question
def imports_and_says(text: str, name: str) -> bool:
    """Whether an import of a text may bind the name, and the rest of it has the name."""
    return name in _used(text) and shown.may_be_imported(_imports(text, True), name)


@Question
def bound_in_try(text: str, name: str) -> bool | None:
    """Whether a `try` at module level binds the name by a plain `import name`; None where none binds it."""
    return _tried(text).get(name)


@Question
def defines_function(text: str, name: str) -> bool:
    """Whether a function of that name begins a line."""
    return f"def {name}(" in text and any(f"\n{one} {name}(" in f"\n{text}" for one in ("def", "async def"))


@Question
def names_and_fetches(text: str, dotted: str) -> bool:
    """Whether a text holds a dotted name as a string, other than as the name of a logger, and fetches modules by name."""
    if not quoted(text, dotted) or LATE.search(text) is None:
        return False
    return quoted(
        re.sub(rf"\bget_?(?:task_)?logger\(\s*[\"']{re.escape(dotted)}[\"']", "", text, flags=re.IGNORECASE), dotted
    )


@Question
def mentions(text: str, alias: str, name: str) -> bool:
    """`alias.name`, or `getattr(alias, …)`; not in a string that is this very name."""
    if name not in text and "getattr" not in text:
        return False
    path = r"\s*\.\s*".join(map(re.escape, alias.split(".")))
    return re.search(rf"(?<![\w.'\"]){path}\s*\.\s*{re.escape(name)}\b|getattr\(\s*{path}\s*,", text) is not None


@Question
def names_module(text: str, dotted: str) -> bool:
    """Whether a text holds the dotted name of a module as a string, other than to have a worker or Django import it, to fetch one thing of it,
    or to say what went wrong with it."""
    if not quoted(text, dotted):
        return False
    failed = rf"\(\s*(?:e|ex|exc|err|error)\s*,\s*[\"']{re.escape(dotted)}[\"']\s*\)"
    rest = re.sub(failed, "", fetched(dotted).sub("", text))
    return quoted(rest, dotted) and not any(word in rest for word in TOLD)


LATE = regex(r"\bimport_module\(|\b__import__\(|\bsys\.modules\b")
# What stands in a file that tells a worker or Django which modules to import.
TOLD = ("Celery(", "include", "imports", "INSTALLED_APPS", "autodiscover_tasks", "task_routes", "TASK_ROUTES")


def fetched(dotted: str) -> re.Pattern[str]:
    """What fetches a module by its name and asks it for one thing at once: `import_module("shop.tasks").send`."""
    return re.compile(rf"\b(?:import_module|__import__)\(\s*[\"']{re.escape(dotted)}[\"'][^()]*\)\s*\.(\w+)")


def quoted(text: str, dotted: str) -> bool:
    """Whether a text holds a dotted name as a string."""
    return f'"{dotted}"' in text or f"'{dotted}'" in text


@Question
def readers(text: str, name: str) -> set[str]:
    """The last names of the objects whose attribute `name` is read in a text."""
    attribute = re.compile(rf"\.{re.escape(name)}\b(?!\s*=[^=])")
    owner = re.compile(r"(\w+)\s*\)?\s*\Z")
    by_string = re.compile(rf"getattr\(\s*(?:\w+\.)*(\w+)\s*,\s*[\"']{re.escape(name)}[\"']")
    before = (owner.search(text, max(one.start() - LONGEST_NAME, 0), one.start()) for one in attribute.finditer(text))
    found = {one[1].lower() for one in before if one is not None}
    return found.union(one.lower() for one in by_string.findall(text))


@BodyQuestion
def reads_unbound(text: str, first: int, last: int, name: str) -> bool:
    """Whether a function reads a name that nothing in its file binds."""
    from taskguard.facts.free_names import reads_unbound as unbound

    return unbound(text, first, last, name)


@LinesQuestion
def uses_of_parameter(text: str, first: int, last: int, name: str) -> frozenset[str] | None:
    """As `facts.param_uses.uses` has it."""
    from taskguard.facts.param_uses import uses

    return uses(lines_between(text, first, last), name)


@LinesQuestion
def words_behind(text: str, first: int, last: int, name: str) -> frozenset[tuple[str, str]]:
    """What a function asks of what it has as `name`: the first word behind the dot and the second, empty where there is none."""
    lines = lines_of(text)
    asked = re.compile(rf"\b{re.escape(name)}\.(\w+)(?:\.(\w+))?")
    found = asked.finditer(text, lines.start(first), lines.after(last))
    return frozenset((one[1], one[2] or "") for one in found)


@Question
def called_methods(text: str) -> set[str]:
    """The words before the dots of calls of what only a task has."""
    return set(_called(text))


def _called(text: str) -> Iterator[str]:
    for found in _CALLED.finditer(text):
        end = found.start()
        while end and text[end - 1] in " \t":
            end -= 1
        start = end
        while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        yield text[start:end]


@LinesQuestion
def lines_beyond(text: str, first: int, last: int, limit: int) -> int:
    """How many lines a function has, from `def` to the last one, where it has more than the limit; else 0."""
    return last - first + 1 if last - first + 1 > limit else 0


@Question
def awaited_uses(text: str, name: str) -> tuple[int, int]:
    """How often a text calls `name` as a coroutine, and how often it has that word for anything else but its definition and imports."""
    left = without_imports(text)
    word = re.escape(name)
    left = re.sub(
        rf"\bdef[ \t]+{word}\b|^[ \t]*from[ \t]+\S+[ \t]+import[ \t]*(?:\([^)]*\)|[^\n]*)", "", left, flags=re.MULTILINE
    )
    call = rf"(?:\bawait[ \t]+|\basyncio\.run\(\s*|\brun_until_complete\(\s*|\basync_to_sync\(\s*)(?:\w+\.)*{word}\b(?!\s*\.)"
    rest, awaited = re.subn(call, "", left)
    return awaited, len(re.findall(rf"\b{word}\b", rest))


@Question
def names_last(text: str, last: str) -> bool:
    """Whether a text names a module whose name ends so in a string, or in a statement `import`; in no line that is a comment."""
    named = re.compile(
        rf"^(?![ \t]*#)[^\n]*?(?:[\"'][\w.]*\.{re.escape(last)}\b|[\"']{re.escape(last)}(?:[\"']|[.:]\w))", re.M
    )
    return named.search(text) is not None or any(
        last in re.findall(r"\w+", listed) for listed in lines.plain_imports(text)
    )
