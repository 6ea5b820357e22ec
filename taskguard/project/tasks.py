"""One task declaration: where it stands, which form it has, its name, its options and its base class."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Class, Function
from taskguard.project.testing import is_trial
from taskguard.project.values import ABSENT, Known, Name, Unknown, Value
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.bases import Importable
    from taskguard.project.module import Module


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
    `automatic` is the dotted name of the callable that Celery is given, where decorators make it another one than the function.
    """

    __slots__ = (
        "_depends", "above", "app", "automatic", "below", "decorator", "form", "function", "klass", "line", "module", "name", "name_source", "noqa_lines",
        "open", "options", "qualname", "settled_base", "sources", "span",
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
    ) -> None:
        self.module = module
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
        self.settled_base: Value | None = None  # filled by bases.base_of
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

    def effective(self, name: str) -> Value:
        """The value of an option; where the declaration does not give it, that of the base class."""
        given = self.option(name)
        if not given.absent or self.form == "class":
            return given
        from taskguard.project.bases import supplied

        return supplied(self, name)

    def setting(self, name: str) -> Value:
        """What the configuration of all apps of the task says of a setting; ABSENT where none sets it."""
        from taskguard.project.routing import setting_of

        return setting_of(self, name)

    def setting_files(self, option: str) -> tuple[str, ...]:
        """The files that configure the apps of the task, where the declaration and its base leave an option open."""
        services = self.module.project.celery.services_of(self) if self.effective(option).absent else ()
        return tuple(dict.fromkeys(service.path for service in services))

    def inherits(self, wanted: tuple[str, ...]) -> bool | None:
        """Whether the base class is one of `wanted` (full or bare names) or a subclass of it; None where that cannot be told."""
        from taskguard.project.bases import is_subclass

        base = self.base_class
        if isinstance(base, Unknown):
            return None
        dotted = base.value.dotted if isinstance(base, Known) else "celery.Task"
        return is_subclass(self.module.project, dotted, wanted, self.module)

    @property
    def own_base(self) -> bool | None:
        """Whether the base class is a task class of the project's own, whichever; None where that cannot be told."""
        from taskguard.project.bases import has_own_base

        return has_own_base(self)

    def place_of(self, name: str) -> Span:
        """The place of the value of an option that the declaration gives."""
        from taskguard.project.celery.sends import option_span

        return option_span(self, name)

    @property
    def trial(self) -> bool:
        """Whether the task is there to see that the worker answers."""
        held = self.function
        params = tuple(one.name for one in held.params if one.name != "self") if held is not None else None
        return is_trial(self.path, self.qualname.rpartition(".")[2], params) or self.name.value == "celery.ping"

    @property
    def routed(self) -> bool | None:
        """Whether the configured routes give the task a queue; None where that cannot be told."""
        from taskguard.project.routing import routed

        return routed(self)

    @property
    def route_files(self) -> tuple[str, ...]:
        """The files that configure the routes for the task."""
        from taskguard.project.routing import route_files

        return route_files(self)

    @property
    def annotated(self) -> bool | None:
        """Whether `task_annotations` may change the options of the task; None where that cannot be told."""
        from taskguard.project.routing import annotated

        return annotated(self)

    @property
    def base_class(self) -> Value:
        """The base class as a `Name`, that of the app where the declaration gives none; ABSENT for Celery's own."""
        from taskguard.project.bases import base_of

        return base_of(self)

    def importable(self, wanted: str) -> Importable | None:
        """The class that a full or bare name means here, if it can be imported."""
        from taskguard.project.bases import importable

        return importable(self, wanted)

    @property
    def base_files(self) -> tuple[str, ...]:
        """The files of the base class and its ancestors."""
        from taskguard.project.bases import lineage_of

        return lineage_of(self)[1]

    @property
    def base_open(self) -> str:
        """Why the base class may hold more than the project says; empty where all of it is known."""
        from taskguard.project.bases import lineage_of

        return lineage_of(self)[2]

    @property
    def base_attributes(self) -> frozenset[str]:
        """The names of the attributes and methods that the base class and its ancestors in the project define."""
        from taskguard.project.bases import members

        return members(self)

    @property
    def in_class(self) -> bool:
        """Whether the function of the task stands in the body of a class."""
        return self.function is not None and self.function.holder == "class"

    def takes_itself(self, name: str, idle: bool = True) -> bool:
        """Whether the body uses its first parameter `name` as the task, or (`idle`) for nothing: it is there to take the task."""
        from taskguard.project.usage import is_the_task, unused

        return is_the_task(self, name) or (idle and unused(self, name))

    def reads_unbound(self, name: str) -> bool:
        """Whether the body reads a name that nothing in the file binds."""
        from taskguard.project.usage import reads_unbound

        return reads_unbound(self, name)

    @property
    def around(self) -> bool | None:
        """Whether the base class comes between the message and the body (`__call__`); None where that cannot be told."""
        if "__call__" in self.base_attributes:
            return True
        return None if self.base_open else False

    def calls(self, wanted: str) -> bool | None:
        """Whether the body calls `wanted` (a dotted name or the end of one), directly or through a function of the project."""
        from taskguard.project.usage import calls

        return calls(self, wanted)

    def reads(self, name: str) -> bool | None:
        """Whether some code reads the attribute `name` of a task; None where only a part of the project is linked."""
        from taskguard.project.usage import reads

        return reads(self, name)

    def mentioned(self, name: str) -> bool | None:
        """Whether the project has the word `name` anywhere but once in this file; None where only a part of it is linked."""
        from taskguard.project.usage import mentioned

        return mentioned(self, name)

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
    made = task.module.project.namer.name(task.automatic or Known(f"{task.module.name}.{own}"))
    return made, "automatic" if made.known else "unknown"
