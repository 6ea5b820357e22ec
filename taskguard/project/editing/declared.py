"""Edits of the declaration of a task, as a question: they rest on its own lines, wherever these have gone, and on how long lines are."""

from __future__ import annotations

from functools import lru_cache

from taskguard.facts.by_name import named_functions
from taskguard.facts.model import Call, Const
from taskguard.facts.questions import PlacedFactsQuestion
from taskguard.project.editing import arguments
from taskguard.project.editing.script import Script

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from taskguard.diagnostics import Edit
    from taskguard.facts.model import Facts

    # An option more, another value of one, an option under another name, a parameter more.
    Change = Literal["option", "value", "rename", "parameter"]


@PlacedFactsQuestion
def declared(
    text: str, facts: Facts, path: str, place: tuple[str, int, int], what: Change, words: tuple[str, ...]
) -> tuple[Edit, ...] | None:
    """The edits that make one change of a declaration, None where they cannot be said.

    `place` is the qualified name of the function, which of those with that name it is, and which of its decorators declares the task.
    """
    qualname, number, decorator = place
    function = named_functions(facts, qualname)[number]
    expr, script = function.decorators[decorator], _script(path, text)
    if what == "parameter":
        return arguments.parameter(script, function, words[0])
    if what == "rename":
        return arguments.keyword_name(script, expr, *words)
    if what == "option":
        return arguments.argument(script, expr, words[0])
    held = expr.keyword(words[0]) if isinstance(expr, Call) else None
    return (script.edit(*script.lines.range(held.span), words[1]),) if isinstance(held, Const) else None


@lru_cache(maxsize=4)
def _script(path: str, text: str) -> Script:
    return Script(path, text)
