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


def was_called(service: Service, name: str, beside: Iterable[str]) -> bool:
    """Whether a dotted name begins with what the app is still called (`Celery("shop")`), and nothing else is: the package of the app has another name,
    and all that stands behind the first part of this one or of one `beside` it. Another service would have a name of its own."""
    beside, head = tuple(beside), name.partition(".")[0]
    if service.main.value != head or "." not in name:
        return False
    renamed = any(one.partition(".")[0] == head and _is_below_another(service, one) for one in beside)
    return renamed and once_had(service, name, beside)


def _is_below_another(service: Service, name: str) -> bool:
    """Whether the package of the app has, below its own name, all that stands behind the first part of a dotted name: the package was renamed."""
    own, _, rest = service.module.name.partition(".")
    tail = name.partition(".")[2]
    if not rest or "." not in tail:
        return False  # `tasks` alone is in many a package
    found = service.project.find(f"{own}.{tail}", service.module)
    return found is not None and found.root == service.module.root


def lies_beside(service: Service, name: str) -> bool:
    """Whether a name without a dot is that of a module beside the app's own, which no path of a worker leads to: each start names the app from the folder above its
    package, and nothing says that imports count from another one."""
    from taskguard.project.celery.loaded import importing
    from taskguard.project.python.copied import copied_as
    from taskguard.project.python.requirements import is_required

    project, own = service.project, service.module
    package = own.name.rpartition(".")[0]
    held = project.find(f"{package}.{name}", own) if package and name.isidentifier() else None
    if held is None or held.root != own.root or name in sys.stdlib_module_names or name == "celery":
        return False
    deployed = project.evidence.deployment
    apps = [one.app.partition(":")[0] for one in deployed.launches]
    if deployed.unclear or not apps or not all(one == own.name or one.startswith(f"{own.name}.") for one in apps):
        return False
    if deployed.paths or deployed.folders:
        return False
    # A script may put folders on its own path; what others import may do so in the worker.
    turned = [project.modules.get(path) for path in project.search("sys.path", "PYTHONPATH", "chdir")]
    if any(one is None or one in (own, held) or any(importing(project, one)) for one in turned):
        return False
    top = f"{own.root}/".lstrip("/")
    if any(
        path in project.modules
        for path in (f"{name}.py", f"{name}/__init__.py", f"{top}{name}.py", f"{top}{name}/__init__.py")
    ):
        return False
    return is_required(project, name) is False and not copied_as(project, name) and not project.beside(f"{top}{name}")
