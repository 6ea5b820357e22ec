"""What the bodies of tasks ask of objects of the project's classes that these do not have: `Mailer().send_all()`, where no class above `Mailer` has `send_all`."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.facts.selections import called_variables, leading_calls, local_imports, written_name
from taskguard.patterns import regex
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.hazards.calls.own_calls import own_calls_of
from taskguard.project.hazards.payloads.callees import EMPTY, keeps_object, may_make_object, method_asked, method_named
from taskguard.project.hazards.payloads.objects import DATACLASS
from taskguard.project.python.call_questions import asked_results
from taskguard.project.python.flow import calls_of, is_own
from taskguard.project.python.followed import reached
from taskguard.project.python.names import resolve
from taskguard.project.tasks.app_names import parents
from taskguard.project.tasks.bases import whole_family
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Call, Class, Function
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.hazards.payloads.callees import Asked
    from taskguard.project.python.project import Module, Project

EXPECTED = frozenset(("AttributeError",))
# What answers for methods that nobody wrote down, and what makes objects of another class.
ANSWERING = ("__getattr__", "__getattribute__", "__new__", "__init_subclass__")
# A file with one of these may give its classes, or their objects, methods whose names nobody sees.
COMPUTED = regex(r"\bsetattr\(|__dict__|__class__|\b(?:locals|vars|exec)\(|\bimport \*")


class Methodless(Record):
    """A call of a method that the class of the object does not have: `asked` is the method and the class."""

    call: Call
    asked: Asked


def missing_methods(run: Run) -> Iterator[Methodless]:
    """Each method of a class once, where it first stands in the function of a task, or in one of its file that this calls."""
    seen: set[tuple[str, str, str]] = set()
    for function in reached(run.module, run.function, awaited=True):
        for found in methodless_in(run.module, function.qualname):
            key = (found.asked.maker.module.path, found.asked.maker.qualname, found.asked.name)
            if key not in seen:
                seen.add(key)
                yield found


@query
def methodless_in(module: Module, qualname: str) -> tuple[Methodless, ...]:
    """What a function asks of objects in vain, which many tasks may call."""
    function = module.function(qualname)
    found = _in_function(module, function) if function is not None else ()
    return tuple(one for one in found if not is_given(module.project, one.asked.name))


def _in_function(module: Module, function: Function) -> Iterator[Methodless]:
    body = own_calls_of(module, function) if _may_ask(module, function) else None
    params = {one.name for one in function.params}
    for called in calls_of(body) if body is not None else ():
        call = called.call
        head = call.callee.partition(".")[0]
        if head in params or is_own(called.within, head) or is_caught(called.spot, EXPECTED) or body is None:
            continue
        asked = method_asked(module, function.qualname, call, body)
        if asked is not None and _lacks(asked):
            yield Methodless(call, asked)


def _may_ask(module: Module, function: Function) -> bool:
    """Whether a function may call a method of an object that has none of that name: one of an object that it makes itself, or that a variable holds. No other function is parsed."""
    scope = function.qualname
    leads = leading_calls(module.facts, module.project.heads, scope)
    asked = asked_results(module.project, module.path, function) if leads else frozenset()
    if any(may_make_object(module, scope, name, given=asked is None or name in asked) for name in leads):
        return asked is None or bool(asked)
    if any((named := method_named(module, scope, name)) is not None and _lacks(named) for name in leads if "." in name):
        return True
    return any(keeps_object(module, name) for name in called_variables(module.facts, scope))


def _lacks(asked: Asked) -> bool:
    return not (asked.name.startswith("__") and asked.name.endswith("__")) and _lack(
        asked.maker.module, asked.maker.qualname, asked.name
    )


@query
def _lack(module: Module, qualname: str, name: str) -> bool:
    """Whether neither a class nor those above it have anything of that name, and all that they have is known."""
    klass = module.klass(qualname)
    above = whole_family(module, klass) if klass is not None else []
    return bool(above) and not any(_may_have(home, one, name) for home, one in above)


def _may_have(home: Module, klass: Class, name: str) -> bool:
    """Whether a class may have something of that name itself, or from a base or a decorator that nobody here knows."""
    if klass.sets(name, "__metaclass__") or klass.has(*ANSWERING) or klass.keywords:
        return True
    if any(one.klass is None and one.dotted not in EMPTY for one in parents(home, klass)):
        return True
    if any(resolve(home, written_name(one)).path not in DATACLASS for one in klass.decorators):
        return True
    return bool(local_imports(home.facts, klass.qualname, name)) or finds(home.project, home.path, COMPUTED)


def is_given(project: Project, name: str) -> bool:
    """Whether some code may give an object or a class something of that name, or asks whether it is there."""
    word = re.escape(name)
    given = re.compile(
        rf"\.{word}\s*(?::[^=\n]+|,[^=\n]*)?=(?!=)|\b(?:as|for) \w+\.{word}\b|attr\([^()\n]*[\"']{word}[\"']"
    )
    return any(finds(project, path, given) for path in project.search(name))
