"""`self.update_state("PROGRESS", {…})`: the parameters are (task_id, state, meta), so that the state is taken for an id, and what stands behind it for the state."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Const, Dict, Ref, Star
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.hazards.calls.functions import sites_in
from taskguard.project.hazards.calls.kept_values import bound_values
from taskguard.project.hazards.calls.runs import runs_of
from taskguard.project.hazards.calls.takers import takers
from taskguard.project.hazards.retries.retries import CURRENT_TASK
from taskguard.project.python.aside import put_aside
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.names import resolve
from taskguard.project.registry.effective import base_attributes, base_open
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite, Expr
    from taskguard.project.python.project import Module, Project
    from taskguard.project.tasks.task import Task

METHOD = "update_state"
WORD = ".update_state("
OWN = regex(r"\bdef update_state\b|\.update_state\s*=[^=]")
# What nobody calls a task: the id that Celery makes is of small letters and digits.
STATE = regex(r"[A-Z]+(?:[_ -][A-Z]+)*\Z")
CELERYS = "celery.states."


class AsId(Record):
    """A call of `update_state` that gives the state where the id is wanted (`written`), or a dict where the state is (`mapping`)."""

    module: Module
    site: CallSite
    written: str
    mapping: bool


def states_by_position(project: Project) -> Iterator[AsId]:
    """All of them, by file."""
    for module, site in sites_in(project, project.search(WORD), (METHOD,)):
        call = site.call
        if not call.args or any(isinstance(one, Star) for one in call.args) or isinstance(call.func, Attr):
            continue
        if not _is_of_task(module, site) or put_aside(module):
            continue
        written, mapping = _state(module, site), len(call.args) > 1 and _is_dict(module, site.scope, call.args[1])
        if written or mapping:
            yield AsId(module, site, written, mapping)


def _is_of_task(module: Module, site: CallSite) -> bool:
    """Whether the method is Celery's own, of a task whose class is known, or of the one that is running."""
    name, scope = site.call.callee.rpartition(".")[0], site.scope
    if not name:
        return False
    held: list[Task] = [one.task for one in takers(module, name, scope)]
    if not held and "." not in name:
        inner = module.function(scope) if ".<locals>" in scope else None
        holder = scope.partition(".<locals>")[0]
        if inner is None or not inner.binds(name):
            held = [one.task for one in runs_of(module, holder) if one.own == name]
    if held:
        return all(not base_open(one) and METHOD not in base_attributes(one) for one in held)
    found = resolve(module, name, scope)
    if found.kind != "external" or found.path not in CURRENT_TASK:
        return False
    project = module.project
    return not any(finds(project, path, OWN) for path in project.search(METHOD))


def _state(module: Module, site: CallSite) -> str:
    """The state that stands where the id is wanted, as the code writes it; empty where it may be an id."""
    call, first = site.call, site.call.args[0]
    if call.keyword("state") is not None:
        return ""
    if isinstance(first, Ref):
        found = resolve(module, first.name, site.scope)
        if found.kind == "external" and found.path.startswith(CELERYS):
            return first.name
    value = value_of(Bound(first, module, site.scope)).value
    if not isinstance(value, str):
        return ""
    alone = isinstance(first, Const) and len(call.args) == 1 and all(one.name == "meta" for one in call.keywords)
    return f'"{value}"' if alone or STATE.match(value) else ""


def _is_dict(module: Module, scope: str, expr: Expr) -> bool:
    if isinstance(expr, Dict):
        return True
    if isinstance(expr, Call):
        return expr.callee == "dict" and resolve(module, "dict", scope).kind not in ("symbol", "local")
    held = bound_values(module, scope, expr.name) if isinstance(expr, Ref) else ()
    return bool(held) and all(isinstance(one, Dict) for one in held)
