"""Which task a signature runs: `f.s()`, `f.si()`, `signature("name")`, with the methods that hand the signature on."""

from __future__ import annotations

import re

from taskguard.facts import selections
from taskguard.facts.lines import Lines
from taskguard.facts.model import Attr, Call, Expr, Ref
from taskguard.patterns import regex
from taskguard.project.celery.system import celery_of
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import binding_frame, resolve
from taskguard.project.python.text_questions import finds_within
from taskguard.project.python.values import Unknown, Value
from taskguard.project.tasks.declarations import tasks_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import CallSite
    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.task import Task

SIGNATURE = frozenset(
    "celery.signature celery.canvas.signature celery.Signature celery.canvas.Signature celery.subtask celery.canvas.subtask".split()
)
MAKERS = frozenset("s si signature subtask".split())
# So many characters behind a signature are read for the methods that are called on it.
FAR = 4000
GROUP = frozenset(("celery.group", "celery.canvas.group"))
# What stands before a signature that is not the first task of a chain: a group hands no queue on to it.
BEHIND_FIRST = regex(r"\|\s*\Z|\bchain\((?:[^()]|\([^()]*\))*,\s*\Z")
HANDED_ON = frozenset("set clone on_error link link_error".split())


def task_at(module_of: Bound, written: str) -> Task | None:
    """The task that a name is, one of the same function among them that makes its tasks (`def register(app): …`)."""
    found = resolve(module_of.module, written, module_of.scope)
    if found.kind == "local" and "." not in written:
        return _made_beside(module_of.module, written, module_of.scope)
    if found.kind != "symbol" or found.module is None:
        return None
    return next((task for task in tasks_in(found.module) if task.qualname == found.path), None)


def _made_beside(module: Module, name: str, scope: str) -> Task | None:
    """The task that a function around makes under a local name, which is given to nothing else there."""
    frame = binding_frame(module, name, scope)
    function, qualname = module.function(frame) if frame else None, f"{frame}.<locals>.{name}"
    made = [task for task in tasks_in(module) if task.qualname == qualname] if function is not None else []
    if len(made) != 1 or len(module.named_functions(qualname)) != 1:
        return None
    again = re.compile(
        rf"^[ \t]*(?:(?:global|nonlocal)[ \t][^\n]*\b{re.escape(name)}\b|{re.escape(name)}\b[ \t\w,]*=(?!=))", re.M
    )
    return None if function is None or finds_within(module.project, module.path, function, again) else made[0]


def signature_task(bound: Bound, service: Service | None = None) -> Value:
    """The name of the task that a signature runs; Unknown where it cannot be told."""
    expr: Expr = bound.expr
    if isinstance(expr, Ref):
        task = task_at(bound, expr.name)
        return task.name if task is not None else Unknown("a signature that cannot be followed")
    if not isinstance(expr, Call):
        return Unknown("a signature that cannot be followed")
    if isinstance(expr.func, Attr) and expr.func.name in HANDED_ON:
        return signature_task(bound.other(expr.func.of), service)
    if named_signature(bound, expr):
        return value_of(bound.other(expr.args[0])) if expr.args else Unknown("no name")
    head, _, method = expr.callee.rpartition(".")
    if head and method in MAKERS:
        task = task_at(bound, head)
        if task is not None:
            return task.name
    return Unknown("a signature that cannot be followed")


def told_later(module: Module, call: Call, scope: str) -> bool:
    """Whether the signature that a call makes is given a queue by `.set(queue=…)` or `.apply_async(queue=…)`: behind it, by the name that it is kept under, or
    behind the group that it is a member of, which hands it to each (run on 5.6; a chain hands it to its first task alone). Of a group of what stands elsewhere
    (`group(steps)`) each signature of the function around may be a member."""
    text = module.project.text(module.path) or ""
    lines = Lines(text)
    start, end = lines.range(call.span)
    if _told_behind(text, start, end):
        return True
    for site in selections.calling(module.facts, "group"):
        first, last = lines.range(site.call.span)
        within = first < start and end <= last and not BEHIND_FIRST.search(text[first:start])
        listed = site.scope == scope and len(site.call.args) == 1 and isinstance(site.call.args[0], Ref)
        if (within or listed) and _is_group(module, site) and _told_behind(text, first, last):
            return True
    return False


def _is_group(module: Module, site: CallSite) -> bool:
    found = resolve(module, site.call.callee, site.scope)
    return found.kind == "external" and found.path in GROUP


def _told_behind(text: str, start: int, end: int) -> bool:
    """Whether methods behind what stands in a part of a text name a queue, or those of the name that it is kept under."""
    if _tells(text[end : end + FAR]):
        return True
    kept = re.search(r"(?:^|\n)[ \t]*(\w+)[ \t]*=[ \t(]*\Z", text[:start])
    return kept is not None and any(
        _tells(text[one.end() : one.end() + FAR]) for one in re.compile(rf"\b{kept[1]}(?=\.)").finditer(text, end)
    )


def _tells(after: str) -> bool:
    """Whether a chain of methods names a queue, or may: `.set(**options)`."""
    while (found := re.match(r"[\s\\]*\.\s*(\w+)\(", after)) is not None:
        depth, place = 1, found.end()
        while depth and place < len(after):
            depth += (after[place] in "([{") - (after[place] in ")]}")
            place += 1
        if found[1] in ("set", "apply_async") and re.search(r"\bqueue\s*=|\*\*", after[found.end() : place]):
            return True
        after = after[place:]
    return False


def named_signature(bound: Bound, call: Call) -> bool:
    """Whether a call is `signature("name")` of Celery or of an app."""
    head, _, method = call.callee.rpartition(".")
    if method in ("signature", "Signature", "subtask") and head:
        system = celery_of(bound.module.project)
        if system.apps.is_app(bound.module, head, bound.scope):
            return True
    if method not in ("signature", "Signature", "subtask"):
        return False
    found = resolve(bound.module, call.callee, bound.scope)
    return found.kind == "external" and found.path in SIGNATURE
