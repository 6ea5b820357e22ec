"""Keys of schedule entries: one that replaces another entry, one that names another task than its own."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.model import Attr, Call, Expr, Ref, Star
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.schedules import beat_of, loose_entries
from taskguard.project.celery.signatures import HANDED_ON, MAKERS, named_signature
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.values import Known, Value
from taskguard.project.tasks.declarations import all_tasks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import BeatEntry
    from taskguard.project.celery.system import System

    Arguments = tuple[tuple[object, ...], dict[str, object]]


def overwritten_entries(system: System) -> Iterator[Fault]:
    """`add_periodic_task` puts its entry under the name, or under the signature's text (celery/app/base.py): the later one stays."""
    for service in in_use(system):
        first: dict[str, BeatEntry] = {}
        for entry in beat_of(service):
            key = "" if entry.guard or entry.how != "add_periodic_task" else _key(entry)
            if not key:
                continue
            before = first.setdefault(key, entry)
            if before is entry:
                continue
            together = (before.path, before.scope) == (entry.path, entry.scope)
            named = isinstance(entry.key, Known) and bool(entry.key.value)
            yield Fault(
                entry.path, entry.key_span if named else entry.task_span,
                f'a periodic task named "{key}" is added twice: this one replaces the other' if named
                else f"the same signature, {key}, is added twice without a name: this one replaces the other",
                "give each a name of its own: name=…", symbol=key if named else str(entry.task.value), certain=together,
                related=(Related(before.path, before.task_span.line, "the entry that is lost"),), depends=(before.path,),
            )  # fmt: skip


def _key(entry: BeatEntry) -> str:
    """The key under which beat holds an entry; empty where it cannot be told."""
    if isinstance(entry.key, Known) and entry.key.value:
        return entry.key.value if isinstance(entry.key.value, str) else ""
    if not (entry.key.absent or entry.key.known) or entry.signature is None or not isinstance(entry.task.value, str):
        return ""
    given = _arguments(entry.signature)
    more, named = _known(entry.args, ()), _known(entry.kwargs, {})
    if given is None or not isinstance(more, list | tuple) or not isinstance(named, dict):
        return ""
    args, kwargs = (*more, *given[0]), given[1] | named
    said = [repr(one) for one in args] + [f"{name}={value!r}" for name, value in kwargs.items()]
    return f"{entry.task.value}({', '.join(said)})"


def _arguments(signature: Bound) -> Arguments | None:
    """The arguments that a signature carries; None where they cannot all be told."""
    expr: Expr = signature.expr
    if isinstance(expr, Ref):
        return (), {}
    if not isinstance(expr, Call):
        return None
    if isinstance(expr.func, Attr) and expr.func.name in HANDED_ON:
        return None if expr.func.name == "clone" else _arguments(signature.other(expr.func.of))
    named = named_signature(signature, expr)
    if not named and expr.callee.rpartition(".")[2] not in MAKERS:
        return None
    if not named and expr.callee.rpartition(".")[2] in ("s", "si"):
        return _direct(signature, expr)
    given = dict(zip(("args", "kwargs"), expr.args[1:] if named else expr.args, strict=False))
    given.update({keyword.name: keyword.value for keyword in expr.keywords if keyword.name in ("args", "kwargs")})
    args = _known(signature.other(given["args"]), ()) if "args" in given else ()
    kwargs = _known(signature.other(given["kwargs"]), {}) if "kwargs" in given else {}
    return (tuple(args), kwargs) if isinstance(args, list | tuple) and isinstance(kwargs, dict) else None


def _direct(signature: Bound, call: Call) -> Arguments | None:
    if any(isinstance(arg, Star) for arg in call.args) or any(keyword.name is None for keyword in call.keywords):
        return None
    args = [value_of(signature.other(arg)) for arg in call.args]
    kwargs = {str(keyword.name): value_of(signature.other(keyword.value)) for keyword in call.keywords}
    if not all(isinstance(one, Known) for one in (*args, *kwargs.values())):
        return None
    return tuple(one.value for one in args), {name: one.value for name, one in kwargs.items()}


def _known(held: object, empty: object) -> object:
    """A value that must be known; `empty` where it is surely not given, None where it cannot be told."""
    value: Value = value_of(held)  # type: ignore[arg-type]
    return empty if value.absent else value.value


def mismatched_entries(system: System) -> Iterator[Fault]:
    """A copied entry: the key is another task's name, the task is that of the entry it was copied from."""
    by_slug: dict[str, set[str]] = {}
    for task in all_tasks(system.project):
        if isinstance(task.name, Known):
            for written in {slug(task.name.value), slug(_last(task.name.value))}:
                by_slug.setdefault(written, set()).add(task.name.value)
    entries = [one for service in in_use(system) for one in beat_of(service)]
    scheduled = {one.task.value for one in (*entries, *loose_entries(system)) if isinstance(one.task.value, str)}
    seen: set[object] = set()
    for entry in entries:
        name, key = entry.task.value, entry.key.value
        if not isinstance(name, str) or not isinstance(key, str) or (entry.path, entry.task_span) in seen:
            continue
        meant = by_slug.get(slug(key), set())
        whole = bool(meant)
        if not whole and not _within(slug(_last(name)), key):
            meant = set().union(*(by_slug[one] for one in _longest(by_slug, key)))
        if len(meant) != 1 or name in meant or not system.named(name) or meant & scheduled:
            continue
        twin = next((one for one in entries if _is_twin(one, entry)), None)
        if twin is not None and (whole or _within(slug(_last(name)), str(twin.key.value))):
            seen.add((entry.path, entry.task_span))
            (other,) = meant
            declared = system.named(other)[0]
            yield Fault(
                entry.path, entry.task_span, f'the entry "{key}" runs "{name}", as the entry "{twin.key.value}" does; nothing schedules "{other}"',
                f'did you mean "{other}"?', symbol=name,
                related=(Related(twin.path, twin.task_span.line, "the entry that it resembles"), Related(declared.path, declared.line, "the task that the key names")),
                depends=(declared.path, *(one.path for one in system.named(name)), twin.path),
            )  # fmt: skip


def _within(words: str, key: str) -> bool:
    """Whether a key has the words of a task's name, one after the other: `send_bills` in `send-bills-every-hour`."""
    return f"_{words}_" in f"_{slug(key)}_"


def _longest(by_slug: dict[str, set[str]], key: str) -> list[str]:
    """The names of several words that a key has in it, without those that are a part of another one there."""
    text = f"_{slug(key)}_"
    held = [one for one in by_slug if "_" in one and f"_{one}_" in text]
    return [one for one in held if not any(one != other and _within(one, other) for other in held)]


def _is_twin(one: BeatEntry, entry: BeatEntry) -> bool:
    """Whether another entry of the same service runs the same task with the same arguments."""
    if (
        one.service is not entry.service
        or (one.path, one.task_span) == (entry.path, entry.task_span)
        or one.task.value != entry.task.value
    ):
        return False
    if not isinstance(one.key.value, str) or one.key.value == entry.key.value:
        return False
    return all(
        _known(left, empty) is not None and list(_known(left, empty)) == list(_known(right, empty) or ())  # type: ignore[call-overload]
        for left, right, empty in ((one.args, entry.args, ()), (one.kwargs, entry.kwargs, {}))
    )


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def slug(name: str) -> str:
    """A name in lower case with `_` for everything that is no letter or digit."""
    return "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
