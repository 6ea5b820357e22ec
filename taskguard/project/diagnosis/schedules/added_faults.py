"""Calls of `add_periodic_task` that fail, or of which a part never reaches the message (celery/app/base.py, `_sig_to_periodic_task_entry`).

Every keyword but its own becomes an option of `apply_async`, which swallows those that it does not know.
"""

from __future__ import annotations

from taskguard.celery_options import CALL_ONLY, PUBLISH
from taskguard.facts.model import Call, Dict, Expr, Ref, Star
from taskguard.project.celery.signatures import MAKERS, task_at
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.celery_names import CELERY_APP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Keyword
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.statements import Statement
    from taskguard.project.celery.system import System

SLOTS = ("schedule", "sig", "args", "kwargs", "name")
# What `apply_async` reads besides, and the properties of a message (kombu/message.py, amqp/basic_message.py).
SENT = (
    PUBLISH
    | CALL_ONLY
    | frozenset(
        "expires priority serializer ignore_result time_limit soft_time_limit retry router group_id group_index root_id parent_id chord chain"
        " replaced_task_nesting stamped_headers argsrepr kwargsrepr origin declare expiration timeout confirm_timeout content_type content_encoding"
        " correlation_id message_id timestamp type user_id app_id cluster_id".split()
    )
)
# What an entry of a schedule, a row of django-celery-beat or another scheduler has, and a message has not.
NOT_SENT = frozenset(
    "relative enabled enable one_off start_time description task_name arg kwarg run_every crontab interval".split()
)
SENDERS = MAKERS | {"delay", "apply_async"}


def refused(system: System) -> Iterator[Fault]:
    """The mistakes in calls of `add_periodic_task`, whatever scheduler reads the entries."""
    for service in system.live:
        if not _celerys_own(service):
            continue
        for one in system.statements(service):
            if one.kind == "add_periodic_task" and not in_tests(one.module.path) and isinstance(one.expr, Call):
                yield from _call(one, one.expr)


def _celerys_own(service: Service) -> bool:
    """Whether the app is Celery's own class, and not one that may take other keywords."""
    found = resolve(service.maker, service.call.callee, service.maker_scope) if service.call.callee else None
    return found is not None and found.kind == "external" and found.path in CELERY_APP


def _call(one: Statement, call: Call) -> Iterator[Fault]:
    path, open_ = one.module.path, any(isinstance(arg, Star) for arg in call.args)
    spread = open_ or any(keyword.name is None for keyword in call.keywords)
    given = call.args[: len(SLOTS)]
    if len(call.args) > len(SLOTS) and not open_:
        yield Fault(
            path,
            call.args[len(SLOTS)].span,
            f"add_periodic_task takes {len(SLOTS)} arguments by place: it raises TypeError",
            "name the options",
        )
    named = {keyword.name for keyword in call.keywords}
    if "sig" not in named and len(given) < 2 and not spread:
        task = next((keyword.name for keyword in call.keywords if keyword.name in ("signature", "task")), "")
        yield Fault(
            path,
            call.span,
            "add_periodic_task is given no signature: it raises TypeError",
            f"write sig=… for {task}=…" if task else "add the signature of a task",
        )
    for keyword in call.keywords:
        if keyword.name in SLOTS[: len(given)] and not open_:
            yield Fault(path, keyword.span, f"add_periodic_task is given {keyword.name} twice: it raises TypeError")
        elif keyword.name is not None and keyword.name not in SLOTS:
            yield from _option(one, keyword)
    signature = call.keyword("sig") or (given[1] if len(given) > 1 and not open_ else None)
    if signature is not None:
        yield from _signature(one, signature)


def _option(one: Statement, keyword: Keyword) -> Iterator[Fault]:
    name, path = str(keyword.name), one.module.path
    value = one.bound(keyword.value)
    if name == "options":
        if value_of(value).value in ({}, None) and value_of(value).known:
            return
        held = keyword.value.items if isinstance(keyword.value, Dict) else ()
        said = ", ".join(f"{getattr(key, 'value', '…')}=…" for key, _ in held)
        yield Fault(
            path, keyword.span, "add_periodic_task has no options: what this holds reaches no message",
            f"write {said}" if said else "give each option by its name, or **options",
        )  # fmt: skip
    elif name in NOT_SENT or (name not in SENT and _meant(name)):
        near = "" if name in NOT_SENT and name not in ("arg", "kwarg") else _meant(name)
        yield Fault(
            path, keyword.span, f"add_periodic_task knows no {name}: it goes with the message, where nothing reads it",
            f"did you mean {near}?" if near else "leave it out", certain=bool(near),
        )  # fmt: skip
    elif name == "priority":
        yield from priority(value)


def _meant(name: str) -> str:
    from difflib import get_close_matches

    known = [*SLOTS, *sorted(SENT)]
    swapped = [one for one in known if sorted(one) == sorted(name) and one[0] == name[0]]  # `nmae`
    close = swapped or get_close_matches(name, known, 1, 0.85) or [one for one in SLOTS if one in name.split("_")]
    return close[0] if close else ""


def _signature(one: Statement, expr: Expr) -> Iterator[Fault]:
    """What has no `name` as a signature or a task has one: an AttributeError as soon as it is added."""
    bound = one.bound(expr)
    value = value_of(bound)
    if isinstance(value.value, str):
        what, help_ = f'the string "{value.value}"', f'write app.signature("{value.value}")'
    elif (
        isinstance(expr, Ref)
        and expr.name.rpartition(".")[2] in SENDERS
        and task_at(bound, expr.name.rpartition(".")[0])
    ):
        what, help_ = f"the method {expr.name}", f"write {expr.name.rpartition('.')[0]}.s()"
    else:
        return
    yield Fault(
        one.module.path,
        expr.span,
        f"add_periodic_task is given {what}, no signature: it raises AttributeError",
        help_,
        depends=value.files,
    )


def priority(bound: Bound) -> Iterator[Fault]:
    """A priority that is a text: no number, so RabbitMQ's client cannot write it and other transports take the default."""
    value = value_of(bound)
    if isinstance(value.value, str) and value.value:
        text = value.value
        yield Fault(
            bound.module.path, bound.expr.span, f'priority is the string "{text}", no number: RabbitMQ\'s client refuses each message, Redis takes it for 0, the first',
            f"write {text}" if text.isdecimal() else f'did you mean queue "{text}"?', depends=value.files,
        )  # fmt: skip
