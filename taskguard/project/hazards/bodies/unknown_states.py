"""Comparisons of a result's state with a text that is no state of Celery's, and that nothing in the project sets: `result.state == "FAILED"`, where it is `FAILURE`."""

from __future__ import annotations

from taskguard.facts.model import Op, Ref
from taskguard.facts.questions import holds
from taskguard.facts.selections import calling
from taskguard.patterns import regex
from taskguard.project.hazards.bodies.task_results import Results
from taskguard.project.hazards.bodies.waits import state_of
from taskguard.project.hazards.calls.functions import functions_saying
from taskguard.project.python.aside import put_aside
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.flow import body_of, bound_in, parts_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.text_questions import finds_within
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr, Function
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module, Project

STATES = frozenset("PENDING RECEIVED STARTED SUCCESS FAILURE REVOKED REJECTED RETRY IGNORED".split())
# Words that are close to a state: what a project calls its own, it sets itself.
MEANT = {
    **dict.fromkeys("FAILED FAIL".split(), "FAILURE"),
    **dict.fromkeys("SUCCESSFUL SUCCEEDED COMPLETED COMPLETE DONE FINISHED".split(), "SUCCESS"),
    **dict.fromkeys("CANCELLED CANCELED".split(), "REVOKED"),
    **{one: one for one in STATES},
}
ASKED = regex(r"\.\s*(?:state|status)\b")
COMPARED = regex(rf"(?i)[\"'](?:{'|'.join(sorted(MEANT))})[\"']")
OPERATORS = frozenset(("==", "!=", "in", "not in"))
# What else than `update_state` sets a state, or hands one on that nobody sees here.
SETTING = ("store_result(", ".mark_as_", "set_state(", "after_return(")
ALSO = {"FAILURE": r"|\.failed\(|\bEXCEPTION_STATES\b|\bPROPAGATE_STATES\b", "SUCCESS": r"|\.successful\("}


class UnknownState(Record):
    """A comparison of the state of a result with `text`, where Celery's is `meant`. `asked` is how the state is written."""

    module: Module
    scope: str
    at: Expr
    text: str
    meant: str
    asked: str


def unknown_states(project: Project) -> Iterator[UnknownState]:
    """The first one of each text in a function, by file."""
    paths = project.search(".state", ".status")
    if not paths or not project.complete or not all_tasks(project):
        return
    for module, function in functions_saying(project, paths, ASKED):
        if (
            function.holder != "function"
            and not put_aside(module)
            and finds_within(project, module.path, function, COMPARED)
        ):
            yield from _in_function(module, function)


def _in_function(module: Module, function: Function) -> Iterator[UnknownState]:
    body, told = body_of(module, function), set[str]()
    if body is None:
        return
    results = Results(module, function.qualname, body)
    for _, expr, within in parts_of(body):
        if not isinstance(expr, Op) or expr.op not in OPERATORS or len(expr.operands) != 2:
            continue
        left, right = expr.operands
        pairs = [(left, right), (right, left)] if expr.op in ("==", "!=") else [(left, right)]
        for asked, given in pairs:
            if not _is_state(results, body, asked, within):
                continue
            for text in _texts(module, function.qualname, given):
                meant = MEANT.get(text.upper(), "")
                if meant and text not in STATES and text not in told and _is_missed(module, function, text, meant):
                    told.add(text)
                    yield UnknownState(
                        module,
                        function.qualname,
                        given,
                        text,
                        meant,
                        asked.name if isinstance(asked, Ref) else "the state",
                    )


def _is_state(results: Results, body: Body, expr: Expr, within: tuple[Expr, ...]) -> bool:
    """Whether an expression is surely the state of a result, or a name for it."""
    of = state_of(expr)
    if of is not None:
        given = isinstance(of, Ref) and any(one.name == of.name for one in body.params)
        return not given and results.is_result(of, within)
    values = [value for value, _ in bound_in(body, expr.name)] if isinstance(expr, Ref) and "." not in expr.name else []
    held = [state_of(one) if one is not None else None for one in values]
    return bool(held) and all(one is not None and results.is_result(one) for one in held)


def _texts(module: Module, scope: str, expr: Expr) -> list[str]:
    value = value_of(Bound(expr, module, scope)).value
    held = value if isinstance(value, list | tuple | set) else [value]
    return [one for one in held if isinstance(one, str)]


def _is_missed(module: Module, function: Function, text: str, meant: str) -> bool:
    """Whether nothing sets that state, and the function asks nowhere for the one that is meant."""
    own = states_set(module.project)
    also = regex(rf"[\"']{meant}[\"']|\bstates?\.{meant}\b{ALSO.get(meant, '')}")
    return own is not None and text not in own and not finds_within(module.project, module.path, function, also)


@query
def states_set(project: Project) -> frozenset[str] | None:
    """The states that code of the project sets; None where that cannot be told."""
    if any(not in_tests(one) and holds(project, one, *SETTING) for one in project.search(*SETTING)):
        return None
    made = set[str]()
    for path in project.search("update_state("):
        module = project.modules[path]
        for site in calling(module.facts, "update_state"):
            call = site.call
            given = call.keyword("state") or (call.args[1] if len(call.args) > 1 else None)
            value = value_of(Bound(given, module, site.scope)).value if given is not None else None
            if not isinstance(value, str):
                if given is None and call.args and not any(one.name is None for one in call.keywords):
                    continue  # that of something else, or one without a state
                return None
            made.add(value)
    return frozenset(made)
