"""Beat's entries: of the setting, of `add_periodic_task`, of schedule-like dicts elsewhere, of django-celery-beat rows made in code."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Call, Const, Dict, Expr, Ref, Seq
from taskguard.facts.questions import holds
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.django import HOLDERS
from taskguard.project.celery.entry_values import literal_places, task_of
from taskguard.project.celery.migration_files import undoing
from taskguard.project.celery.model import BeatEntry, Service
from taskguard.project.celery.own_schedules import is_read
from taskguard.project.celery.pieces import Piece, added_pieces, dict_pieces
from taskguard.project.celery.rows import rows
from taskguard.project.celery.signatures import signature_task
from taskguard.project.celery.system import celery_of
from taskguard.project.python.evaluate import Bound, Mapping, mapping_of, value_of
from taskguard.project.python.scraps import is_left
from taskguard.project.python.shown import says, times
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import ABSENT, Known, Unknown, Value
from taskguard.project.tasks.copies import imported
from taskguard.project.tasks.declarations import all_tasks
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import ScheduleKind
    from taskguard.project.celery.statements import Statement
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Module

BEAT_KEYS = frozenset("task schedule args kwargs options relative".split())


@query
def _schedule(service: Service) -> tuple[tuple[BeatEntry, ...], str]:
    """The schedule of a service, and why it may hold more."""
    made: list[BeatEntry] = []
    setting = configuration(service).get("beat_schedule")
    opened = "" if setting is not None else configuration(service).open
    for part in setting.parts if setting is not None else ():
        pieces = dict_pieces(part)
        opened = opened or pieces.open
        made.extend(entry(one, service, "beat_schedule") for one in pieces.items)
    seen: set[str] = set()
    for statement in celery_of(service.project).statements(service):
        if statement.kind == "add_periodic_task":
            made.append(_added(statement, service))
        elif statement.kind == "partial" and statement.name == "beat_schedule" and statement.module.path not in seen:
            seen.add(statement.module.path)
            if setting is None or not any(_holds(part, statement) for part in setting.parts):
                pieces = added_pieces(statement.module, f"{statement.app}.conf.{statement.name}")
                opened = opened or pieces.open
                made.extend(entry(one, service, "beat_schedule") for one in pieces.items)
    unique: dict[tuple[str, Span, str], BeatEntry] = {}
    for one in made:  # a loop makes several in one place
        key = str(one.key.value) if one.how == "beat_schedule" else ""
        unique.setdefault((one.path, one.key_span if one.how == "beat_schedule" else one.task_span, key), one)
    return tuple(sorted(unique.values(), key=lambda one: (one.path, one.key_span))), opened


def _holds(part: object, statement: Statement) -> bool:
    """Whether the pieces of a value already tell what a statement adds: `x = conf.beat_schedule` of the same file."""
    return (
        isinstance(part, Bound)
        and part.module is statement.module
        and isinstance(part.expr, Ref)
        and part.expr.name.endswith(".conf.beat_schedule")
    )


def entry(piece: Piece, service: Service | None, how: ScheduleKind) -> BeatEntry:
    """One entry of a schedule dict."""
    value = piece.value
    whole = mapping_of(value)
    places = literal_places(value.expr)
    task, task_span = task_of(whole, places, piece.span)
    schedule = whole.entries.get("schedule")
    return BeatEntry(
        piece.key, piece.span, task, task_span, schedule if isinstance(schedule, Bound) else None, places.get("schedule", piece.span),
        whole.entries.get("args", ABSENT), whole.entries.get("kwargs", ABSENT), whole.entries.get("options", ABSENT), whole,
        piece.path, service, how, piece.guard, value.scope, None, _names(value.expr),
        value.expr if isinstance(value.expr, Seq) else None,
    )  # fmt: skip


def _names(expr: Expr) -> tuple[tuple[object, Span], ...]:
    """The keys that a dict display or a `dict(...)` writes out, with their places."""
    if isinstance(expr, Dict):
        return tuple((key.value, key.span) for key, _ in expr.items if isinstance(key, Const))
    if isinstance(expr, Call) and expr.callee == "dict":
        return tuple((keyword.name, keyword.span) for keyword in expr.keywords if keyword.name is not None)
    return ()


def _added(statement: Statement, service: Service | None) -> BeatEntry:
    """`add_periodic_task(schedule, signature, args=(), kwargs=(), name=None, **options)`."""
    call = statement.expr
    assert isinstance(call, Call)
    here = statement.bound()
    slots = ("schedule", "sig", "args", "kwargs", "name")
    given: dict[str, Expr] = dict(zip(slots, call.args, strict=False))
    options = Mapping()
    for keyword in call.keywords:
        if keyword.name in slots:
            given[str(keyword.name)] = keyword.value
        elif keyword.name is None:
            options.merge(mapping_of(here.other(keyword.value)))
        else:
            options.entries[keyword.name] = here.other(keyword.value)
    signature = given.get("sig")
    bound = here.other(signature) if signature is not None else None
    task = Unknown("no signature") if bound is None else signature_task(bound, service)
    whole = Mapping()
    whole.entries = {name: here.other(expr) for name, expr in given.items()}
    named = given.get("name")
    key: Value = ABSENT if named is None else value_of(here.other(named))
    schedule = given.get("schedule")
    return BeatEntry(
        key, named.span if named is not None else call.span, task, signature.span if signature is not None else call.span,
        here.other(schedule) if schedule is not None else None, schedule.span if schedule is not None else call.span,
        here.other(given["args"]) if "args" in given else ABSENT, here.other(given["kwargs"]) if "kwargs" in given else ABSENT,
        options, whole, statement.module.path, service, "add_periodic_task", statement.guard, statement.scope, bound,
    )  # fmt: skip


@query
def loose_entries(system: System) -> tuple[BeatEntry, ...]:
    """Entries that no service is known to read, by path and line."""
    taken = {(one.path, one.task_span) for service in system.services for one in (*beat_of(service), *_past(service))}
    made: list[BeatEntry] = []
    celery = bool(system.services or all_tasks(system.project))
    named = celery or bool(system.project.search("celery", "Celery", "CELERY"))
    for module in system.project.looked_at:
        for row in rows(module):
            if (row.path, row.task_span) not in taken:
                taken.add((row.path, row.task_span))
                # What a test writes into its own table is gone with the test.
                # Of a library others may call the functions.
                left = in_tests(module.path) or (bool(system.services) and _by_nobody(module, row.scope))
                made += [] if left else [row]
        if _is_copy(module):
            continue
        undone = undoing(module)
        for one in module.facts.task_dicts:
            if one.scope in undone or (system.services and not _is_source(module, one.scope) and is_left(module)):
                continue
            if system.services and not one.scope and _under_own_name(module, one.literal.span):
                continue
            if one.scope and (_for_show(module, one.scope) or (system.services and _unread(module, one.scope))):
                continue
            here = Bound(one.literal, module, one.scope)
            held = entry(Piece(ABSENT, one.literal.span, module.path, here, one.guard), None, "dict")
            if named and (held.path, held.task_span) not in taken and _schedule_like(held, celery):
                taken.add((held.path, held.task_span))
                made.append(held)
    for statement in system.statements(None):
        if statement.kind == "add_periodic_task":
            made.append(_added(statement, None))
    return tuple(sorted(made, key=lambda one: (one.path, one.key_span)))


def _past(service: Service) -> list[BeatEntry]:
    """The entries of schedules that another one replaces further down: they stand nowhere else, and are never due."""
    setting = configuration(service).get("beat_schedule")
    return [
        entry(one, service, "beat_schedule")
        for part in (setting.past if setting is not None else ())
        for one in dict_pieces(part).items
    ]


# What a configuration of the tests is called among those of other environments: `TestingConfig`, `BeatTestSettings`.
OF_TESTS = regex(
    r"^Test(?:s|ing)?[A-Z]\w*(?:Config|Configuration|Settings)$|[a-z]Test(?:s|ing)?(?:Config|Configuration|Settings)$"
)
# How a schedule is called that Celery reads.
NAMED_SO = regex(r"(?i)(?:celery_?)?beat_?schedules?|schedules?")
# A module has no such name.
NO_NAME = regex(r"[^\w/-]")


def _is_copy(module: Module) -> bool:
    """Whether a file is a copy that was put aside: no import can name it, nobody names the file, and it is no script (`settings/base.1.py`)."""
    file = module.path.rpartition("/")[2].removesuffix(".py")
    if NO_NAME.search(file) is None or holds(module.project, module.path, "__main__"):
        return False
    return not module.project.search(f"{file}.py")


def _under_own_name(module: Module, span: Span) -> bool:
    """Whether a dict stands in a variable that is called like no setting, and that nobody reads but tests: `OUR_CELERY_BEAT_SCHEDULE`."""
    held = next(
        (one for one in selections.worked_out(module.facts) if one.value is not None and _around(one.value.span, span)),
        None,
    )
    name = held.name if held is not None and not held.scope else ""
    return "SCHEDULE" in name.upper() and not NAMED_SO.fullmatch(name) and not is_read(module, name)


def _around(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )


def _is_source(module: Module, scope: str) -> bool:
    """Whether the variables of a file may be read though nobody imports it, by its name or by that of its folder: settings, of which a variable chooses one."""
    folder, _, file = module.path.rpartition("/")
    return not scope and (file in ("celeryconfig.py", "settings.py") or folder.rpartition("/")[2] in HOLDERS)


def _for_show(module: Module, scope: str) -> bool:
    """Whether a function only shows a schedule to who reads it: no code names the function, and nobody imports its file."""
    held = module.function(scope)
    if held is None or held.holder != "module" or held.decorators or module.project.search(held.name) != [module.path]:
        return False
    return times(module.project.text(module.path) or "", held.name) == 1 and not imported(module)


def _by_nobody(module: Module, scope: str) -> bool:
    """Whether rows stand in a function that nothing names, no command and nothing that is written about the project: nobody calls it."""
    if not scope or not _for_show(module, scope):
        return False
    project = module.project
    return not any(says(project.text(path) or "", scope) for path in (*project.markers, *project.notes))


def _unread(module: Module, scope: str) -> bool:
    """Whether a schedule stands in a plain class that nothing names, in the whole project, or that is called the configuration of the tests."""
    klass = module.klass(scope)
    if klass is None or klass.holder != "module":
        return False
    if OF_TESTS.search(klass.name):
        return True
    if klass.decorators or klass.bases or klass.keywords or module.project.search(klass.name) != [module.path]:
        return False
    if times(module.project.text(module.path) or "", klass.name) != 1:
        return False
    return not any(says(module.project.text(path) or "", klass.name) for path in module.project.markers)


def _schedule_like(held: BeatEntry, celery: bool) -> bool:
    """Whether a dict with a key `task` is an entry of some schedule: it has a schedule and nothing but what beat knows, or names a dotted path.

    Where the project has neither app nor task only the former says something: paths are what any dispatcher takes. Where no file names Celery nothing does.
    """
    name = held.task.value if isinstance(held.task, Known) else None
    if held.schedule is not None and not held.entry.open and BEAT_KEYS.issuperset(held.entry.entries):
        return isinstance(name, str)
    return celery and isinstance(name, str) and "." in name and all(part.isidentifier() for part in name.split("."))


def beat_of(service: Service) -> tuple[BeatEntry, ...]:
    """The entries of the schedule of a service, wherever they are added."""
    return _schedule(service)[0]


def beat_open(service: Service) -> str:
    """Why the schedule of a service may hold more entries."""
    return _schedule(service)[1]
