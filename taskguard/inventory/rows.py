"""Tasks to rows: plain values, nothing left to work out."""

from __future__ import annotations

from taskguard.celery_options import KNOWN
from taskguard.inventory.plain import as_json, unparsed, written
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.queues import default_queue
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.routes import queue_by_route, routes_of, routes_open
from taskguard.project.celery.schedules import beat_of, loose_entries
from taskguard.project.celery.settled import settled_value
from taskguard.project.celery.system import celery_of
from taskguard.project.python.evaluate import mapping_of, value_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known, Name, Unknown, Value
from taskguard.project.registry.collisions import collisions
from taskguard.project.registry.effective import base_of, effective_option
from taskguard.project.registry.registry import runs
from taskguard.project.tasks.app_names import parents
from taskguard.project.tasks.bases import lineage, locate
from taskguard.project.tasks.celery_names import CELERY_TASK
from taskguard.project.tasks.declarations import all_tasks, class_options
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import BeatEntry, Service
    from taskguard.project.python.project import Project
    from taskguard.project.tasks.task import Task

# What a declaration may hold beyond the options that can be seen: a spread or a wrapper that cannot be followed.
MORE = "**"


class Queue(Record):
    """`value` is None where it is unknown. `origin` is `decorator`, `wrapper`, `class`, `base`, `annotation`, `route`, `default` or `unknown`.

    `name` is the dotted name of a value that is set outside the project (`django.conf.settings.MAIL_QUEUE`).
    """

    value: str | None
    origin: str
    name: str = ""


class Scheduled(Record):
    """One entry of a schedule. `key` and `schedule` are None where they cannot be told; `line` is that of the entry's task."""

    key: str | None
    schedule: str | None
    path: str
    line: int


class Parameter(Record):
    """A parameter that callers fill. `kind` is as `inspect` calls it; `default` is its source text, None where it has none."""

    name: str
    kind: str
    default: str | None


class Row(Record):
    """One task. `signature` is None where it cannot be told; `duplicate` says that another task of its service has its name.

    `base_source` is `declared`, `app`, `celery` or `unknown`. `ancestors` are the dotted names of the base class and what it descends from, `inherited` the options that they supply. `limits` and `retries` are the effective values of (soft_time_limit, time_limit) and max_retries, None where not set or unknown.
    """

    name: str | None
    name_source: str
    module: str
    qualname: str
    path: str
    line: int
    form: str
    options: dict[str, object]
    unknown_options: tuple[str, ...]
    base: str | None
    base_source: str
    queue: Queue
    schedules: tuple[Scheduled, ...]
    signature: tuple[Parameter, ...] | None
    duplicate: bool
    limits: tuple[object, object]
    retries: object
    ancestors: tuple[str, ...] = ()
    inherited: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    def below(self, start: str) -> Row:
        """The row with its paths behind what stands before them in a folder above."""
        if not start:
            return self
        schedules = tuple(one.replace(path=start + one.path) for one in self.schedules)
        return self.replace(path=start + self.path, schedules=schedules)


KINDS = {
    "positional": "POSITIONAL_ONLY", "both": "POSITIONAL_OR_KEYWORD", "var": "VAR_POSITIONAL", "keyword": "KEYWORD_ONLY", "rest": "VAR_KEYWORD",
}  # fmt: skip


def inventory(project: Project) -> list[Row]:
    """All tasks of a project, by path and line."""
    made = Inventory(project)
    return [made.row(task) for task in all_tasks(project) if runs(task)]


class Inventory:
    """What rows share, worked out once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.schedules: dict[str, list[BeatEntry]] = {}
        entries = [entry for service in celery_of(project).live for entry in beat_of(service)]
        for entry in (*entries, *loose_entries(celery_of(project))):
            made_up = (entry.service is None and in_tests(entry.path)) or (
                entry.how == "dict" and entry.schedule is None
            )
            if isinstance(entry.task.value, str) and not made_up:
                self.schedules.setdefault(entry.task.value, []).append(entry)
        self.duplicates = {id(one.task) for _, met in collisions(project) for one in met}

    def row(self, task: Task) -> Row:
        options, unknown = given(task)
        base = base_name(task)
        name = task.name.value if isinstance(task.name, Known) else None
        if name is None and "name" not in unknown:
            unknown = (*unknown, "name")
        return Row(
            name, task.name_source, task.module.name, task.qualname, task.path, task.line, task.form, options, unknown, base, base_source(task),
            self.queue(task), self.scheduled(name), parameters(task), id(task) in self.duplicates,
            (self.effective(task, "soft_time_limit"), self.effective(task, "time_limit")), self.effective(task, "max_retries"),
            *inherited(task, base),
        )  # fmt: skip

    def effective(self, task: Task, option: str) -> object:
        value = effective_option(task, option)
        return as_json(value.value) if isinstance(value, Known) else None

    def queue(self, task: Task) -> Queue:
        """Annotations beat the declaration, which beats the routes (celery/app/task.py `annotate`, celery/app/base.py `send_task`)."""
        annotated = self.annotated(task)
        if annotated is not None:
            return annotated
        celery = celery_of(self.project)
        value, origin = settled_value(celery, task.option("queue"), *services_of(task)), task.origin("queue")
        if value.absent or (isinstance(value, Known) and value.value is None):
            value, origin = (effective_option(task, "queue"), "base") if task.form != "class" else (value, origin)
        if isinstance(value, Unknown):
            return Queue(None, origin if "queue" in task.options else "unknown", constant(value.name))
        if isinstance(value, Known) and value.value is not None:
            plain = as_json(value.value)
            return Queue(
                plain if isinstance(plain, str) else None,
                origin,
                "" if isinstance(plain, str) else constant(value.name),
            )
        return self.routed(task)

    def annotated(self, task: Task) -> Queue | None:
        """What `task_annotations` says, None where it surely says nothing."""
        for service in services_of(task):
            setting = configuration(service).get("task_annotations")
            if setting is None:
                continue
            whole = setting.mapping
            for key in ("*", task.name.value):
                held = whole.entries.get(key)
                entry = mapping_of(held) if held is not None else None
                if entry is not None and "queue" in entry.entries:
                    value = value_of(entry.entries["queue"])
                    return Queue(value.value if isinstance(value.value, str) else None, "annotation")
            if whole.open:
                return Queue(None, "unknown")
        return None

    def routed(self, task: Task) -> Queue:
        """The queue of the routes, or the default queue; unknown without an app, or where the apps differ."""
        answers = [self.route(task, service) for service in services_of(task)]
        if not answers or any(one != answers[0] for one in answers):
            return Queue(None, "unknown")
        return answers[0]

    def route(self, task: Task, service: Service) -> Queue:
        if isinstance(task.name, Known):
            value: Value = queue_by_route(service, task.name.value)
        else:
            value = Unknown("an unknown name") if routes_of(service) or routes_open(service) else task.option("queue")
        if isinstance(value, Unknown):
            return Queue(None, "unknown", constant(value.name))
        if isinstance(value, Known) and isinstance(value.value, str):
            return Queue(value.value, "route")
        default = default_queue(service)
        if isinstance(default, Known) and isinstance(default.value, str):
            return Queue(default.value, "default")
        return Queue(None, "default", constant(default.name))

    def scheduled(self, name: str | None) -> tuple[Scheduled, ...]:
        made = []
        for entry in self.schedules.get(name, ()) if name is not None else ():
            key = entry.key.value if isinstance(entry.key.value, str) else None
            schedule = None if entry.schedule is None else written(value_of(entry.schedule))
            made.append(Scheduled(key, schedule, entry.path, entry.task_span.line))
        return tuple(dict.fromkeys(made))


def constant(name: str) -> str:
    """The name of a setting or constant; empty for other names, such as that of the function that reads the environment."""
    return name if name.rpartition(".")[2].isupper() else ""


def given(task: Task) -> tuple[dict[str, object], tuple[str, ...]]:
    """The options that the declaration gives, as JSON, and the names of those that cannot be told."""
    options: dict[str, object] = {}
    unknown: list[str] = []
    celery = celery_of(task.module.project)
    for name, option in task.options.items():
        if option.origin == "base" or (task.form == "class" and (name.startswith("_") or name not in KNOWN)):
            continue
        if option.value.absent:
            continue
        value = settled_value(celery, option.value, *services_of(task))
        plain = as_json(value.value) if isinstance(value, Known) else NotImplemented
        if plain is NotImplemented:
            unknown.append(name)
        else:
            options[name] = plain
    if task.open:
        unknown.append(MORE)
    return dict(sorted(options.items())), tuple(sorted(unknown))


def base_name(task: Task) -> str | None:
    """The dotted name of the base class; None for Celery's own, and where it cannot be told."""
    if task.klass is not None:
        names = [one.dotted for one in parents(task.module, task.klass) if one.dotted]
        return next((name for name in names if name.rpartition(".")[2] != "object"), None)
    base = base_of(task)
    return base.value.dotted if isinstance(base, Known) and isinstance(base.value, Name) else None


def base_source(task: Task) -> str:
    """Where the base class comes from: the declaration, the app's `task_cls`, or nowhere (`celery`: Celery's own)."""
    base = base_of(task)
    if isinstance(base, Unknown):
        return "unknown"
    if task.klass is not None or task.option("base").value is not None:
        return "declared"
    return "celery" if base.absent else "app"


def inherited(task: Task, base: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the base class and its ancestors, and of the options that they supply."""
    if base is None:
        return (), ()
    project = task.module.project
    names = tuple(lineage(project, base, task.module)[0])
    held = locate(project, base, task.module)
    options, opened = (
        class_options(*held) if held is not None else ({}, "" if base in CELERY_TASK else "outside the project")
    )
    return names, (*(name for name in options if name in KNOWN), *((MORE,) if opened else ()))


def parameters(task: Task) -> tuple[Parameter, ...] | None:
    """What callers of the task may pass: without the task itself (`bind=True`, the `self` of `run`)."""
    function = task.function
    skip = 0
    if task.klass is not None:
        function = task.module.function(f"{task.klass.qualname}.run")
        skip = 1
    else:
        bind = task.option("bind")
        if isinstance(bind, Unknown):
            return None
        skip = 1 if bind.value else 0
    if function is None:
        return None
    params = function.params
    if skip and params and params[0].kind in ("positional", "both"):
        params = params[1:]
    return tuple(
        Parameter(one.name, KINDS[one.kind], None if one.default is None else unparsed(one.default)) for one in params
    )
