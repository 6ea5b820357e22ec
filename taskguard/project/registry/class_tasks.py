"""Classes that are meant as tasks and are none."""

from __future__ import annotations

from taskguard.diagnostics import Related, Span
from taskguard.facts import selections
from taskguard.facts.selections import written_name
from taskguard.project.python.pins import pinned_below
from taskguard.project.python.testing import hidden
from taskguard.project.python.values import Known, Name
from taskguard.project.registry.class_uses import uses
from taskguard.project.registry.effective import app_base, base_of
from taskguard.project.registry.nameless import nameless_uses
from taskguard.project.tasks.app_names import parents, task_class
from taskguard.project.tasks.bases import lineage
from taskguard.project.tasks.declarations import all_tasks, enclosing, registered_by, registrations
from taskguard.project.tasks.decorators import declarer
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from taskguard.facts.model import Class
    from taskguard.project.python.project import Module, Project

    ClassMistakeKind = Literal["decorated", "unregistered", "nameless"]

# So many classes of a file are looked for in the whole project.
MOST = 100


class ClassMistake(Record):
    """`kind` is `decorated` (by a task decorator, whose written name is `decorator`), `unregistered`, or `nameless` (and `places` send instances).

    `why` is set where it is only probable.
    """

    kind: ClassMistakeKind
    dotted: str
    decorator: str
    span: Span
    lines: tuple[int, ...]
    why: str = ""
    places: tuple[Related, ...] = ()


def class_mistakes(module: Module) -> tuple[ClassMistake, ...]:
    """The mistaken classes of a file, in order of line."""
    made: list[ClassMistake] = []
    looked_for = 0
    for klass in module.facts.classes if not hidden(module.path) else ():
        dotted = f"{module.name}.{klass.qualname.replace('.<locals>', '')}" if module.name else klass.qualname
        lines = (klass.span.line, klass.head_end)
        decorated = False
        for expr in klass.decorators:
            how = declarer(module, expr, enclosing(klass.qualname))
            if how is not None and how.name != "register":
                decorated = True
                written = written_name(expr)
                made.append(ClassMistake("decorated", dotted, written, expr.span, (*lines, expr.span.end_line)))
        unseen = not decorated and _is_unregistered(module, klass)
        looked_for += unseen
        if unseen and looked_for > MOST:
            span = Span(klass.span.line, klass.span.column, klass.head_end, 1)
            why = f"the file has more than {MOST} such classes"
            made.append(ClassMistake("unregistered", dotted, "", span, lines, why))
        elif unseen and not (module.project.complete and _used_otherwise(module.project, klass.name)):
            span = Span(klass.span.line, klass.span.column, klass.head_end, 1)
            made.append(ClassMistake("unregistered", dotted, "", span, lines, _doubt(module, klass)))
        elif not decorated and _nameable(module, klass):
            places = nameless_uses(module, klass)
            if places:
                span = Span(klass.span.line, klass.span.column, klass.head_end, 1)
                made.append(ClassMistake("nameless", dotted, "", span, lines, places=places))
    return tuple(sorted(made, key=lambda one: one.span))


def _is_unregistered(module: Module, klass: Class) -> bool:
    """Whether a class has a body like a task and nothing registers it or, as far as files that were read say, builds upon it."""
    from taskguard.project.registry.habits import judged

    if not klass.has("run") or klass.decorators or klass.holder != "module" or not judged(module):
        return False
    if not task_class(module, klass) or _abstract(klass) or _registers_itself(module, klass):
        return False
    project = module.project
    if (module.path, klass.qualname) in registrations(module.project):
        return False
    return f"{module.name}.{klass.qualname}" not in _built_upon(project)


def _used_otherwise(project: Project, name: str) -> bool:
    found = uses(project, name)
    return found.base or found.ran


def _nameable(module: Module, klass: Class) -> bool:
    return bool(klass.bases) and task_class(module, klass) and not _registers_itself(module, klass)


def _abstract(klass: Class) -> bool:
    return klass.sets("abstract")


def _registers_itself(module: Module, klass: Class) -> bool:
    """Up to Celery 3.1 a metaclass registered each subclass; `celery.task.Task` of Celery 4 still did."""
    if pinned_below(module.project, (4, 0)):
        return True
    names = lineage(module.project, f"{module.name}.{klass.qualname}", module)[0]
    return any(name.startswith("celery.task.") for name in names)


@query
def _built_upon(project: Project) -> frozenset[str]:
    """The dotted names of classes that are the base of a task, an app or another class."""
    names: set[str] = set()
    for task in all_tasks(project):
        for base in (base_of(task), app_base(task)):
            if isinstance(base, Known) and isinstance(base.value, Name) and base.value.dotted != task.dotted:
                names.update(lineage(project, base.value.dotted, task.module)[0])
    for module in project.looked_at:
        for klass in module.facts.classes:
            names.update(parent.dotted for parent in parents(module, klass) if parent.dotted)
    return frozenset(names)


@query
def _unfollowed(project: Project) -> str:
    """The first file that registers what cannot be followed to a class; empty where none does."""
    for other in project.looked_at:
        for site in selections.calling(other.facts, "register_task"):
            followed = registered_by(other, site) if site.call.callee and site.call.args else None
            if followed is not None and not any(project.modules[path].klass(name) for path, name in followed):
                return other.path
    return ""


def _doubt(module: Module, klass: Class) -> str:
    """Why the class may be registered all the same: a registration that cannot be followed, or its name in a place that is."""
    project = module.project
    if not project.complete:
        return "only a part of the project is linked"
    unfollowed = _unfollowed(project)
    if unfollowed:
        return f"{unfollowed} registers a task that cannot be followed"
    handed = uses(project, klass.name).handed
    if handed:
        return f"{handed} hands it on"
    unread = project.mentions(klass.name, module.path)
    return f"{unread[0]} does not parse and names it" if unread else ""
