"""Settings that Celery asks for true or false, and that hold a text which says no: each text but the empty one counts as true."""

from __future__ import annotations

from taskguard.facts.model import Call, Const
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.routes import followed
from taskguard.project.celery.setting_defaults import DEFAULTS
from taskguard.project.diagnosis.declarations.option_values import OFF
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import to_copy
from taskguard.project.python.bound import Bound
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.names import resolved_name
from taskguard.project.python.testing import in_tests
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Expr
    from taskguard.project.celery.model import Place
    from taskguard.project.celery.system import System

# Switches that are nothing where nobody sets them.
UNSET = frozenset(("broker_connection_retry_on_startup", "result_persistent", "task_reject_on_worker_lost"))
# Those that hold more than true or false.
MORE = frozenset(("broker_use_ssl",))
# What gives the text of a variable as it is. `decouple.config` does so where it is told no `cast`.
ASKED = frozenset(("os.getenv", "os.environ.get"))
CONFIG = "decouple.config"


class Text(Record):
    """A text that says no where a switch is set. `variable` is that of the environment which gives another text, empty where there is none;
    `cast` says that the code makes a boolean of it, which is true as well."""

    text: str
    variable: str
    cast: bool


def texts_for_switches(system: System) -> Iterator[Fault]:
    """Each place once."""
    seen: set[tuple[str, Span]] = set()
    for service in in_use(system):
        for name, setting in configuration(service).settings.items():
            for place in setting.places if is_switch(name) else ():
                found = _said(place) if (place.path, place.span) not in seen else None
                if found is None or in_tests(place.path) or to_copy(place.path):
                    continue
                seen.add((place.path, place.span))
                yield _fault(place, name, found)


def is_switch(name: str) -> bool:
    """Whether a setting is true or false in each version."""
    return name in UNSET or (
        name in DEFAULTS and name not in MORE and all(isinstance(one, bool) for one in DEFAULTS[name])
    )


def _said(place: Place) -> Text | None:
    return _text(place.value) if isinstance(place.value, Bound) and not place.partial else None


def _text(bound: Bound, cast: bool = False) -> Text | None:
    held = followed(bound)
    expr = held.expr
    if not isinstance(expr, Call):
        value = value_of(held).value
        return Text(value, "", cast) if isinstance(value, str) and _says_no(value) else None
    if expr.callee == "bool" and len(expr.args) == 1 and not cast:
        return _text(held.other(expr.args[0]), True)
    default = _default(held, expr)
    asked = expr.args[0] if default is not None else None
    given = value_of(held.other(default)).value if default is not None else None
    if not isinstance(given, str) or not _says_no(given) or not isinstance(asked, Const):
        return None
    return Text(given, str(asked.value), cast)


def _default(held: Bound, call: Call) -> Expr | None:
    """What a call gives where the environment has no such variable, of those that give its text as it is."""
    name = resolved_name(held.module, call.callee, held.scope) if call.args else ""
    if name in ASKED or (name == CONFIG and call.keyword("cast") is None and len(call.args) < 3):
        return call.args[1] if len(call.args) > 1 else call.keyword("default")
    return None


def _says_no(text: str) -> bool:
    return text.strip().lower() in OFF


def _fault(place: Place, name: str, found: Text) -> Fault:
    if found.variable:
        said = f'{place.written} is the text of the variable {found.variable}, by default "{found.text}"'
        advice = f'compare it: `os.environ.get("{found.variable}", "{found.text}") == "True"`'
    else:
        said, advice = f'{place.written} is the text "{found.text}"', "write `False`"
    if found.cast:
        said += ", and `bool()` of a text is true unless it is empty"
        return Fault(place.path, place.span, said, advice, symbol=name, depends=place.files)
    return Fault(place.path, place.span, f"{said}, which counts as true", advice, symbol=name, depends=place.files)
