"""Packages that the worker is told to import and that neither the project nor its requirements have: the project once had them."""

from __future__ import annotations

import re
import sys

from taskguard.facts.questions import finds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.celery.model import Service


def once_had(service: Service, name: str, beside: Iterable[str]) -> bool:
    """Whether the first part of a dotted name is nothing that there is, while what stands `beside` it is the project's own."""
    from taskguard.project.python.copied import copied_as
    from taskguard.project.python.requirements import is_required

    project, head = service.project, name.partition(".")[0]
    if not all(one.isidentifier() for one in name.split(".")) or head in sys.stdlib_module_names or head == "celery":
        return False
    renamed = any(_is_below_another(service, one) for one in beside if one.partition(".")[0] == head)
    if not renamed and not any(project.find(one, service.module) is not None for one in beside if one != name):
        return False
    if any(f"/{head}/" in f"/{path}" or f"/{path}".endswith(f"/{head}.py") for path in project.modules):
        return False
    if copied_as(project, name) or is_required(project, head) is not False or project.beside(head):
        return False
    if renamed:
        return True  # code that imports the former name was left behind as well
    imported = re.compile(rf"^\s*(?:from|import)\s+{head}\b", re.MULTILINE)
    return not any(finds(project, path, imported) for path in project.search(head))


def _is_below_another(service: Service, name: str) -> bool:
    """Whether the package of the app has, below its own name, all that stands behind the first part of a dotted name: the package was renamed."""
    own, _, rest = service.module.name.partition(".")
    tail = name.partition(".")[2]
    if not rest or "." not in tail:
        return False  # `tasks` alone is in many a package
    found = service.project.find(f"{own}.{tail}", service.module)
    return found is not None and found.root == service.module.root
