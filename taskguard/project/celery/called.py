"""What a module is called by those who import it, or start a worker from it, where its folder would give it another name."""

from __future__ import annotations

from taskguard.project.python import text_questions as texts
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.python.project import Module


def called(module: Module, services: Iterable[Service]) -> str:
    """The name to show for a module: its own, with the folders in front under which everybody names it, or the app of a worker beside it."""
    above = _above(module)
    for service in services:
        if not above and service.module.root == module.root:
            above = _above(service.module)
    return f"{above}.{module.name}" if above else module.name


@query
def _above(module: Module) -> str:
    """The folders that all put before the name of a module; empty where somebody uses the name that it has, or nobody uses any."""
    found = set[str]()
    for name in _used(module):
        if name == module.name:
            return ""
        above = name.removesuffix(f".{module.name}")
        if above != name and f"/{module.root}".endswith(f"/{above.replace('.', '/')}"):
            found.add(above)
    return found.pop() if len(found) == 1 else ""


def _used(module: Module) -> Iterator[str]:
    """The absolute names of modules that imports elsewhere, and starts of Celery, may mean."""
    project, last = module.project, module.name.rpartition(".")[2]
    for path in sorted(project.holders(last)) if last else ():
        if path != module.path:
            yield from texts.named_ending(project, path, last)
    yield from (one.app.partition(":")[0] for one in project.evidence.deployment.launches)
