"""What is asked of the texts of files that nobody has parsed, about facades and about imports that fail."""

from __future__ import annotations

from functools import lru_cache

from taskguard.facts.by_name import Itself
from taskguard.facts.import_lines import plain_imports
from taskguard.facts.questions import FactsQuestion, ImportsQuestion, Question
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Facts

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
