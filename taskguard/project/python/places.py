"""What one file does, by the name that it does it to and by the function that it stands in.

Who asks of each task, class or variable what changes it would otherwise go through the whole file each time.
"""

from __future__ import annotations

from taskguard.facts.changes import augmented, base_name
from taskguard.facts.model import Assign, Binding, CallSite, Function, Ref
from taskguard.facts.selections import imports_from
from taskguard.facts.watched import quietly
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from taskguard.facts.model import Facts


# Stands for no name and no scope: who makes a table of a section notes that nothing is looked up in it yet.
TABLE = "<table>"


class Places:
    """The statements of one file, all in the order in which they stand there."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.memo: dict[object, object] = {}

    def assigns_to(self, name: str) -> Sequence[Assign]:
        """Those whose target is `name`, or a part of what it holds (`name["x"]`), in any scope; `name` may be dotted."""
        quietly(self._facts, "assigns_to", (name,))
        return self._assigns_to.get(name, ())

    def assigns_below(self, name: str) -> Sequence[Assign]:
        """Those to a plain dotted name that begins with the word `name`."""
        quietly(self._facts, "assigns_below", (name,))
        return self._assigns_below.get(name, ())

    def assigns_in(self, scope: str) -> Sequence[Assign]:
        """Those that stand in the function or class `scope` itself."""
        quietly(self._facts, "assigns_in", (scope,))
        return self._assigns_in.get(scope, ())

    def calls_of(self, name: str) -> Sequence[CallSite]:
        """The calls of methods of `name`, which is one word: `name.update(…)`, `name.a.b(…)`."""
        quietly(self._facts, "calls_of", (name,))
        return self._calls_of.get(name, ())

    def calls_in(self, scope: str) -> Sequence[CallSite]:
        """Those that stand in the function or class `scope` itself."""
        quietly(self._facts, "calls_in", (scope,))
        return self._calls_in.get(scope, ())

    def functions_in(self, scope: str) -> Sequence[Function]:
        """The functions below the function `scope`, however deep."""
        quietly(self._facts, "functions_in", (scope,))
        return self._functions_in.get(scope, ())

    def methods_of(self, klass: str) -> Sequence[Function]:
        """The functions whose qualified name begins with that of the class, however deep."""
        quietly(self._facts, "methods_of", (klass,))
        return self._methods_of.get(klass, ())

    def bound_to(self, name: str) -> Sequence[Binding]:
        """The bindings whose value is just the name `name`."""
        quietly(self._facts, "bound_to", (name,))
        return self._bound_to.get(name, ())

    def _all_assigns(self) -> Sequence[Assign]:
        """All of them, for a table whose readers note what they look up."""
        return quietly(self._facts, "assigns_to", (TABLE,)).assigns

    @property
    @query
    def augmented(self) -> frozenset[str]:
        """The plain names that a statement outside of functions adds to."""
        return augmented(self._facts)

    @property
    @query
    def future_imports(self) -> bool:
        """Whether all imports are absolute ones, as from Python 3 on."""
        return any(one.name == "absolute_import" for one in imports_from(self._facts, "__future__"))

    @property
    @query
    def _assigns_to(self) -> dict[str, list[Assign]]:
        made: dict[str, list[Assign]] = {}
        for one in self._all_assigns():
            made.setdefault(base_name(one.target), []).append(one)
        return made

    @property
    @query
    def _assigns_below(self) -> dict[str, list[Assign]]:
        made: dict[str, list[Assign]] = {}
        for one in self._all_assigns():
            if isinstance(one.target, Ref):
                made.setdefault(one.target.name.partition(".")[0], []).append(one)
        return made

    @property
    @query
    def _assigns_in(self) -> dict[str, list[Assign]]:
        made: dict[str, list[Assign]] = {}
        for one in self._all_assigns():
            made.setdefault(one.scope, []).append(one)
        return made

    @property
    @query
    def _calls_of(self) -> dict[str, list[CallSite]]:
        made: dict[str, list[CallSite]] = {}
        for site in quietly(self._facts, "calls_in", (TABLE,)).calls:
            head, dot, _ = site.call.callee.partition(".")
            if dot:
                made.setdefault(head, []).append(site)
        return made

    @property
    @query
    def _calls_in(self) -> dict[str, list[CallSite]]:
        made: dict[str, list[CallSite]] = {}
        for site in quietly(self._facts, "calls_in", (TABLE,)).calls:
            made.setdefault(site.scope, []).append(site)
        return made

    @property
    @query
    def _functions_in(self) -> dict[str, list[Function]]:
        made: dict[str, list[Function]] = {}
        for one in quietly(self._facts, "functions_in", (TABLE,)).functions:
            for scope in _around(one.qualname, ".<locals>."):
                made.setdefault(scope, []).append(one)
        return made

    @property
    @query
    def _methods_of(self) -> dict[str, list[Function]]:
        made: dict[str, list[Function]] = {}
        for one in quietly(self._facts, "functions_in", (TABLE,)).functions:
            for scope in _around(one.qualname, "."):
                made.setdefault(scope, []).append(one)
        return made

    @property
    @query
    def _bound_to(self) -> dict[str, list[Binding]]:
        made: dict[str, list[Binding]] = {}
        for one in quietly(self._facts, "bound_to", (TABLE,)).bindings:
            if isinstance(one.value, Ref):
                made.setdefault(one.value.name, []).append(one)
        return made


def _around(qualname: str, dot: str) -> Iterator[str]:
    """The beginnings of a qualified name. Python nests no deeper than a hundred blocks, so there are few."""
    at = qualname.find(dot)
    while at >= 0:
        yield qualname[:at]
        at = qualname.find(dot, at + 1)
