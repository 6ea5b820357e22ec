"""Settings that the code takes from the environment and puts on the app, where plain values of the source beat them."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Item, Op, Ref
from taskguard.patterns import regex
from taskguard.project.celery.says_default import VARIABLES
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Place

ASKING = regex(r"(?:os\.)?(?:getenv|environ\.get)|\w*[eE][nN][vV](?:\.(?:str|url|int|bool|float|list|get_value))?")
CONFIG = "decouple.config"


def unasked_variable(place: Place, source: list[Place], setting: str) -> str:
    """The variable that a place asks for nothing, since each place of the source has a plain value; empty where that is not so.

    Where Celery asks for that variable itself it beats the source (celery/app/utils.py, `Settings`).
    """
    name = variable_asked(place.value) if isinstance(place.value, Bound) else ""
    if not name or name == VARIABLES.get(setting) or any(one.guard for one in source):
        return ""
    return name if all(isinstance(value_of(one.value), Known) for one in source) else ""


def variable_asked(held: Bound) -> str:
    """The variable of the environment that an expression asks for first."""
    expr = held.expr
    if isinstance(expr, Op) and expr.op == "or" and expr.operands:
        expr = expr.operands[0]
    if isinstance(expr, Item) and isinstance(expr.of, Ref) and expr.of.name in ("os.environ", "environ"):
        asked = expr.index
    elif isinstance(expr, Call) and expr.args and (ASKING.fullmatch(expr.callee) or _is_config(held, expr)):
        asked = expr.args[0]
    else:
        return ""
    return asked.value if isinstance(asked, Const) and isinstance(asked.value, str) else ""


def _is_config(held: Bound, call: Call) -> bool:
    found = resolve(held.module, call.callee, held.scope) if call.callee else None
    return found is not None and found.kind == "external" and found.path == CONFIG
