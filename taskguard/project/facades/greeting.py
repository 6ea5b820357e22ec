"""Files that nobody misses: views that only greet, as a tutorial has one write them first, what `startapp` wrote, and scripts in another language."""

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
# What `startapp` writes into the configuration of an application.
STUB = frozenset("default_auto_field label name verbose_name".split())
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


def is_stub_beside(module: Module, package: Module) -> bool:
    """Whether a file holds nothing but the configuration of an application as `startapp` writes it, and a package defines a class of that name."""
    facts, classes = module.facts, module.facts.classes
    if facts.failure is not None or facts.functions or facts.logic or len(classes) != 1:
        return False
    if any(one.kind != "class" for one in facts.bindings) or classes[0].decorators:
        return False
    bases = [getattr(one, "name", "").rpartition(".")[2] for one in classes[0].bases]
    plain = all(one.name in STUB for one in classes[0].attributes)
    return bases == ["AppConfig"] and plain and package.klass(classes[0].name) is not None


def in_another_language(module: Module) -> bool:
    """Whether the first line of a file gives it to an interpreter that is not Python."""
    return finds(module.project, module.path, FOREIGN)
