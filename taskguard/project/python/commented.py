"""Imports, and entries of lists, that somebody has commented out."""

from __future__ import annotations

import re

from taskguard.facts.questions import every
from taskguard.patterns import regex
from taskguard.project.python.imports import imports_of
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

# `# "shop.mail",` in a list: an application or module that is left out on purpose.
LISTED = regex(r"^[ \t]*#+[ \t]*[\"']([A-Za-z_][\w.]*)[\"'][ \t]*(?:[,#\])]|$)", re.M)
# `# from shop.mail import *`
_FROM = regex(r"^[ \t]*#+[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+\(?[ \t]*(\w+|\*)", re.M)
_PLAIN = regex(r"^[ \t]*#+[ \t]*import[ \t]+([\w.]+)[ \t]*(?:as[ \t]+\w+[ \t]*)?$", re.M)


@query
def taken_out_of(module: Module) -> tuple[Module, ...]:
    """The modules outside tests in which a comment keeps an import of this one."""
    project, made = module.project, []
    for path in project.holders(module.name.rpartition(".")[2]):
        other = project.modules[path]
        if path == module.path or in_tests(path):
            continue
        written: list[tuple[str, str | None]] = [*every(project, path, _FROM)]
        written += [(name, None) for name in every(project, path, _PLAIN)]
        if any(
            _same(module, name) or module.path in imports_of(project).targets(other, name, one) for name, one in written
        ):
            made.append(other)
    return tuple(sorted(made, key=lambda one: one.path))


def _same(module: Module, written: str) -> bool:
    """Whether a dotted name ends like that of a module: what is commented out may count from another folder."""
    tail = written.lstrip(".")
    return "." in tail and f".{module.name}".endswith(f".{tail}")
