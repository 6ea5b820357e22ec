"""Which broker an app talks to, as far as its configuration says: by the scheme of a URL, also where only its beginning is written out."""

from __future__ import annotations

import re

from taskguard.facts.model import Attr, Call, Cond, Const, Expr, Item, Op, Opaque, Ref, Seq
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.django import settings_modules
from taskguard.project.celery.flask import flask_setting
from taskguard.project.celery.routes import followed
from taskguard.project.celery.settled import PREFIX
from taskguard.project.celery.sources import definition
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.values import Known
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.celery.model import Service

REDIS, RABBITMQ, SQS = "Redis", "RabbitMQ", "SQS"
SCHEMES = {
    "redis": REDIS,
    "rediss": REDIS,
    "redis+socket": REDIS,
    "sentinel": REDIS,
    "amqp": RABBITMQ,
    "amqps": RABBITMQ,
    "pyamqp": RABBITMQ,
    "librabbitmq": RABBITMQ,
    "sqs": SQS,
}
SCHEME = regex(r"\s*([A-Za-z][A-Za-z0-9+.-]*)://")
IN_TEXT = regex(r"^[a-zA-Z]*[\"']{1,3}([A-Za-z][A-Za-z0-9+.-]*)://")
# A name that says it: `REDIS_URL`, `settings.rabbitmq_url`, `get_redis_url()`.
HINT = regex(r"(?:^|_)(redis|valkey|rabbitmq|rabbit|amqp|cloudamqp|sqs)(?=_|\Z)", re.IGNORECASE)
HINTS = {"redis": REDIS, "valkey": REDIS, "sqs": SQS}
# Calls that give the value of an environment variable.
ENVIRONMENT = regex(
    r"(?:^|\.|_)(?:getenv|environ\.get|env|env\.\w+|config|get_from_env|get_env\w*|environ\.setdefault)\Z"
)
DEEPEST = 12


class Broker(Record):
    """The broker of an app: `kind` is Redis, RabbitMQ, SQS or another scheme, empty where it cannot be told (`why`).

    `sure` is False where an environment may name another one. `files` say which it is.
    """

    kind: str
    sure: bool = False
    files: tuple[str, ...] = ()
    why: str = ""


class Seen(Record):
    kind: str
    sure: bool


def broker_of(service: Service) -> Broker:
    """The broker that the workers and the senders of a service use."""
    conf = configuration(service)
    if any(conf.get(name) is not None for name in ("broker_read_url", "broker_write_url", "broker_transport")):
        return Broker("", why="reading and writing have brokers of their own")
    setting = conf.get("broker_url")
    if setting is None:
        return Broker("", why=conf.open or "no broker is named: CELERY_BROKER_URL or the default counts")
    parts = setting.parts or (setting.value,)
    seen = [_look(service, part, 0) if isinstance(part, Bound) else None for part in parts]
    files = setting.files
    # What a test or a local run keeps in memory is no second broker.
    found = [one for one in seen if one is not None and one.kind != "memory"]
    kinds = {one.kind for one in found}
    if len(kinds) > 1:
        return Broker("", False, files, "the settings name different brokers")
    if not kinds:
        return Broker("", False, files, "the URL of the broker cannot be told")
    return Broker(kinds.pop(), not conf.open and all(one is not None and one.sure for one in seen), files)


def _look(service: Service, bound: Bound, depth: int) -> Seen | None:
    if depth > DEEPEST:
        return None
    value = value_of(bound)
    if isinstance(value, Known):
        return _text(value.value)
    if value.name.startswith(PREFIX) and "." not in value.name[len(PREFIX) :]:
        return _django(service, value.name[len(PREFIX) :], depth) or _hint(value.name)
    expr = bound.expr
    if isinstance(expr, Ref):
        target = followed(bound)
        return (_look(service, target, depth + 1) if target.expr is not expr else None) or _hint(expr.name)
    if isinstance(expr, Op):
        return _operator(service, bound, expr, depth)
    if isinstance(expr, Cond):
        return _agreed((_look(service, bound.other(one), depth + 1) for one in (expr.body, expr.orelse)), sure=True)
    if isinstance(expr, Call):
        return _call(service, bound, expr, depth)
    if isinstance(expr, Item):
        return _item(service, bound, expr, depth)
    if isinstance(expr, Seq):
        return _agreed((_look(service, bound.other(one), depth + 1) for one in expr.items), sure=True)
    if isinstance(expr, Attr):
        return _hint(expr.name)
    found = IN_TEXT.match(expr.text) if isinstance(expr, Opaque) else None
    return _scheme(found[1], sure=True) if found is not None else None


def _text(value: object) -> Seen | None:
    """The kind of a URL, or of several that all are of one kind."""
    if isinstance(value, list | tuple):
        return _agreed((_text(one) for one in value), sure=True)
    if not isinstance(value, str):
        return None
    found = [SCHEME.match(one) for one in value.split(";") if one.strip()]
    return _agreed((_scheme(one[1], sure=True) if one is not None else None for one in found), sure=True)


def _scheme(scheme: str, sure: bool) -> Seen:
    return Seen(SCHEMES.get(scheme.lower(), scheme.lower()), sure)


def _hint(name: str) -> Seen | None:
    last = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rpartition(".")[2])
    kinds = {HINTS.get(one.lower(), RABBITMQ) for one in HINT.findall(last)}
    return Seen(kinds.pop(), False) if len(kinds) == 1 else None


def _agreed(seen: Iterable[Seen | None], sure: bool) -> Seen | None:
    """What all of them are."""
    every = list(seen)
    kinds = {one.kind if one is not None else "" for one in every}
    if len(kinds) != 1 or "" in kinds:
        return None
    return Seen(kinds.pop(), sure and all(one is not None and one.sure for one in every))


def _operator(service: Service, bound: Bound, expr: Op, depth: int) -> Seen | None:
    if expr.op == "or":
        # A variable that is set, or what is taken where it is not.
        seen = [
            one for one in (_look(service, bound.other(each), depth + 1) for each in expr.operands) if one is not None
        ]
        return _agreed(seen, sure=False) if seen else None
    if expr.op not in ("f", "+", "%") or not expr.operands:
        return None
    first = expr.operands[0]
    if isinstance(first, Const):
        return _text(first.value)
    following = expr.operands[1] if len(expr.operands) > 1 else None
    if isinstance(following, Const) and str(following.value).startswith("://"):
        value = value_of(bound.other(first))
        if isinstance(value.value, str):
            return _scheme(value.value, sure=True)
        return _hint(first.name) if isinstance(first, Ref | Attr) else None
    return _look(service, bound.other(first), depth + 1)


def _call(service: Service, bound: Bound, expr: Call, depth: int) -> Seen | None:
    func = expr.func
    if isinstance(func, Attr) and func.name in ("format", "rstrip", "strip", "replace", "format_map"):
        return _look(service, bound.other(func.of), depth + 1)
    head, _, last = expr.callee.rpartition(".")
    if head and last in ("format", "rstrip", "strip", "replace"):
        return _look(service, bound.other(Ref(head, func.span)), depth + 1)
    first = expr.args[0] if expr.args else None
    if last in ("str", "cast") and first is not None and not ENVIRONMENT.search(expr.callee):
        return _look(service, bound.other(expr.args[-1]), depth + 1)
    if isinstance(first, Const) and isinstance(first.value, str) and ENVIRONMENT.search(expr.callee):
        default = expr.keyword("default") or (expr.args[1] if len(expr.args) > 1 else None)
        return _variable(service, bound, first.value, default, depth)
    # `Field("redis://…")`, `values.Value(default="redis://…")`: a default, whatever reads the environment for it.
    held = [*expr.args, *(one.value for one in expr.keywords)]
    texts = [_text(one.value) for one in held if isinstance(one, Const)]
    given = [Seen(one.kind, False) for one in texts if one is not None]
    return _agreed(given, sure=False) if given else _hint(expr.callee)


def _item(service: Service, bound: Bound, expr: Item, depth: int) -> Seen | None:
    name = expr.index.value if isinstance(expr.index, Const) else None
    of = expr.of.name if isinstance(expr.of, Ref) else ""
    if not isinstance(name, str):
        return None
    if of.endswith("environ"):
        return _variable(service, bound, name, None, depth)
    held = flask_setting(bound.module, name) if of.endswith("config") else None
    return (_look(service, held, depth + 1) if held is not None else None) or _hint(name)


def _variable(service: Service, bound: Bound, name: str, default: Expr | None, depth: int) -> Seen | None:
    """An environment variable: what deployment files say of it, its default, its name. They must agree, and are never proof."""
    said = [
        _scheme(scheme, sure=False) for held, scheme, _ in service.project.evidence.deployment.brokers if held == name
    ]
    given = _look(service, bound.other(default), depth + 1) if default is not None else None
    seen = [one for one in (*said, given, _hint(name)) if one is not None and one.kind != "memory"]
    return _agreed(seen, sure=False) if seen else None


def _django(service: Service, name: str, depth: int) -> Seen | None:
    held = settings_modules(service)
    if held.open:
        return None
    given = [definition(module, name)[0] for module in held.modules]
    seen = [_look(service, one, depth + 1) for one in given if one is not None]
    return _agreed(seen, sure=len(seen) == len(given)) if seen else None
