"""Where an imported name leads, told by the import statement alone: no file is parsed for it."""

from __future__ import annotations

from taskguard.facts.model import Import
from taskguard.facts.questions import holds
from taskguard.project.python.names import absolute_name, frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module


def leads_away(module: Module, written: str, scope: str, words: tuple[str, ...]) -> bool:
    """Whether a name is imported from files of the project that hold no word about Celery and none of `words`.

    Such a file makes no app and declares no task, and what it hands on it has to name. False where the project cannot be searched.
    """
    project = module.project
    if project.wrapper_words is None:
        return False
    found = _holders(module, written, scope)
    for path in (one.path for one in found):
        unparsed = not project.skimmed(path).parsed and project.is_readable(path)
        if not unparsed or holds(project, path, *words):
            return False
    return bool(found)


def _holders(module: Module, written: str, scope: str) -> list[Module]:
    """The project modules that a `from … import` may take the first part of a name from, or that this part is itself."""
    first = written.partition(".")[0]
    bound = next((one for one in (module.local(frame, first) for frame in frames(scope)) if one is not None), None)
    entry = module.entry(first) if bound is None else bound
    if not isinstance(entry, Import) or not entry.name:
        return []
    absolute = absolute_name(module, entry.module)
    holder = module.project.find(absolute, module)
    inner = module.project.find(f"{absolute}.{entry.name}", module)
    return [] if holder is None else [holder] if inner is None else [holder, inner]
