"""One task declaration: where it stands, which form it has, its name, its options and its base class."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Class, Function
from taskguard.project.python.testing import is_trial, may_be_trial
from taskguard.project.python.values import ABSENT, Known, Name, Unknown, Value
from taskguard.project.tasks.naming import namer_of
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module


class Option(Record):
    """An option as the declaration gives it. `origin` is `decorator`, `wrapper`, `class` or `base`."""

    value: Value
    span: Span
    origin: str
    text: str = ""


class Task:
    """A task. `span` is its decorator (the `def` or `class` where there is none), `line` the 1-based line of the definition.

    `options` are what the declaration gives, wrapper and class included; `open` says why there may be more (empty: there are none).
    `app` is the dotted name of the app whose decorator it is, empty for a shared task. `noqa_lines` are lines besides
    the first of `span` on which a `# noqa` counts. `depends` are other files that its values rest on, `sources` the files of its wrappers.
    `home` is the module whose text the function or class is: another one than `module` where that declares what it imports (`app.task(imported)`).
    `automatic` is the dotted name of the callable that Celery is given, where decorators make it another one than the function.
    """

    __slots__ = (
        "_depends", "above", "app", "automatic", "below", "decorator", "form", "function", "home", "klass", "line", "memo", "module", "name", "name_source", "noqa_lines",
        "open", "options", "qualname", "sources", "span",
    )  # fmt: skip

    def __init__(
        self,
        module: Module,
        qualname: str,
        form: str,
        span: Span,
        line: int,
        options: dict[str, Option],
        *,
        opened: str = "",
        app: str = "",
        decorator: str = "",
        function: Function | None = None,
        klass: Class | None = None,
        above: tuple[str, ...] = (),
        below: tuple[str, ...] = (),
        noqa_lines: tuple[int, ...] = (),
        sources: tuple[str, ...] = (),
        automatic: Value | None = None,
        home: Module | None = None,
    ) -> None:
        self.module = module
        self.home = home or module
        self.qualname = qualname
        self.form = form
        self.span = span
        self.line = line
        self.options = options
        self.open = opened
        self.app = app
        self.decorator = decorator
        self.function = function
        self.klass = klass
        self.above = above
        self.below = below
        self.noqa_lines = noqa_lines
        self.sources = sources
        self.automatic = automatic
        self.memo: dict[object, object] = {}
        self._depends: tuple[str, ...] | None = None
        self.name, self.name_source = task_name(self)

    def __repr__(self) -> str:
        return f"Task({self.dotted!r})"

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def guard(self) -> str:
        """The branch that the definition stands in (as in `facts.model.Import`), empty where it stands in none."""
        held = self.function or self.klass
        return held.guard if held is not None else ""

    @property
    def dotted(self) -> str:
        """The dotted path of the function or class."""
        plain = self.qualname.replace(".<locals>", "")
        return f"{self.module.name}.{plain}" if self.module.name else plain

    def option(self, name: str) -> Value:
        """The value of an option; ABSENT where it is surely not given, Unknown where it may be."""
        held = self.options.get(name)
        if held is not None:
            return held.value
        return Unknown(self.open) if self.open else ABSENT

    def origin(self, name: str) -> str:
        """Where an option is given, empty where it is not."""
        return self.options[name].origin if name in self.options else ""

    @property
    def base(self) -> Value:
        """The base class: a `Name`, ABSENT for Celery's own or the app's."""
        if self.form == "class":
            return Known(Name(self.dotted))
        return self.option("base")

    @property
    def trial(self) -> bool:
        """Whether the task is there to see that the worker answers."""
        held = self.function
        params = tuple(one.name for one in held.params if one.name != "self") if held is not None else None
        return is_trial(self.path, self.qualname.rpartition(".")[2], params) or self.name.value == "celery.ping"

    @property
    def perhaps_trial(self) -> bool:
        """Whether the task may be there to try something out: it is none of a habit's exceptions."""
        return self.trial or may_be_trial(self.qualname.rpartition(".")[2])

    @property
    def in_class(self) -> bool:
        """Whether the function of the task stands in the body of a class."""
        return self.function is not None and self.function.holder == "class"

    @property
    def depends(self) -> tuple[str, ...]:
        """The other files that the values of this declaration rest on."""
        if self._depends is None:
            files: dict[str, None] = dict.fromkeys(self.sources)
            for option in self.options.values():
                files.update(dict.fromkeys(option.value.files))
            files.pop(self.path, None)
            self._depends = tuple(files)
        return self._depends


def task_name(task: Task) -> tuple[Value, str]:
    """The effective name of a task and where it comes from: explicit, automatic or unknown.

    The automatic name is `fun.__module__` and `fun.__name__` (not `__qualname__`): celery/app/base.py, `gen_task_name`.
    """
    given = task.option("name")
    if isinstance(given, Known) and given.value not in (None, ""):
        if isinstance(given.value, str):
            return given, "explicit"
        return Unknown("a name that is no string"), "unknown"
    if isinstance(given, Unknown):
        return given, "unknown"
    if not task.module.name or (task.form == "call" and task.function is None):
        return Unknown("the module name is not known"), "unknown"
    own = task.qualname.rpartition(".")[2]
    made = namer_of(task.module.project).name(task.automatic or Known(f"{task.module.name}.{own}"))
    return made, "automatic" if made.known else "unknown"
