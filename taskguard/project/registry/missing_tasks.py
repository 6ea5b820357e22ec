"""What a name is that no task has."""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.tasks.task import Task


class Missing(Record):
    """A name that no task is seen to have.

    `help` says what was most likely meant, `task` is that task. `depends` are the files whose change would settle it. `doubt` says why it is no
    proof that no task has the name; empty where it is one. `name` is the name, empty where it cannot be told; `foreign` says that
    nothing of it is the project's, but for who may take what is sent.
    """

    help: str = ""
    task: Task | None = None
    depends: tuple[str, ...] = ()
    certain: bool = True
    doubt: str = ""
    name: str = ""
    foreign: bool = False


def is_beside(name: str, task: Task) -> bool:
    """Whether a task is in the module that a name says, or is called the same in another one: then the name was most likely meant for it, and is one
    that a rename left behind. Any other task that is near to the name by its letters may well have nothing to do with it."""
    head, _, last = name.rpartition(".")
    own = str(task.name.value).rpartition(".") if task.name.known else ("", "", "")
    return head in (own[0], task.module.name) or last in (own[2], task.qualname.rpartition(".")[2])
