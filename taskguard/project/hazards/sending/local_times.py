"""Times without a zone that Django's process takes from its own, and Celery reads as UTC: `eta=datetime.now()`."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Cond, Op, Ref
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.django import reads_settings, settings_modules
from taskguard.project.celery.sources import definition
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.calls.kept_values import bound_values
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.names import resolved_name
from taskguard.project.python.pins import pinned_below
from taskguard.project.python.values import ABSENT, Known
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.bound import Bound
    from taskguard.project.python.project import Project

NOW = frozenset(("datetime.datetime.now", "datetime.datetime.today"))
# This one is without a zone only where the settings say `USE_TZ = False`.
OF_DJANGO = "django.utils.timezone.now"
# Of older versions nothing was proved.
OLDEST = (5, 2)
DEEPEST = 4
# Noon of a day in winter and of one in summer.
DAYS = ((2024, 1, 15, 12), (2024, 7, 15, 12))


def zone_lost(given: Bound) -> str:
    """The time zone that a time is of and does not say, so that Celery takes it for UTC (celery/utils/time.py, `maybe_make_aware`); empty where it may be in order."""
    zone = _zone(given.module.project) if _is_local(given, False) else ""
    if zone:
        return zone
    return _zone(given.module.project) if _is_local(given, True) and _without_zones(given.module.project) else ""


def _is_local(given: Bound, django: bool) -> bool:
    """Whether a time surely is the clock's, without a zone, or something before or behind that. `django`: what its `timezone.now()` says."""
    expr = given.expr
    if given.depth > DEEPEST:
        return False
    if isinstance(expr, Op) and expr.op in ("+", "-") and len(expr.operands) == 2:
        operands = expr.operands if expr.op == "+" else expr.operands[:1]
        return any(_is_local(given.other(one), django) for one in operands)
    if isinstance(expr, Cond):
        return any(_is_local(given.other(one), django) for one in (expr.body, expr.orelse))
    if isinstance(expr, Ref):
        values = bound_values(given.module, given.scope, expr.name)
        return bool(values) and all(_is_local(given.other(one), django) for one in values)
    if not isinstance(expr, Call):
        return False
    if isinstance(expr.func, Attr):
        kept = expr.func.name == "replace" and all(one.name not in ("tzinfo", None) for one in expr.keywords)
        return kept and _is_local(given.other(expr.func.of), django)
    if expr.args or expr.keywords:
        return False
    name = resolved_name(given.module, expr.callee, given.scope)
    return name == OF_DJANGO if django else name in NOW


@query
def _zone(project: Project) -> str:
    """The zone that Django gives the processes of a project, by `TIME_ZONE` in all its settings, where that differs from UTC; empty where one of its apps is not configured by them, or says otherwise."""
    services = celery_of(project).live
    if not services or pinned_below(project, OLDEST) or not all(reads_settings(one) for one in services):
        return ""
    for one in services:
        utc = configuration(one).value("enable_utc")
        if utc is not ABSENT and utc.value is not True:
            return ""
    zones = _said(project, "TIME_ZONE")
    return str(zones[0]) if zones and all(isinstance(one, str) and _differs(one) for one in zones) else ""


@query
def _without_zones(project: Project) -> bool:
    """Whether all settings say that Django's own times have no zone."""
    said = _said(project, "USE_TZ")
    return bool(said) and all(one is False for one in said)


def _said(project: Project, name: str) -> list[object]:
    """What the settings of all deployments have under a name, None where that cannot be told."""
    made: list[object] = []
    for service in celery_of(project).live:
        for module in settings_modules(service).modules if not service.test else ():
            bound, doubt = definition(module, name)
            value = value_of(bound) if bound is not None and not doubt else None
            made.append(value.value if isinstance(value, Known) else None)
    return made


def _differs(name: str) -> bool:
    """Whether a zone is not that of UTC, in winter or in summer; not where this machine does not know it."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    try:
        zone = ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return False
    return any(datetime(*day, tzinfo=zone).utcoffset() for day in DAYS)
