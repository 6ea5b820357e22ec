"""What modules bind and hand on at run time."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.project.python.names import absolute_name, dunder_all, live, resolve, running_stars, star_offers
from taskguard.project.python.own_names import writes_own_names
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

# What every module has without binding it.
GIVEN = frozenset(
    (
        "__name__",
        "__doc__",
        "__file__",
        "__path__",
        "__package__",
        "__spec__",
        "__loader__",
        "__dict__",
        "__builtins__",
        "__cached__",
    )
)


def listed_objects(module: Module) -> list[tuple[str, str, Span]]:
    """What `__all__` lists in place of a name: the functions, classes and modules as they are written, what each is, and where it stands."""
    made = []
    for part in module.facts.exports or ():
        found = resolve(module, part.value) if part.kind == "unknown" and part.value else None
        if found is None or found.module is None:
            continue
        what = "module" if found.kind == "module" else ""
        if found.kind == "symbol":
            what = (
                "class" if found.module.klass(found.path) else "function" if found.module.function(found.path) else ""
            )
        if what:
            made.append((part.value, what, part.span))
    return made


def binds_name(module: Module, name: str) -> bool | None:
    """Whether `from module import name` works at run time; None where that cannot be told."""
    if module.unreadable:
        return None
    served = module.facts.getattr_names
    if live(module, name) or name in GIVEN or (served and name in served) or module.submodule(name) is not None:
        return True
    unknown = (
        served is None or writes_own_names(module) or module.path.endswith(".pyi")
    )  # a stub says nothing of run time
    for star in running_stars(module):
        target = module.project.find(absolute_name(module, star.module), module)
        more = None if target is None else star_offers(target, name)
        if more is None:
            unknown = True
        elif more:
            return True
        elif target is not None and not name.startswith("_"):
            unknown = unknown or passes_foreign(target)
    return None if unknown else False


@query
def passes_foreign(module: Module) -> bool:
    """Whether `from module import *` hands on a star import from outside the project, whose names `exports` leaves out."""
    seen = [module]
    for one in seen:
        if dunder_all(one) is None:
            for star in running_stars(one):
                target = one.project.find(absolute_name(one, star.module), one)
                if target is None:
                    return True
                if target not in seen:
                    seen.append(target)
    return False


def namesake_has(target: Module, name: str) -> bool:
    """Whether another module that an import of `target` may mean has the name: one of the same dotted name under a root around or in that of `target`."""
    own = target.name
    others = (
        one
        for one in target.project.modules.values()
        if one is not target
        and one.name == own
        and one.hidden_by != target.path
        and (
            f"{one.root}/".startswith(f"{target.root}/")
            or f"{target.root}/".startswith(f"{one.root}/")
            or not one.root
            or not target.root
        )
    )
    return any(one.name and binds_name(one, name) is not False for one in others)
