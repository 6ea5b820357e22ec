"""What the bodies of tasks ask of enums of the project that these do not have: `Status.DONE` of a class without such a member."""

from __future__ import annotations

from taskguard.facts.model import Ref
from taskguard.facts.questions import finds
from taskguard.facts.selections import local_imports, own_imports, written_name
from taskguard.project.hazards.bodies.object_attributes import COMPUTED, EXPECTED, is_given
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.hazards.payloads.callees import EMPTY
from taskguard.project.python.flow import body_of, bound_in, is_own, parts_of
from taskguard.project.python.followed import reached
from taskguard.project.python.members import ENUMS
from taskguard.project.python.names import live, resolve
from taskguard.project.python.text_questions import words_behind
from taskguard.project.tasks.app_names import family, parents
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Class, Function
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.names import Found
    from taskguard.project.python.project import Module

# So many classes above an enum are followed, and so many names of one file and of one function looked for.
DEEPEST, MOST = 10, 100
# Bases with which a class is an enum, and what may stand beside them: members are of these, too.
KINDS = ENUMS | {"enum.Flag", "enum.IntFlag", "django.db.models.enums.Choices"}
VALUES = frozenset(("builtins.str", "builtins.int", "builtins.float"))
# What all enums have, those of Django and those of texts and numbers included.
OWN = frozenset(
    ("name", "value", "mro", "choices", "labels", "values", "names", "label", *dir(str), *dir(int), *dir(float))
)
# Decorators that change nothing of an enum.
CHECKS = frozenset(("enum.unique", "enum.verify"))


class Memberless(Record):
    """A member `name` that a body asks of the enum `qualname` in `holder`, and that is not there."""

    holder: Module
    qualname: str
    name: str
    span: Span

    @property
    def line(self) -> int:
        """The line of the enum."""
        klass = self.holder.klass(self.qualname)
        return klass.span.line if klass is not None else 1


def missing_members(run: Run) -> Iterator[Memberless]:
    """Each member of an enum once, where it first stands in the function of a task, or in one of its file that this calls or runs."""
    seen: set[tuple[str, str, str]] = set()
    for function in reached(run.module, run.function, awaited=True):
        for found in _memberless(run.module, function.qualname):
            key = (found.holder.path, found.qualname, found.name)
            if key not in seen:
                seen.add(key)
                yield found


@query
def _memberless(module: Module, qualname: str) -> tuple[Memberless, ...]:
    """What a function asks of enums in vain, which many tasks may call: so many names of it at most."""
    function = module.function(qualname)
    held: dict[tuple[str, str], Memberless] = {}
    for one in _in_function(module, function) if function is not None else ():
        held.setdefault((one.qualname, one.name), one)
        if len(held) == MOST:
            break
    return tuple(one for one in held.values() if not is_given(module.project, one.name))


def _in_function(module: Module, function: Function) -> Iterator[Memberless]:
    body = body_of(module, function) if _may_ask(module, function) else None
    for spot, expr, within in parts_of(body) if body is not None else ():
        if not isinstance(expr, Ref) or "." not in expr.name or is_caught(spot, EXPECTED) or body is None:
            continue
        head = expr.name.partition(".")[0]
        if len(live(module, head)) > 1 or bound_in(body, head) or is_own(within, head):
            continue
        parts = expr.name.split(".")
        for place in range(1, min(len(parts), 4)):
            found = resolve(module, ".".join(parts[:place]), function.qualname)
            if _lacks(found, parts[place]) and found.module is not None:
                yield Memberless(found.module, found.path, parts[place], expr.span)
                break


def _may_ask(module: Module, function: Function) -> bool:
    """Whether the text of a function asks an enum of the project for a member that it does not have: no other function is parsed."""
    for name, of in _names_in(module):
        if of not in ("", function.qualname):
            continue
        for first, second in words_behind(module.project, module.path, function, name):
            if _lacks(resolve(module, name, of), first):
                return True
            if second and first[:1].isupper() and _lacks(resolve(module, f"{name}.{first}", of), second):
                return True
    return False


@query
def _names_in(module: Module) -> tuple[tuple[str, str], ...]:
    """The names that a file has for modules and classes of the project, each with the function that imports it, empty for the file itself."""
    made = [(one.name, "") for one in module.facts.classes if one.holder == "module"]
    for one in own_imports(module.facts, module.project.heads):
        found = resolve(module, one.bound, one.scope) if one.name != "*" else None
        if found is not None and (found.kind == "module" or _class_of(found) is not None):
            made.append((one.bound, one.scope))
    return tuple(dict.fromkeys(made)) if len(made) <= MOST else ()


def _class_of(found: Found) -> Class | None:
    return found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None


def _lacks(found: Found, name: str) -> bool:
    """Whether a name leads to an enum of the project, and that has no such member."""
    if found.module is None or _class_of(found) is None or name.startswith("_") or name in OWN:
        return False
    members = _members(found.module, found.path)
    return members is not None and name not in members and not local_imports(found.module.facts, found.path, name)


@query
def _members(module: Module, qualname: str) -> frozenset[str] | None:
    """All names that an enum has, its methods included; None where the class is none, or not all of it is known."""
    klass = module.klass(qualname)
    above = family(module, klass, DEEPEST) if klass is not None else []
    bases = {one.dotted for held in above for one in parents(*held) if one.klass is None}
    if not bases & KINDS or not bases <= KINDS | EMPTY | VALUES:
        return None
    made: set[str] = set()
    for home, one in above:
        decorated = [resolve(home, written_name(each)).path for each in one.decorators]
        if one.keywords or any(each not in CHECKS for each in decorated) or one.has("__getattr__"):
            return None
        if finds(home.project, home.path, COMPUTED) or one.sets("_ignore_"):
            return None
        made.update(each.name for each in one.attributes)
        made.update(one.methods)
    return frozenset(made)
