"""The functions that rules about calls and bodies look into."""

from __future__ import annotations

from taskguard.facts.model import Ref
from taskguard.facts.selections import calling, functions_calling
from taskguard.project.hazards.calls.text_questions import functions_with
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import hidden, in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator

    from taskguard.facts.model import CallSite, Class, Function
    from taskguard.project.python.project import Module, Project


def functions_in(project: Project, paths: Iterable[str], lasts: Iterable[str]) -> Iterator[tuple[Module, Function]]:
    """The functions in files at `paths` that call something whose last name is one of these, with their modules; tests and hidden folders left out.

    Those within others are left out, too: who reads the outer one comes to them. Of several of one name the last one counts.
    """
    wanted = sorted(lasts)
    for path in paths:
        if in_tests(path) or hidden(path):
            continue
        module = project.modules[path]
        for function in outer_functions(module, wanted):
            yield module, function


def sites_in(project: Project, paths: Iterable[str], lasts: Iterable[str]) -> Iterator[tuple[Module, CallSite]]:
    """The calls in files at `paths` whose last names are among these, with their modules; left out is what `functions_in` leaves out."""
    wanted = tuple(lasts)
    for path in paths:
        if in_tests(path) or hidden(path):
            continue
        module = project.modules[path]
        for site in calling(module.facts, *wanted):
            yield module, site


def functions_saying(
    project: Project, paths: Iterable[str], pattern: re.Pattern[str]
) -> Iterator[tuple[Module, Function]]:
    """The functions in files at `paths` in whose lines a pattern is found, with their modules; left out is what `functions_in` leaves out."""
    for path in paths:
        if in_tests(path) or hidden(path):
            continue
        module = project.modules[path]
        for qualname in functions_with(project, path, module.facts, pattern.pattern, pattern.flags):
            function = module.function(qualname)
            if function is not None:
                yield module, function


def outer_functions(module: Module, lasts: Iterable[str]) -> Iterator[Function]:
    """Those of one file."""
    for name, holder in functions_calling(module.facts, *lasts):
        function = module.function(name) if holder != "function" else None
        if function is not None and function.may_call(*lasts):
            yield function


# What makes a method one of the class: no object is passed to it.
OF_CLASS = frozenset(("classmethod", "staticmethod"))


def is_of_class(function: Function) -> bool:
    """Whether a method is one of the class."""
    return any(isinstance(one, Ref) and one.name in OF_CLASS for one in function.decorators)


def class_at(module: Module, name: str, scope: str = "") -> tuple[Module, str] | None:
    """The class of the project that a name is, with the module that defines it; None where it is none, or none that is known."""
    found = resolve(module, name, scope)
    if found.kind != "symbol" or found.module is None or found.module.klass(found.path) is None:
        return None
    return found.module, found.path


def class_around(module: Module, function: Function) -> Class | None:
    """The class of which a function is a method."""
    return module.klass(function.qualname.rpartition(".")[0]) if function.holder == "class" else None
