"""Files that nobody misses: views that only greet, as a tutorial has one write them first, and scripts in another language."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Ref
from taskguard.facts.questions import finds
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module

# What a view answers with.
ANSWERS = frozenset("render HttpResponse JsonResponse Response TemplateResponse render_template jsonify".split())
MOST = 2
FOREIGN = regex(r"\A#!(?![^\n]*python)")


def only_greets(module: Module) -> bool:
    """Whether a file holds nothing but one view or two which answer every request with the same few words or the same page."""
    facts = module.facts
    if facts.failure is not None or facts.classes or facts.logic or not 0 < len(facts.functions) <= MOST:
        return False
    if any(one.kind not in ("function", "deleted") for one in facts.bindings):
        return False
    return all(map(_greets, facts.functions))


def _greets(function: Function) -> bool:
    """Whether a view takes the request alone, and answers with what the file holds."""
    steps = function.steps or ()
    if function.holder != "module" or function.decorators or len(function.params) > 1 or len(steps) != 1:
        return False
    answer = steps[0].expr
    if steps[0].kind != "return" or not isinstance(answer, Call | Const):
        return False
    if isinstance(answer, Const):
        return isinstance(answer.value, str)
    if answer.callee.rpartition(".")[2] not in ANSWERS:
        return False
    given = {one.name for one in function.params}
    return all(isinstance(one, Const) or (isinstance(one, Ref) and one.name in given) for one in answer.args)


def in_another_language(module: Module) -> bool:
    """Whether the first line of a file gives it to an interpreter that is not Python."""
    return finds(module.project, module.path, FOREIGN)
