"""Instances of class tasks that no registration gave a name: `Fetch().delay(1)` where only `app.register_task(Fetch())` was named.

`register_task` names the instance that it is given, not its class (celery/app/base.py). A message of another instance names no task.
"""

from __future__ import annotations

import re

from taskguard.diagnostics import Related
from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Ref
from taskguard.facts.questions import finds
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.app_names import family, parents
from taskguard.project.tasks.celery_names import CELERY_TASK, is_task_class
from taskguard.project.tasks.declarations import class_options, registered, registrations

DEEPEST = 20

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite, Class
    from taskguard.project.python.project import Module
    from taskguard.project.tasks.app_names import Parent

SENDING = ("apply", "apply_async", "delay", "s", "si", "signature")


def nameless_uses(module: Module, klass: Class) -> tuple[Related, ...]:
    """The places that send a fresh instance of a registered task class without a name, tests left out."""
    project = module.project
    if (
        not project.complete
        or klass.holder != "module"
        or not registered(module, klass)
        or _may_have_name(module, klass)
    ):
        return ()
    made = []
    used = re.compile(rf"\b{re.escape(klass.name)}\(")
    for path in project.search(f"{klass.name}("):
        other = project.modules[path]
        if in_tests(other.path) or not finds(project, path, used):
            continue
        for site in _sent(other):
            found = resolve(other, _made(other, site), site.scope)
            if found.module is module and found.kind == "symbol" and found.path == klass.qualname:
                what = f"{klass.name}().{_method(site)} sends an instance without a name"
                made.append(Related(path, site.call.span.line, what))
        made.extend(_by_variable(other, module, klass))
    return tuple(dict.fromkeys(made))


def _by_variable(other: Module, module: Module, klass: Class) -> Iterator[Related]:
    """Sends of a variable of `other` that holds a fresh instance, which is not the one that is registered."""
    for one in other.facts.bindings:
        name = one.name
        if not isinstance(one.value, Call) or len(other.entries(name)) != 1:
            continue
        made = resolve(other, one.value.callee) if one.value.callee else None
        if made is None or made.module is not module or made.path != klass.qualname:
            continue
        if (other.path, name) in registrations(module.project):
            continue
        for path in module.project.search(f"{name}."):
            user = module.project.modules[path]
            for site in selections.calling(user.facts, *SENDING) if not in_tests(user.path) else ():
                head, _, method = site.call.callee.rpartition(".")
                if method not in SENDING or head.rpartition(".")[2] != name:
                    continue
                found = resolve(user, head, site.scope)
                if found.kind == "symbol" and found.module is other and found.path == name:
                    yield Related(
                        path, site.call.span.line, f"{name} is another instance of {klass.name}, without a name"
                    )


def _sent(module: Module) -> Iterator[CallSite]:
    for site in selections.calling(module.facts, *SENDING):
        if _method(site) in SENDING and _made(module, site):
            yield site


def _method(site: CallSite) -> str:
    func = site.call.func
    return func.name.rpartition(".")[2] if isinstance(func, Attr | Ref) else ""


def _made(module: Module, site: CallSite) -> str:
    """The class of which the receiver of a call is a fresh instance: made there, or just before in the same function."""
    func = site.call.func
    if isinstance(func, Attr):
        return func.of.callee if isinstance(func.of, Call) else ""
    name = func.name.rpartition(".")[0] if isinstance(func, Ref) and site.scope else ""
    values = [
        one.value for one in module.places.assigns_to(name) if isinstance(one.target, Ref) and one.scope == site.scope
    ]
    return values[0].callee if name and len(values) == 1 and isinstance(values[0], Call) else ""


def _may_have_name(module: Module, klass: Class) -> bool:
    """Whether the class or an ancestor may give each instance a name."""
    options, opened = class_options(module, klass)
    named = options.get("name")
    if opened or (named is not None and not named.value.absent and not (named.value.known and not named.value.value)):
        return True
    return any(
        _names_itself(place, one) or any(map(_foreign, parents(place, one)))
        for place, one in family(module, klass, DEEPEST)
    )


def _foreign(parent: Parent) -> bool:
    """Whether a base is a class of which nobody knows what it does."""
    return (
        parent.klass is None
        and parent.dotted not in CELERY_TASK
        and not is_task_class(parent.dotted)
        and not parent.dotted.startswith("builtins.")
    )


def _names_itself(module: Module, klass: Class) -> bool:
    """Whether the class may give each instance a name."""
    if klass.has("__getattr__", "__getattribute__", "__new__", "name"):
        return True
    for method in module.places.methods_of(klass.qualname):
        for one in module.places.assigns_in(method.qualname):
            if isinstance(one.target, Ref) and one.target.name.endswith(".name"):
                return True
    return any(one.name == "metaclass" for one in klass.keywords)
