"""What is asked of the texts of files that nobody has parsed, about facades and about imports that fail."""

from __future__ import annotations

import re
from functools import lru_cache

from taskguard.facts.by_name import Itself
from taskguard.facts.import_lines import plain_imports
from taskguard.facts.lines import END, depth_of, lines_between
from taskguard.facts.model import Dict
from taskguard.facts.questions import (
    BodyQuestion,
    FactsQuestion,
    ImportsQuestion,
    LinesQuestion,
    PlacedQuestion,
    Question,
)
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Class, Facts, Function
    from taskguard.facts.undefined import Ended

# What a lazy import expects to fail, or may make of a table's row.
PIECED = regex(r"\bexcept\b|\bsuppress\(|import_module\([^()]*(?:[fF][\"']|\+|%|\.format|\.join)")
# What a module of tasks is called by custom.
TASKS = "tasks"
_FROM = regex(r"from(?<!\wfrom)[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n#]*)")
TASKS_NAME = regex(r"\w*tasks\b")
_WORD = regex(r"\w+")
LAZY = frozenset(("__getattr__", "__dir__"))


def is_of_tasks(name: str) -> bool:
    """Whether a module of that name holds tasks, by custom."""
    return name == TASKS or name.endswith(f"_{TASKS}")


@ImportsQuestion
def task_lines(text: str, heads: frozenset[str]) -> list[tuple[str, str]]:
    """The statements `from … import` that speak of tasks: the module, where it can be one of the project, and what stands behind `import`."""
    return [
        (written, listed)
        for written, listed in _FROM.findall(text)
        if (TASKS in written or TASKS in listed) and written.partition(".")[0] in heads
    ]


@Question
def plain_tasks(text: str) -> list[str]:
    """What stands behind each `import` that names something called after tasks."""
    return [listed for listed in plain_imports(text) if TASKS_NAME.search(listed)]


@FactsQuestion
def mentions(text: str, facts: Facts, name: str) -> bool:
    """Whether another function or class of a text than that of the name has it as a word."""
    return any(one != name for one in _mentioned_by(text, Itself(facts)).get(name, ()))


@lru_cache(maxsize=20)
def _mentioned_by(text: str, held_by: Itself) -> dict[str, set[str]]:
    """The functions and classes of a module by the words in them: two for each word, since one may be the very one of that name."""
    facts, made = held_by.facts, dict[str, set[str]]()
    held = [(one.name, one.span) for one in facts.functions if one.holder == "module" and one.name not in LAZY]
    held += [(one.name, one.span) for one in facts.classes if one.holder == "module"]
    lines = text.splitlines() if held else []
    for owner, span in held:
        for word in set(_WORD.findall("\n".join(lines[span.line - 1 : span.end_line]))):
            owners = made.setdefault(word, set())
            if len(owners) < 2:
                owners.add(owner)
    return made


WITH_PYTEST = regex(r"(?<![\w./-])(?:[a-z][\w.]*[-_])*pytest(?:[-_][\w-]*\w)?(?![\w-])", re.IGNORECASE)


@PlacedQuestion
def ended_functions(text: str) -> tuple[Ended, ...]:
    """What functions of a text ask for in vain, each with how far nothing is run behind it."""
    from taskguard.facts.undefined import ended_by, undefined

    return ended_by(text, undefined(text))


@Question
def pytest_plugins(text: str) -> tuple[str, ...]:
    """pytest and what is called after it, as a text names them."""
    return tuple(sorted({found[0].lower().replace("_", "-") for found in WITH_PYTEST.finditer(text)}))


@Question
def unbound_head(text: str) -> str:
    """The first name that a text asks for whenever it is loaded and that nothing binds; empty where there is none."""
    from taskguard.facts.undefined import unbound_at_load, undefined

    found = unbound_at_load(text, undefined(text, about=()))
    return found[0] if found is not None else ""


# Each pattern begins with letters: texts are searched for those much faster than for any others.
NAME = r"[A-Za-z_]\w*"
SETS = r"attr(?<=\b[sd]e[tl]attr)"
PATCH = r"patch(?<!\wpatch)"
# `patch(f"{MODULE}.send")`, `patch(MODULE + ".send")`, `patch(SEND)`, and the constants that these are made of.
_BUILT = tuple(
    regex(
        rf"{word}\s*\(\s*(?:f[\"']\{{({NAME})\}}((?:\.\w+)+)[\"']|({NAME})\s*(?:\+\s*[\"']((?:\.\w+)+)[\"']\s*)?[,)])"
    )
    for word in (rf"{PATCH}(?:\.dict)?", SETS)
)
_CONSTANT = regex(rf"^[ \t]*({NAME})[ \t]*=[ \t]*[\"']({NAME}(?:\.\w+)*)[\"']", re.M)


@Question
def built_paths(text: str) -> list[str]:
    """The dotted paths that a text patches and writes with a constant of its own."""
    found = [(one[0] or one[2], one[1] or one[3]) for pattern in _BUILT for one in pattern.findall(text)]
    held: dict[str, list[str]] = {}
    for name, value in _CONSTANT.findall(text) if found else ():
        held.setdefault(name, []).append(value)
    return list(
        dict.fromkeys(start + rest for name, rest in found for start in held.get(name, ()) if "." in start + rest)
    )


TRY = regex(r"try[ \t]*:[ \t]*(?:#.*)?")
BROAD = regex(r"except(?:[ \t]+(?:Exception|BaseException)(?:[ \t]+as[ \t]+\w+)?)?[ \t]*:.*")


@LinesQuestion
def works_behind(text: str, first: int, last: int, line: int, use: str, least: int) -> bool:
    """Whether a function has an import, so many lines below its own first one, in a `try` that takes every error, with `least` lines behind it that do
    something, one of which has the pattern `use`."""
    lines = END.split(lines_between(text, first, last))
    if not 0 < line < len(lines) or not re.match(r"\s*from\b[^;(]*$", lines[line]):
        return False
    depth = depth_of(lines[line])
    above = next((one for one in reversed(lines[:line]) if one.strip() and depth_of(one) < depth), "")
    if not TRY.fullmatch(above.strip()):
        return False
    outer, work, place = depth_of(above), 0, line + 1
    used = re.compile(use)
    found = handled = False
    for place in range(line + 1, len(lines)):
        code = lines[place].strip()
        if not code or code.startswith("#"):
            continue
        if depth_of(lines[place]) < outer:
            break
        if depth_of(lines[place]) == outer:
            if code.startswith("except"):
                handled = True
                if not BROAD.fullmatch(code):
                    return False
            elif not code.startswith(("else", "finally")):
                break
        elif handled and (used.search(code) or re.match(r"(?:from|import(?![ \t]+logging\b)|raise)\b", code)):
            return False  # what stands in for it, or who sees it fail
        elif not handled:
            work += 1
            found = found or used.search(code) is not None
    return handled and found and work >= least


AWAITING = regex(r"async|anyio|trio|tornado|twisted|curio|loop")
# What such code does to tests besides a mark that is written out, and a mark by which somebody else awaits them.
GIVEN = regex(r"\badd_marker\(\s*((?:\w+\.)*\w+|[\"']\w+[\"'])?")
PLAIN_MARK = regex(r"(?:pytest\.)?mark\.\w+|[\"']\w+[\"']")
KEPT_MARK = regex(r"^[ \t]*(\w+)[ \t]*=[ \t]*(?:pytest\.)?mark\.(\w+)", re.M)
CHANGES = regex(r"\bown_markers\b|\.obj\s*=|\biscoroutine|\bfixturenames\b|\bruntest\b")


@Question
def gives_more(text: str) -> bool:
    """Whether a file that changes the tests which are collected may have some awaited: by a mark for that, one that is not written out, or else."""
    kept = dict(KEPT_MARK.findall(text))
    for given in (found[1] for found in GIVEN.finditer(text)):
        mark = f"mark.{kept[given]}" if given in kept else given
        if PLAIN_MARK.fullmatch(mark or "") is None or AWAITING.search(mark):
            return True
    return CHANGES.search(text) is not None


# How a name is asked for: what stands behind it follows it, so that one such question may begin within another.
BY_CALL = regex(r"""\bhasattr\([^"'\n]*["'](\w+)["']|\bgetattr\([^"'\n]*["'](\w+)["'](?=\s*,)""")
BY_LIST = regex(
    r"""["'](\w+)["'](?=\s+(?:not\s+)?in\s+(?:dir|vars)\()|["'](\w+)["'](?=\s+(?:not\s+)?in\s+[\w.]+\.__dict__)"""
)
# What ends the collection of a whole file, at its top level.
LEFT = regex(r"\bskip\((?s:.*)\ballow_module_level\s*=\s*True\b|^\s*raise\s+(?:\w+\.)*SkipTest\b")
# What gives a name to other files, which may have a use for it or not.
HANDED_ON = regex(
    r"^[ \t]*from[ \t]+[\w.]+[ \t]+import\b[ \t]*(?:\([^()]*\)|[^\n]*)|^[ \t]*__all__[ \t]*\+?=[ \t]*[\[(][^\[\]()]*[\])]",
    re.M,
)


@Question
def attributes_asked(text: str) -> frozenset[str]:
    """The attributes that a text asks for before it uses them."""
    return frozenset(name for pattern in (BY_CALL, BY_LIST) for names in pattern.findall(text) for name in names)


@BodyQuestion
def written_whole(text: str, first: int, last: int, above: int) -> str:
    """The lines of a function, its decorators included, which begin so many lines above `def`."""
    return "\n".join(_split(text)[first - above - 1 : last])


@lru_cache(maxsize=20)
def _split(text: str) -> list[str]:
    return text.splitlines()


def first_line(one: Function | Class) -> int:
    """The line of the first decorator, or of `def` or `class`."""
    return min([one.span.line, *(expr.span.line for expr in one.decorators)])


@FactsQuestion
def loads_lazily(text: str, facts: Facts) -> tuple[str, ...]:
    """The names of the dicts in which a module's `__getattr__` looks up what module to import; none where it expects that to fail, or may put names together."""
    function = next((one for one in facts.functions if one.qualname == "__getattr__"), None)
    if function is None:
        return ()
    body = "\n".join(text.splitlines()[function.span.line - 1 : function.span.end_line])
    if "import_module(" not in body or PIECED.search(body):
        return ()
    tables = (one.name for one in facts.bindings if not one.scope and isinstance(one.value, Dict))
    return tuple(one for one in tables if re.search(rf"(?<![\w.]){re.escape(one)}(?:\[|\.get\(|\.items\()", body))


@FactsQuestion
def leaves_at_load(text: str, facts: Facts) -> bool:
    """Whether a text calls `pytest.skip` for all of itself; not where it does so only if something that it tries fails."""
    return any(_leaving(text, facts))


@FactsQuestion
def left_at(text: str, facts: Facts) -> int:
    """The first line on which a text calls `pytest.skip` for all of itself, whatever holds: what stands below never runs. 0 where there is none."""
    return min((one.line for one in _leaving(text, facts) if one.column == 1), default=0)


def _leaving(text: str, facts: Facts) -> Iterator[Span]:
    if "allow_module_level" not in text and "SkipTest" not in text:
        return
    lines = text.splitlines()
    tried = [one.span for one in facts.logic if one.kind == "try"]
    for one in facts.logic:
        if one.kind not in ("call", "raise") or any(span.line <= one.span.line <= span.end_line for span in tried):
            continue
        if LEFT.search("\n".join(lines[one.span.line - 1 : one.span.end_line])):
            yield one.span


@FactsQuestion
def names_fixture(text: str, facts: Facts, name: str, idle: tuple[str, ...]) -> bool:
    """Whether a text has a name outside of the functions `idle`, but as a local variable, and where it hands the name on under the same one."""
    word = re.escape(name)
    variable = re.compile(rf"(?<![\w\"']){word}(?![\w\"'])")
    lines = text.splitlines()
    for one in facts.functions:
        if one.qualname in idle:
            lines[first_line(one) - 1 : one.span.end_line] = [""] * (one.span.end_line - first_line(one) + 1)
        elif one.binds(name):
            for number in range(one.span.line - 1, one.span.end_line):
                lines[number] = variable.sub("", lines[number])
    again = re.compile(rf"\b{word}\s+as\b")
    rest = HANDED_ON.sub(lambda held: held[0] if again.search(held[0]) else "", "\n".join(lines))
    return re.search(rf"\b{word}\b", rest) is not None
