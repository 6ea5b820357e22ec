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
