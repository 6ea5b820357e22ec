"""Files of Django migrations: which they are, and what in them runs only when they are taken back."""

from __future__ import annotations

from taskguard.facts.model import Call, Ref, Seq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr
    from taskguard.project.python.project import Module

FOLDER = "migrations"


def in_migrations(path: str) -> bool:
    """Whether a file is a migration: it has run once and stays as it is."""
    return FOLDER in path.split("/")[:-1]


def undoing(module: Module) -> frozenset[str]:
    """The functions of a migration that run only when it is taken back."""
    if not in_migrations(module.path):
        return frozenset()
    there: set[str] = set()
    back: set[str] = set()
    for klass in module.facts.classes:
        for binding in klass.attributes:
            if binding.name == "operations" and isinstance(binding.value, Seq):
                for one in binding.value.items:
                    if isinstance(one, Call) and one.callee.rpartition(".")[2] == "RunPython":
                        there.update(_names(one.args[0] if one.args else one.keyword("code")))
                        back.update(_names(one.args[1] if len(one.args) > 1 else one.keyword("reverse_code")))
    return frozenset(_reached(module, back) - _reached(module, there))


def _names(expr: Expr | None) -> Iterator[str]:
    if isinstance(expr, Ref):
        yield expr.name


def _reached(module: Module, first: set[str]) -> set[str]:
    """Functions, and those of the file that they call."""
    seen: set[str] = set()
    left = list(first)
    while left:
        name = left.pop()
        function = module.function(name)
        if function is not None and name not in seen:
            seen.add(name)
            left.extend(function.calls)
    return seen
