"""Who calls a method of a model on rows of it."""

from __future__ import annotations

from taskguard.facts.model import Ref
from taskguard.project.hazards.calls.functions import outer_functions
from taskguard.project.hazards.payloads.things import Things
from taskguard.project.python.flow import body_of, calls_of
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from taskguard.facts.model import Function
    from taskguard.project.hazards.database.rows import Model
    from taskguard.project.python.flow import Called
    from taskguard.project.python.project import Module, Project


def called_on_rows(
    project: Project, model: Model, name: str, paths: Iterable[str], among: Callable[[Function], Collection[str] | None]
) -> Iterator[tuple[Module, Function, Called]]:
    """The calls of a method in files at `paths`, at once, on what surely is a row of a model.

    `among` gives the names of rows that count in a function, None for any: a body in which none counts is not read. `self` is left to `on_self`.
    """
    for path in paths:
        home = project.modules[path]
        for one in outer_functions(home, (name,)) if not in_tests(path) else ():
            names = among(one)
            body = body_of(home, one) if names is None or names else None
            if body is None:
                continue
            things = Things(home, one, body)
            for called in calls_of(body):
                head, _, last = called.call.callee.rpartition(".")
                if last != name or head in ("", "self") or called.later or (names is not None and head not in names):
                    continue
                held = things.thing(Ref(head, called.call.span), called.spot)
                of = held.model if held is not None and held.kind == "row" else None
                if of is not None and of.module is model.module and of.klass is model.klass:
                    yield home, one, called
