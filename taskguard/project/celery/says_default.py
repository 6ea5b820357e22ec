"""Whether a setting is given the value that it has anyhow: then nothing is lost where nobody reads it."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Item, Op, Ref
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.queues import default_queues
from taskguard.project.celery.setting_defaults import DEFAULTS
from taskguard.project.celery.setting_names import meaning
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.texts import span_in_seconds
from taskguard.project.python.values import Instance, Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Expr
    from taskguard.project.celery.model import Dead, Service

# What stands for the broker that Celery takes anyhow (kombu/transport/pyamqp.py).
DEFAULT_BROKER = regex(r"(?:py)?amqp://(?:guest(?::guest)?@)?(?:localhost|127\.0\.0\.1)?(?::5672)?/*")
# Switches of which Celery asks no more than whether they are on, though nothing is what they are by default.
SWITCHES = ("result_persistent", "task_reject_on_worker_lost")
# Where nothing is said, the name of the default queue is taken (celery/app/utils.py).
AFTER_QUEUE = ("task_default_exchange", "task_default_routing_key")


# Variables of the environment that Celery reads by itself, before any setting (celery/app/utils.py, `Settings`).
VARIABLES = {
    "broker_url": "CELERY_BROKER_URL",
    "broker_read_url": "CELERY_BROKER_READ_URL",
    "broker_write_url": "CELERY_BROKER_WRITE_URL",
    "result_backend": "CELERY_RESULT_BACKEND",
}
# Calls that give a variable of the environment of this process, and not what another file says.
ASKING = regex(r"(?:os\.)?(?:getenv|environ\.get)|\w*[eE][nN][vV](?:\.(?:str|url|get_value))?")


def says_default(service: Service, one: Dead) -> bool:
    """Whether a setting that Celery does not read says what Celery does anyhow, in some version at least."""
    place = one.place
    setting = place.setting
    if one.why == "unknown":
        setting = meaning(one.meant, None if place.direct else configuration(service).namespace)[0]
    if setting not in DEFAULTS:
        return False
    if isinstance(place.value, Bound) and _asks_the_same(setting, place.value):
        return True
    value = value_of(place.value)
    if not isinstance(value, Known):
        return False
    given = _plain(value.value)
    if any(given == default or (default is None and given in ([], {})) for default in DEFAULTS[setting]):
        return True
    if setting == "broker_url":
        return isinstance(given, str) and DEFAULT_BROKER.fullmatch(given) is not None
    if setting in AFTER_QUEUE:
        return isinstance(given, str) and given in default_queues(service)
    return setting in SWITCHES and given is False


def _asks_the_same(setting: str, held: Bound) -> bool:
    """Whether a value is that of the environment variable that Celery reads itself for the setting, and else the default."""
    expr, other = held.expr, None
    if isinstance(expr, Op) and expr.op == "or" and len(expr.operands) == 2:
        expr, other = expr.operands
    if isinstance(expr, Item) and isinstance(expr.of, Ref) and expr.of.name in ("os.environ", "environ"):
        asked: Expr | None = expr.index
    elif isinstance(expr, Call) and ASKING.fullmatch(expr.callee) and expr.args:
        asked = expr.args[0]
        other = expr.keyword("default") or (expr.args[1] if len(expr.args) > 1 else other)
    else:
        return False
    if not isinstance(asked, Const) or asked.value is None or asked.value != VARIABLES.get(setting):
        return False
    value = Known(None) if other is None else value_of(held.other(other))
    return isinstance(value, Known) and _is_default(setting, value.value)


def _is_default(setting: str, value: object) -> bool:
    if value in (None, "", DEFAULTS.get(setting)):
        return True
    return setting != "result_backend" and isinstance(value, str) and DEFAULT_BROKER.fullmatch(value) is not None


def _plain(value: object) -> object:
    """A value as the table has it: a tuple as a list, a span of time in seconds, an object's path with its colon."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Instance) and value.name == "datetime.timedelta":
        return span_in_seconds(value)
    if isinstance(value, str) and value.startswith("celery.") and ":" not in value:
        return ":".join(value.rsplit(".", 1))
    return value
