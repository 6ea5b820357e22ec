"""Entries that a dict display writes twice, and configuration sources that a second one replaces: what the first one says is lost."""

from __future__ import annotations

from itertools import pairwise

from taskguard.diagnostics import Related
from taskguard.facts.model import Binding, Call, Const, Dict
from taskguard.project.celery.configuration import ARGUMENTS, configuration
from taskguard.project.celery.django import settings_modules
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.pieces import Piece, dict_pieces, entries_in
from taskguard.project.celery.setting_names import meaning
from taskguard.project.celery.sources import is_django, module_source, object_source
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known
from taskguard.project.tasks.declarations import all_tasks
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Expr
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.statements import Statement
    from taskguard.project.celery.system import System

# Settings that hold a dict of which each entry is wanted for itself, and what one of them is called.
WHOLE = {"beat_schedule": "entry", "task_routes": "route", "task_annotations": "annotation", "task_queues": "queue"}
# What an entry of a schedule has at least.
ENTRY = frozenset(("task", "schedule"))


def written_twice(system: System) -> Iterator[Fault]:
    """Each entry that the same dict display writes again further down, with another value."""
    told: set[tuple[str, Span]] = set()
    for pieces, what in _dicts(system):
        last: dict[tuple[str, Span, object], Piece] = {}
        for one in pieces:
            if one.display is not None and isinstance(one.key, Known) and isinstance(one.key.value, str):
                last[one.path, one.display, one.key.value] = one
        for one in pieces:
            if one.display is None or not isinstance(one.key, Known) or (one.path, one.span) in told:
                continue
            kept = last.get((one.path, one.display, one.key.value), one)
            if kept.span == one.span or _shape(kept.value.expr) == _shape(one.value.expr):
                continue
            told.add((one.path, one.span))
            key = str(one.key.value)
            yield Fault(
                one.path, one.span, f'"{key}" is written twice in one dict: line {kept.span.line} replaces this {what}, which is lost',
                "give each a key of its own, or drop one of them", symbol=key,
                related=(Related(kept.path, kept.span.line, "this one is kept"),),
            )  # fmt: skip


def _dicts(system: System) -> Iterator[tuple[list[Piece], str]]:
    """The entries of the dicts that Celery reads, those within the entries, and those of schedules that no app is known to read."""
    for service in in_use(system):
        for name, what in WHOLE.items():
            setting = configuration(service).get(name)
            for part in setting.parts if setting is not None else ():
                pieces = entries_in(part)
                yield pieces, what
                for one in pieces:
                    if isinstance(one.value.expr, Dict):
                        yield dict_pieces(one.value).items, "value"
    if not system.services and not all_tasks(system.project):
        return
    for module in system.project.looked_at:
        if not module.facts.task_dicts or in_tests(module.path):
            continue
        held = [(one.value, one.scope) for one in module.facts.bindings if isinstance(one, Binding)]
        held += [(one.value, one.scope) for one in module.facts.assigns]
        for value, scope in held:
            if isinstance(value, Dict) and value.items and all(_is_entry(one) for _, one in value.items):
                yield dict_pieces(Bound(value, module, scope)).items, "entry"


def _is_entry(value: Expr) -> bool:
    return isinstance(value, Dict) and ENTRY.issubset(key.value for key, _ in value.items if isinstance(key, Const))


def _shape(value: object) -> object:
    """An expression without the places of its parts."""
    if isinstance(value, Record):
        fields = type(value).fields
        return type(value).__name__, *(_shape(one) for name, one in zip(fields, value, strict=True) if name != "span")
    return tuple(map(_shape, value)) if isinstance(value, tuple) else (type(value).__name__, value)


# -- config_from_object ------------------------------------------------------------------------------------------------------


def replaced_sources(system: System) -> Iterator[Fault]:
    """`config_from_object` twice on one app (celery/app/base.py; run): the second source is read instead of the first one, under the namespace
    of the first where it has none."""
    told: set[tuple[str, Span]] = set()
    for service in in_use(system):
        given = [one for one in celery_of(service.project).statements(service) if one.kind == "config_from_object"]
        for first, second in pairwise(given):
            if (first.module, first.scope, first.guard, second.guard) != (second.module, second.scope, "", ""):
                continue
            place = (first.module.path, first.span)
            lost = _lost(service, first, second)
            if not lost or place in told or in_tests(first.module.path):
                continue
            told.add(place)
            said = ", ".join(f"`{one}`" for one in lost[:3]) + (", …" if len(lost) > 3 else "")
            yield Fault(
                *place, f"`config_from_object` is called again in line {second.span.line}, and replaces this source: {said} {'is' if len(lost) == 1 else 'are'} lost",
                "keep one source, and import the other one's names there (`from … import *`)", symbol=service.dotted,
                related=(Related(second.module.path, second.span.line, "this source is read"),),
                depends=tuple(one for one in configuration(service).sources if one != first.module.path),
            )  # fmt: skip


def _lost(service: Service, first: Statement, second: Statement) -> list[str]:
    """The names of the first source that count there and that the second one has not."""
    before = _namespace(first)
    after = _namespace(second)
    if before is None or after is None:
        return []
    held, kept = _settings(service, first, before), _settings(service, second, after or before)
    if held is None or kept is None or kept[1]:
        return []
    # What the app is given as an argument goes before both.
    given = {ARGUMENTS.get(one.name or "", "") for one in service.call.keywords}
    return sorted({written for setting, written in held[0].items() if setting not in kept[0] and setting not in given})


def _namespace(one: Statement) -> str | None:
    """The namespace that a call gives, empty where it gives none; None where it cannot be told."""
    assert isinstance(one.expr, Call)
    given = one.expr.keyword("namespace") or (one.expr.args[3] if len(one.expr.args) > 3 else None)
    if given is None:
        return ""
    value = value_of(one.bound(given))
    return value.value or "" if isinstance(value, Known) and isinstance(value.value, str | None) else None


def _settings(service: Service, one: Statement, namespace: str) -> tuple[dict[str, str], str] | None:
    """The settings that a source says, with the names under which it has them, and why it may say more; None where it cannot be followed."""
    assert isinstance(one.expr, Call)
    given = one.expr.args[0] if one.expr.args else one.expr.keyword("obj")
    if given is None:
        return None
    bound = one.bound(given)

    def wanted(written: str) -> bool:
        setting, why = meaning(written, namespace or None)
        return bool(setting) and not why

    if is_django(bound):
        modules = settings_modules(service)
        sources: Iterable[object] = [module_source(module, wanted) for module in modules.modules]
        opened = modules.open
    else:
        sources, opened = [object_source(bound, wanted)], ""
    made: dict[str, str] = {}
    for source in sources:
        opened = opened or source.open  # type: ignore[attr-defined]
        made.update({meaning(name, namespace or None)[0]: name for name in source.keys})  # type: ignore[attr-defined]
    return made, opened
