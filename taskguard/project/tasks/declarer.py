"""How a decorator declares a task, and the types of those who find that out."""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.facts.model import Expr, Function
    from taskguard.project.python.evaluate import Bound, Mapping
    from taskguard.project.python.project import Module
    from taskguard.project.python.values import Value

    Arguments = dict[str, Bound | Value | Mapping]


class Declarer(Record):
    """How a decorator declares a task. `name` is what it finally is, `app` the app's dotted name (empty: shared).

    `options` are those that a wrapper passes by default, `fixed` the names that its caller cannot change, `opened` why there may be more.
    `files` are the files of the wrappers. `automatic` is the automatic name where a wrapper makes the task of a function of its own; `inner`
    says that it does so, whatever the name: what Celery passes arrives there, and not at the decorated function.
    """

    name: str
    app: str = ""
    options: dict[str, Value] = {}
    fixed: tuple[str, ...] = ()
    opened: str = ""
    files: tuple[str, ...] = ()
    automatic: Value | None = None
    inner: bool = False


# What the parts are given to ask how an expression inside a wrapper, or a function of the project, declares a task: as `decorators` does.
if TYPE_CHECKING:
    Declare = Callable[[Module, Expr, str, int, Arguments | None], Declarer | None]
    Handed = Callable[[Module, Expr, str, Module, Function, int, Arguments | None], Declarer | None]
else:
    Arguments, Declare, Handed = "Arguments", "Declare", "Handed"
