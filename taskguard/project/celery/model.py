"""What the project's Celery configuration says: services, settings, schedules, routes, queues, discovery, references.

Spans belong to the `path` beside them. A `why…` or `open` text is empty where everything is known; else it says what could not be told,
and a rule that needs completeness keeps silent.
"""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Call, Seq
from taskguard.project.python.evaluate import Bound, Mapping, mapping_of, value_of
from taskguard.project.python.values import ABSENT, Unknown, Value
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from taskguard.project.python.project import Module

    Expression = Bound | Value | Mapping

    ScheduleKind = Literal["beat_schedule", "add_periodic_task", "dict", "PeriodicTask"]
    PlaceKind = Literal["argument", "attribute", "item", "update", "flask", "source", "defaults"]

    RouteKind = Literal["exact", "glob", "regex", "function", "unknown"]

    ReferenceKind = Literal[
        "beat",
        "add_periodic_task",
        "send_task",
        "signature",
        "tasks-item",
        "route",
        "annotation",
        "periodic-task",
        "row-lookup",
        "schedule-dict",
    ]

    WantedKind = Literal["app", "imports", "include", "autodiscover", "django", "settings"]


class Place(Record):
    """One place where a setting is set.

    `written` is the name as it stands there (`CELERYBEAT_SCHEDULE`), `setting` the new lower-case name that it means (the written one where
    Celery knows none). `how` is `argument` (of `Celery(...)`), `attribute` (`app.conf.x = …`), `item` (`app.conf["x"] = …`), `update`, `flask` (a name that
    Celery does not read, of a configuration of Flask that `app.conf.update(web.config)` hands on), `source` (the configuration object or module) or `defaults`. `guard` is empty, `if`, `try`, `except` or `function` (set in a function).
    `partial` says that the place adds to a value (`conf.beat_schedule["x"] = …`) and does not replace it; `value` is then a Mapping.
    `files` are further files that the place rests on. `deployment` is the settings module it belongs to, where there are several.
    """

    written: str
    setting: str
    path: str
    span: Span
    how: PlaceKind
    value: Expression
    guard: str = ""
    partial: bool = False
    files: tuple[str, ...] = ()
    deployment: str = ""

    @property
    def direct(self) -> bool:
        """Whether the code sets it on the app itself, and not in the configuration source."""
        return self.how not in ("source", "defaults")


class Setting(Record):
    """A setting of one service, with every place that sets it in the order in which Celery reads them (the last one wins).

    `value` is what is in force; Unknown where the places differ and which counts cannot be told. `parts` are all the values that may be in force, for what holds
    whichever it is (each entry of each schedule). `past` are those that a later place replaces in any case.
    """

    name: str
    places: tuple[Place, ...]
    value: Expression
    parts: tuple[Expression, ...] = ()
    past: tuple[Expression, ...] = ()

    @property
    def known(self) -> Value:
        """The value in force."""
        return value_of(self.value)

    @property
    def mapping(self) -> Mapping:
        """The dict in force, as far as it can be told."""
        return mapping_of(self.value)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that set it."""
        return tuple(dict.fromkeys(file for one in self.places for file in (one.path, *one.files)))


class Dead(Record):
    """A setting that Celery does not read as it stands.

    `why` is `unknown` (no such setting), `old` (an old name in a source with a namespace: dead up to Celery 5.6), `unprefixed` (a new name in upper case without
    the prefix under which the source is read), `lower` (a lower-case name in a settings module of Django) or `namespaced` (a prefixed new name in a source that is read
    without namespace). `meant` is the setting that it names or most resembles (new name as the source must write it), empty where nothing is near.
    """

    place: Place
    why: str
    meant: str


class Configuration:
    """All settings of one service.

    `open` says why settings may be set that cannot be seen, and `namespace` is the prefix of the source's names without its `_` (None: no
    namespace, or no source). `sources` are the paths of the configuration's modules, `dead` the settings that Celery does not read.
    """

    __slots__ = ("dead", "namespace", "open", "settings", "sources")

    def __init__(
        self,
        settings: dict[str, Setting],
        opened: str,
        namespace: str | None,
        sources: tuple[str, ...],
        dead: tuple[Dead, ...],
    ) -> None:
        self.settings = settings
        self.open = opened
        self.namespace = namespace
        self.sources = sources
        self.dead = dead

    def get(self, name: str) -> Setting | None:
        """The setting of that new lower-case name; None where nothing that can be seen sets it (then see `open`)."""
        return self.settings.get(name)

    def value(self, name: str) -> Value:
        """The value in force; ABSENT where it is surely not set, Unknown where it may be."""
        held = self.settings.get(name)
        if held is not None:
            return held.known
        return Unknown(self.open) if self.open else ABSENT


class BeatEntry(Record):
    """One entry of a schedule.

    `how` is `beat_schedule`, `add_periodic_task`, `dict` (a schedule-like dict that no setting is known to hold) or `PeriodicTask` (a row of
    django-celery-beat made in code). `key` is the name of the entry (ABSENT for an unnamed `add_periodic_task`). `task` is the task's
    name; for `add_periodic_task(…, f.s())` that of the task `f`. `entry` holds all keys of the entry. `schedule` is None where there is none.
    `guard` as in Place. `service` is None where no app is known to read it. `signature` is the expression given to `add_periodic_task`.
    `names` are the keys of the entry that are written out, with their places. `listed` is what stands in the place of the entry where that is a list or tuple.
    """

    key: Value
    key_span: Span
    task: Value
    task_span: Span
    schedule: Bound | None
    schedule_span: Span
    args: Expression
    kwargs: Expression
    options: Expression
    entry: Mapping
    path: str
    service: Service | None
    how: ScheduleKind
    guard: str = ""
    scope: str = ""
    signature: Bound | None = None
    names: tuple[tuple[object, Span], ...] = ()
    listed: Seq | None = None


class Route(Record):
    """One rule of `task_routes`.

    `kind` is `exact`, `glob`, `regex`, `function` or `unknown` (a computed key). `pattern` is the key, the regular expression's source, or the function's dotted name.
    `options` are what the route gives (`queue`, `routing_key`, …); a bare string value is a queue. `value` is what the key maps to, as written. `rank` is the place in the list of routers. Routes stand in the order in which Celery asks them.
    """

    kind: RouteKind
    pattern: str
    span: Span
    path: str
    options: Mapping
    options_span: Span
    service: Service
    guard: str = ""
    rank: int = 0
    value: Bound | None = None


class QueueDecl(Record):
    """One queue of `task_queues`, or of `[tool.taskguard.celery] queues` (then `path` is empty)."""

    name: Value
    span: Span
    path: str
    options: Mapping | None = None


class Reference(Record):
    """A place that names a task by a string.

    `kind` is `beat`, `add_periodic_task`, `send_task`, `signature`, `tasks-item` (`app.tasks["…"]`), `route` (an exact key), `annotation`, `periodic-task`, `row-lookup` (`PeriodicTask.objects.get(task=…)`) or `schedule-dict`.
    `service` is None where no single app is meant. `sure` is False where the object that is asked may be no Celery app. `key` is the name of the
    entry or row, where it has one, and `queue` that to which a call sends.
    `strange` says that a dict has keys which no schedule has, so that the name may as well be a path.
    """

    kind: ReferenceKind
    name: Value
    span: Span
    path: str
    scope: str
    service: Service | None
    guard: str = ""
    sure: bool = True
    key: str | None = None
    queue: Value = ABSENT
    strange: bool = False


class Wanted(Record):
    """A module that the configuration tells the worker to import.

    `how` is `app`, `imports`, `include`, `autodiscover`, `django` (an installed application's own modules) or `settings` (`[tool.taskguard.celery] imports`).
    `name` is the module's dotted name, `path` the file that it is, empty where the project has none. `package` is the package that autodiscovery
    was pointed at. `span` in `place` is where that is said.
    """

    how: WantedKind
    name: str
    path: str
    place: str
    span: Span
    package: str = ""


class Service:
    """One Celery app with its import root; what it says is worked out when it is asked for.

    `variable` is the name that holds the app in `module`, `names` are all dotted names that lead to it (a factory adds one). `test` says that it stands in a test or
    an example file. `main` is the first argument of `Celery(...)`; that `call` stands in the module `maker`, in the function `maker_scope` where a factory makes the app.
    `roots` are the folders from which its imports count.
    """

    __slots__ = (
        "call", "main", "maker", "maker_scope", "memo", "module", "names", "project",
        "roots", "span", "test", "variable",
    )  # fmt: skip

    def __init__(
        self,
        module: Module,
        variable: str,
        names: tuple[str, ...],
        span: Span,
        main: Value,
        roots: tuple[str, ...],
        test: bool,
        call: Call,
        maker: Module,
        maker_scope: str,
    ) -> None:
        self.module = module
        self.project = module.project
        self.variable = variable
        self.names = names
        self.span = span
        self.main = main
        self.roots = roots
        self.test = test
        self.call = call
        self.maker = maker
        self.maker_scope = maker_scope
        self.memo: dict[object, object] = {}

    def __repr__(self) -> str:
        return f"Service({self.dotted!r})"

    @property
    def dotted(self) -> str:
        """The dotted name of the app: `proj.celery.app`."""
        return self.names[0]

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def maker_variable(self) -> str:
        """The name that holds the app where it is made."""
        return self.names[-1].rpartition(".")[2] if self.maker_scope else self.variable
