"""Tasks that are sent in a transaction which is still open: a worker may run them before the commit."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Expr, Function, Opaque, Ref
from taskguard.facts.questions import every
from taskguard.facts.selections import functions_calling
from taskguard.facts.statements import Do, Let
from taskguard.patterns import regex
from taskguard.project.celery.django import reads_settings
from taskguard.project.celery.registered import services_of
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.calls.callers import callers, object_callers, own_callers
from taskguard.project.hazards.calls.dispatched import MAY_SEND, Sent, runs_at_once, senders_in, sending_files, sent_by
from taskguard.project.hazards.database.natural_names import is_named
from taskguard.project.hazards.database.sessions import ends_later, uncommitted
from taskguard.project.hazards.database.transactions import (
    Open,
    begins_requests,
    connected,
    may_begin,
    of_function,
    open_at,
)
from taskguard.project.hazards.database.written import (
    KEYS,
    given,
    is_handed,
    is_told,
    mentions,
    rows_named,
    written_in,
    written_with,
)
from taskguard.project.hazards.races.asking_again import asks_again
from taskguard.project.hazards.races.changed_rows import changed
from taskguard.project.hazards.races.finished_texts import is_finished
from taskguard.project.hazards.races.flushed_rows import flushed, may_flush
from taskguard.project.hazards.races.open_rows import may_be_on_rows, on_open_rows
from taskguard.project.hazards.races.outer_transactions import (
    begun_above,
    may_be_above,
    may_be_saved_above,
    saved_above,
)
from taskguard.project.hazards.races.post_save import long_there
from taskguard.project.hazards.races.rows_above import handed_above, may_be_handed
from taskguard.project.hazards.races.trying_out import only_in_tests
from taskguard.project.hazards.races.waiting import waits
from taskguard.project.python.flow import Called, below, body_of, spots_of
from taskguard.project.python.pins import celery_pin
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.effective import base_attributes, base_of
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module, Project

# What else people load rows by.
NATURAL_KEYS = frozenset("email username name code number sku ids".split())
# What the admin is told by whoever fills in its form; the user was there before.
OTHER_ROW = "request.user."
TYPED = ("form.cleaned_data", OTHER_ROW)


# What the row is called in receivers, methods of a model and in the admin.
ROWS = frozenset(("instance", "obj", "self"))


CALLED = regex(r"\b(\w+)\(")


class Race(Record):
    """A call that sends within an open transaction. `doubt` says why it may be in order."""

    module: Module
    function: Function
    sent: Sent
    open: Open
    doubt: str = ""


def races(project: Project) -> Iterator[Race]:
    """All of them, by file. None where the settings have each task run at once, by who sends it: within the transaction, with all that it has written."""
    serving = [one for one in celery_of(project).live if not one.test]
    if serving and all(map(runs_at_once, serving)):
        return
    paths = [path for path in sending_files(project) if "migrations" not in path.split("/")]
    for module, function in senders_in(project, paths):
        yield from _in_function(module, function)


def _in_function(module: Module, function: Function) -> Iterator[Race]:
    if not _may_race(module, function):
        return
    for sent in sent_by(module, function):
        if sent.called.later or waits(module, function, sent.called.call) or only_in_tests(sent.called.spot):
            continue
        held = (
            open_at(module, function, sent.called)
            or uncommitted(module, function, sent)
            or changed(module, function, sent)
            or flushed(module, function, sent)
            or _by_callers(module, function, sent.called.call)
            or (on_open_rows(module, function, sent.called.call) if may_be_on_rows(module, function) else None)
            or (begun_above(module, function, sent.called.call) if may_be_above(module, function) else None)
            or (saved_above(module, function.qualname) if may_be_saved_above(module, function) else None)
            or (handed_above(module, function, sent.called.call) if may_be_handed(module, function) else None)
        )
        if held is None or not _matters(module, function, sent.called, held):
            continue
        if _long_there(module, function, sent.called, held):
            continue
        if sent.task is not None and asks_again(sent.task):
            continue
        if held.kind == "block" and is_finished(module, function, sent):
            continue
        defers = sent.task is not None and not base_attributes(sent.task).isdisjoint(("delay", "apply_async"))
        yield Race(module, function, sent, held, "the base class of the task may wait for the commit" if defers else "")


def _may_race(module: Module, function: Function) -> bool:
    """Whether a transaction may be open in a function: most bodies need not be read for that."""
    return (
        may_begin(module, function)
        or ends_later(module, function)
        or may_flush(function, module.project)
        or of_function(module, function) is not None
        or (function.holder != "function" and function.name in _called_within(module.project))
        or may_be_on_rows(module, function)
        or may_be_above(module, function)
        or may_be_saved_above(module, function)
        or may_be_handed(module, function)
    )


@query
def _called_within(project: Project) -> frozenset[str]:
    """The names of those functions which send that others call in which a transaction is open, somewhere in them."""
    wanted = _sending_names(project)
    made: set[str] = set()
    paths = {
        *project.search("atomic", "receiver", "post_save", "m2m_changed", "def save("),
        *(project.search("admin", "request") if begins_requests(project) else ()),
        *(path for path, _ in connected(project)),
    }
    for path in sorted(paths):
        if in_tests(path) or wanted.isdisjoint(every(project, path, CALLED)):
            continue
        module = project.modules[path]
        for name in dict.fromkeys(name for name, _ in functions_calling(module.facts, *sorted(wanted))):
            function = module.function(name)
            called = {one.rpartition(".")[2] for one in (function.called(wanted) if function is not None else ())}
            if (
                function is not None
                and called
                and (may_begin(module, function) or of_function(module, function) is not None)
            ):
                made |= called
    return frozenset(made)


def _sending_names(project: Project) -> frozenset[str]:
    """The names of the functions and methods that may send."""
    return frozenset(
        name.rpartition(".")[2]
        for path in sending_files(project)
        if not in_tests(path)
        for name, holder in functions_calling(project.modules[path].facts, *MAY_SEND)
        if holder != "function"
    )


def _matters(module: Module, function: Function, called: Called, held: Open) -> bool:
    """Whether a task that is sent may miss something: nobody has begun the transaction for this, so the task has to be told of what is written in it."""
    call = called.call
    if held.kind == "request":
        written = written_with(module, function.qualname, called.spot)
        return any(name in written or (mentions(name, written) and _is_key_name(name)) for name in given(call))
    if held.kind == "admin" and _only_texts(module, function, call):
        return False
    return held.certain or _told_of_row(module, function, call, held)


def _long_there(module: Module, function: Function, called: Called, held: Open) -> bool:
    """Whether the row of a receiver was committed long ago, and nothing here says that it is changed in a transaction."""
    return held.kind == "signal" and long_there(module, function, called)


def _only_texts(module: Module, function: Function, call: Call) -> bool:
    """Whether a method of the admin sends what somebody has typed into the form, or who is logged in, and nothing else: no row is to be loaded by that.

    What may be a key by its name (`cleaned_data["email"]`) may well be one.
    """
    body = body_of(module, function)
    made: dict[str, list[Expr]] = {}
    for spot in spots_of(body) if body is not None else ():
        one = spot.statement
        if isinstance(one, Let):
            for target in one.targets:
                for name, _ in below(target):
                    if isinstance(name, Ref):
                        made.setdefault(name.name, []).append(one.value)
    wanted = [*call.args, *(one.value for one in call.keywords)]
    seen: set[str] = set()
    typed = False
    while wanted:
        expr = wanted.pop()
        words = [part for part, _ in below(expr)]
        if any(isinstance(part, Opaque) for part in words) or any(
            _is_key(part) for part in words if not (isinstance(part, Ref) and part.name in made)
        ):
            return False
        for part in words:
            if not isinstance(part, Ref) or part.name in seen:
                continue
            seen.add(part.name)
            if part.name in made:
                wanted += made[part.name]
            elif part.name.startswith(TYPED):
                typed = True
            elif not part.name.startswith("self."):
                return False
    return typed


def _is_key(expr: Expr) -> bool:
    """Whether a name or a string is called like what tells a row from others."""
    name = expr.name if isinstance(expr, Ref) else expr.value if isinstance(expr, Const) else ""
    return isinstance(name, str) and _is_key_name(name)


def _is_key_name(name: str) -> bool:
    last = name.rpartition(".")[2].lower()
    return not (KEYS | NATURAL_KEYS).isdisjoint(last.split("_")) and not name.startswith(OTHER_ROW)


def _told_of_row(module: Module, function: Function, call: Call, held: Open) -> bool:
    """Whether a call is given the key of the row that is saved, or the row itself; for a function that is told of it by others, what these hand over."""
    names = frozenset(one.name for one in function.params if held.kind == "caller" or one.name in ROWS)
    rows = names | rows_named(module, function.qualname, names)
    if held.kind == "signal" and is_named(module, function.qualname, call, rows):
        return True
    return any(is_told(one, rows) for one in given(call)) or any(
        is_handed(one) for arg in (*call.args, *(each.value for each in call.keywords)) for one, _ in below(arg)
    )


def by_itself(race: Race) -> bool:
    """Whether the task has the methods of Celery's class for Django that wait for the commit: from 5.4 on, where neither the task nor the app has a class of its own."""
    task = race.sent.task
    pin = celery_pin(race.module.project)
    if task is None or pin is None or pin.before((5, 4)) is not False or not base_of(task).absent:
        return False
    services = services_of(task)
    return bool(services) and all(reads_settings(one) for one in services)


def stands_alone(race: Race) -> bool:
    """Whether nobody wants what a call that sends gives back."""
    one = race.sent.called.spot.statement
    return isinstance(one, Do) and one.expr is race.sent.called.call


# -- by whoever calls it --------------------------------------------------------------------------------------------


def _by_callers(module: Module, function: Function, call: Call) -> Open | None:
    """The transaction in which all callers of a function of a module call it, where it is called by its name alone.

    One of them is enough where the function itself writes the row that the task is told of, and where it is a receiver or the like that hands on its row.
    """
    if function.holder == "function" or function.decorators or function.is_async:
        return None
    if function.name not in _called_within(module.project):
        return None
    if function.holder == "module":
        held = callers(module, function.qualname)
    else:
        held = own_callers(module, function.qualname) or object_callers(module, function.qualname)
    found = [
        (home, other, called, one)
        for home, other, called in held
        if (one := open_at(home, other, called)) is not None and not _long_there(home, other, called, one)
    ]
    opened = [one for one in found if _matters(*one)]
    if not held or len(opened) < len(held):
        written = written_in(module, function.qualname)
        own = [one for one in found if one[3].certain and any(mentions(name, written) for name in given(call))]
        opened = own or [one for one in opened if not one[3].certain]
    opened.sort(key=lambda one: not one[3].certain)
    if not opened:
        return None
    _, other, _, first = opened[0]
    return Open(
        "caller", first.path, first.line, f"the transaction in which {other.name} calls {function.name}", first.certain
    )
