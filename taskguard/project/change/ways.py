"""What a change did to the ways of tasks: the routes that give them a queue, and the entries of schedules that run them."""

from __future__ import annotations

from taskguard.project.celery.routes import fits
from taskguard.project.change.lost_tasks import lost_tasks
from taskguard.project.change.terms import EntryTerms, RouteTerms, ServiceTerms, plain, plain_pair
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.change.model import Change
    from taskguard.project.change.terms import TaskTerms

DEFAULT_QUEUE = "task_default_queue"
NOWHERE = "not set"
# Options that a declaration and a route can both give; the declaration wins: celery/app/routes.py, `Router.route`.
SENDING_OPTIONS = frozenset(
    "queue exchange routing_key priority expires delivery_mode immediate mandatory serializer compression".split()
)


class ChangedWay(Record):
    """A route, default queue or entry that differs or is gone. `path` and `span` are its new place, `path` None where it has none.

    `said` is the message, `old` the old path and line, `files` what else it rests on. `sure` is False where the new state may have it after all.
    """

    subject: str
    said: str
    path: str | None
    span: Span
    old: tuple[str, int]
    files: tuple[str, ...] = ()
    sure: bool = True


@query
def changed_ways(change: Change) -> list[ChangedWay]:
    """All that differs in routes, default queues and schedules."""
    return list(_changed_ways(change))


def _changed_ways(change: Change) -> Iterator[ChangedWay]:
    before, after = change.before.configured(), change.after.configured()
    if before == after:
        return
    for old, new in _services(change):
        yield from _default(old, new)
        yield from _routes(change, old, new)
    yield from _entries(change)


def _services(change: Change) -> list[tuple[ServiceTerms, ServiceTerms]]:
    """The apps of both states: by their names, or the only ones."""
    before, after = change.before.configured().services, change.after.configured().services
    if len(before) == len(after) == 1:
        return [(before[0], after[0])]
    named = {one.dotted: one for one in after}
    return [(one, named[one.dotted]) for one in before if one.dotted in named]


def _default(old: ServiceTerms, new: ServiceTerms) -> Iterator[ChangedWay]:
    if old.default and new.default and old.default != new.default:
        was, now = plain_pair(old.default, new.default)
        said = f"the default queue is {now}, it was {was}"
        yield ChangedWay(DEFAULT_QUEUE, said, new.path, new.span, (old.path, old.span.line))


# -- routes ---------------------------------------------------------------------------------------------------------------


def route_for(service: ServiceTerms, name: str) -> RouteTerms | str | None:
    """The route of a task; None where it has none, a text that says why where that cannot be told."""
    doubt = service.routes_open
    for route in service.routes:
        answer = fits(route.kind, route.pattern, name)
        if answer is None:
            return "a router function decides"
        if answer:
            return doubt or route.guard or route.open or route
    return doubt or None


def routed(change: Change, name: str | None, option: str, old: bool) -> str | None:
    """What the routes give a task for an option: a text, `not set`, or None where that cannot be told."""
    if name is None or option not in SENDING_OPTIONS:
        return NOWHERE
    state = change.before if old else change.after
    answers = set()
    for service in state.configured().services:
        route = route_for(service, name)
        answers.add(None if isinstance(route, str) else _given(route).get(option, NOWHERE))
    return answers.pop() if len(answers) == 1 else None if answers else NOWHERE


def _given(route: RouteTerms | None) -> dict[str, str]:
    return dict(route.options) if route is not None else {}


def _routes(change: Change, old: ServiceTerms, new: ServiceTerms) -> Iterator[ChangedWay]:
    if [_plainly(one) for one in old.routes] == [_plainly(one) for one in new.routes]:
        return
    found: dict[tuple[str, str, tuple[str, ...]], tuple[RouteTerms | None, RouteTerms | None, list[TaskTerms]]] = {}
    for first, second in _same_tasks(change):
        name = str(second.name)
        was, now = route_for(old, name), route_for(new, name)
        if isinstance(was, str) or isinstance(now, str):
            continue
        own = {key for task in (first, second) for key, _ in task.options}
        phrases = tuple(_differing(change, _given(was), _given(now), own))
        if phrases:
            key = (was.pattern if was else "", now.pattern if now else "", phrases)
            found.setdefault(key, (was, now, []))[2].append(second)
    for (was_pattern, now_pattern, phrases), (was, now, tasks) in found.items():
        names = [f"`{one.name}`" for one in tasks]
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        place = now or was
        assert place is not None
        yield ChangedWay(
            was_pattern or now_pattern,
            f"{shown}: by its route {'; '.join(phrases)}",
            now.path if now is not None else None,
            place.span,
            (was.path, was.span.line) if was is not None else (old.path, old.span.line),
            tuple(dict.fromkeys(one.path for one in tasks)),
        )


def _plainly(route: RouteTerms) -> tuple[object, ...]:
    return (route.kind, route.pattern, route.options, route.open, route.guard)


def _same_tasks(change: Change) -> list[tuple[TaskTerms, TaskTerms]]:
    """The tasks of both states that have the same name."""
    after = {task.name: task for path in change.after.task_paths for task in change.after.tasks(path)}
    old = [task for path in sorted(change.before.task_paths) for task in change.before.tasks(path)]
    return [(one, after[one.name]) for one in old if one.name is not None and one.name in after]


def _differing(change: Change, was: dict[str, str], now: dict[str, str], own: set[str]) -> Iterator[str]:
    for key in sorted({*was, *now} - own):
        first, second = was.get(key, NOWHERE), now.get(key, NOWHERE)
        if not change.same_text(first, second):
            yield differs(key, first, second)


def differs(key: str, first: str, second: str) -> str:
    was, now = plain_pair(first, second)
    return f"`{key}` is {now}, it was {was}"


# -- schedules ------------------------------------------------------------------------------------------------------------


def _entries(change: Change) -> Iterator[ChangedWay]:
    before, after = change.before.configured(), change.after.configured()
    renamed = {str(one.old.name): str(one.new.name) for one in lost_tasks(change) if one.new is not None}
    left, rest = list(before.entries), list(after.entries)
    pairs: list[tuple[EntryTerms, EntryTerms]] = []

    def same(one: EntryTerms, other: EntryTerms) -> bool:
        return one.key == other.key and not _unlike(change, one, other, renamed)

    def keyed(one: EntryTerms, other: EntryTerms) -> bool:
        return bool(one.key) and one.key == other.key

    def running(one: EntryTerms, other: EntryTerms) -> bool:
        return renamed.get(one.task, one.task) == other.task or change.same_text(one.task, other.task)

    for alike in (same, keyed, running):
        for one in list(left):
            found = next((other for other in rest if alike(one, other)), None)
            if found is not None:
                left.remove(one)
                rest.remove(found)
                pairs.append((one, found))
    for one, other in pairs:
        phrases = _unlike(change, one, other, renamed)
        if phrases:
            said = f"the entry {_called(other)} of the schedule differs: {'; '.join(phrases)}"
            yield ChangedWay(one.key or one.task, said, other.path, other.span, (one.path, one.span.line))
    names, _ = change.after.task_names()
    known = {task.name for path in change.before.task_paths for task in change.before.tasks(path)}
    for one in left:
        if one.task in known and renamed.get(one.task, one.task) not in names:
            continue  # it went with its task
        if after.entries_open and not before.entries_open:
            continue
        said = (
            f"the entry {_called(one)} of the schedule is gone: nothing runs `{plain(one.task)}` at its time any more"
        )
        yield ChangedWay(
            one.key or one.task, said, None, one.span, (one.path, one.span.line), sure=not after.entries_open
        )


def _called(one: EntryTerms) -> str:
    return f"`{one.key}`" if one.key else f"of `{plain(one.task)}`"


def _unlike(change: Change, one: EntryTerms, other: EntryTerms, renamed: dict[str, str]) -> list[str]:
    """In what two entries differ, as phrases."""
    made = []
    if renamed.get(one.task, one.task) != other.task and not change.same_text(one.task, other.task):
        ran, runs = plain_pair(one.task, other.task)
        made.append(f"it runs `{runs}`, it ran `{ran}`")
    was, now = {"schedule": one.schedule, **dict(one.more)}, {"schedule": other.schedule, **dict(other.more)}
    for key in dict.fromkeys((*was, *now)):
        first, second = was.get(key) or NOWHERE, now.get(key) or NOWHERE
        if not change.same_text(first, second):
            made.append(differs(key, first, second))
    return made
