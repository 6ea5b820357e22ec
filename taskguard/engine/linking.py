"""What a store holds, linked to a project."""

from __future__ import annotations

from taskguard.project.python.project import Project
from taskguard.project.tasks.wrappers import widened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.engine.overlay import Store
    from taskguard.facts.questions import Notes
    from taskguard.project.python.held_texts import Answers
    from taskguard.project.python.linked import Linked
    from taskguard.settings.model import Settings


def linked(
    store: Store,
    settings: Settings,
    settings_at: Callable[[str], Settings] | None = None,
    *,
    root: str = "",
    complete: bool = True,
    notes: Notes | None = None,
    answers: Answers | None = None,
    known: Linked | None = None,
) -> Project:
    """The project of a store. `root` is the folder on disk that it is in, empty where it is in memory alone. `notes` learns what is read of texts, `answers` are those that states of one tree share. `known` is what the same files were linked to before, where nothing that says so has changed."""
    project = Project(
        store.paths, store.facts, settings, skimmed_of=store.skimmed, text_of=store.text, eager=store.eager,
        telling=store.relevant, markers=store.markers, settings_at=settings_at, search=store.search, importing=store.importing,
        complete=complete, beside=_beside(root) if root else None, notes=notes, answers=answers,
        linked=known,
    )  # fmt: skip
    if known is None:
        return widened(project)
    if known.words is not None:
        project.widen(known.widened, known.words)
    return project


def _beside(root: str) -> Callable[[str], str]:
    """What lies beside the modules. It is looked at when that is first asked for: most runs never do."""
    held: list[Callable[[str], str]] = []

    def beside(base: str) -> str:
        if not held:
            from taskguard.engine.unlisted_modules import Beside

            held.append(Beside(root))
        return held[0](base)

    return beside
