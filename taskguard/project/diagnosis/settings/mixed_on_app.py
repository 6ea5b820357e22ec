"""Old and new names that the code sets on the app itself (celery/app/utils.py, `detect_settings`; run on 5.3, 5.6 and 5.7).

Without a source Celery reads what was set before the first look at the configuration as it reads a source: a mixture is refused.
"""

from __future__ import annotations

import re

from taskguard.diagnostics import Related
from taskguard.facts.model import Call
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.model import Place
from taskguard.project.celery.pieces import dict_pieces
from taskguard.project.celery.setting_names import meaning, names
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.statements import Statement

SOURCES = ("config_from_object", "config_from_envvar", "add_defaults")
# Strings and comments: `include=["shop.tasks"]` is no look at the tasks.
SAID = regex(r"\"[^\"\n]*\"|'[^'\n]*'|#[^\n]*")
# What a line may do with the configuration without looking at it.
SETS = r"(?:update\(|(?!update\b)\w+\s*=[^=])|\[\s*[\"']\w+[\"']\s*\]\s*=[^=]"


def doubled_in_call(service: Service, differ: Callable[[Place, Place], bool | None]) -> Iterator[Fault]:
    """One `conf.update(…)` that gives a setting under its old and its new name: one of the two is lost."""
    for one in celery_of(service.project).statements(service):
        if one.kind != "update" or in_tests(one.module.path):
            continue
        first: dict[str, Place] = {}
        for place in _given(one):
            other = first.setdefault(place.setting, place)
            if other.written != place.written and differ(other, place):
                yield Fault(
                    place.path, place.span, f"{place.written} and {other.written} are one setting: one of the two values is lost",
                    "set it once", symbol=place.written, related=(Related(other.path, other.span.line, "it is set here too"),),
                    depends=(other.path,) if other.path != place.path else (),
                )  # fmt: skip


def set_on_app(service: Service) -> tuple[dict[str, Place], dict[str, Place]]:
    """The places that set a new and an old name on an app without a source, by setting; none where the configuration may be looked at meanwhile."""
    statements = celery_of(service.project).statements(service)
    here = [one for one in statements if one.kind in ("update", "set")]
    nothing: tuple[dict[str, Place], dict[str, Place]] = {}, {}
    if (
        any(one.kind in SOURCES for one in statements)
        or service.call.keyword("config_source") is not None
        or any(one.module is not service.maker or one.scope != service.maker_scope or one.guard for one in here)
        or not here
        or configuration(service).open
        or _looks(service, here)
    ):
        return nothing
    tables = names()
    for one in here:
        for place in _given(one):
            if place.guard or place.path != one.module.path:
                return {}, {}
            nothing[1 if place.written in tables.old else 0].setdefault(place.setting, place)
    return nothing


def _looks(service: Service, here: list[Statement]) -> bool:
    """Whether lines between the making of the app and the last statement do anything else with its configuration."""
    first, last = service.call.span.line, max(one.span.line for one in here)
    lines = (service.project.text(service.maker.path) or "").splitlines()[first - 1 : last]
    text = SAID.sub('"s"', "\n".join(lines))
    return (
        re.search(rf"\bconf\b(?!\.{SETS})|\.(?:tasks|finalize|connection|amqp|control|autodiscover)\b", text)
        is not None
    )


def _given(one: Statement) -> Iterator[Place]:
    """The settings that a statement gives, in their order."""
    path = one.module.path
    if one.kind == "set":
        made = [(one.name, one.span, one.bound(), "")]
    else:
        call, made = one.expr, []
        for arg in call.args if isinstance(call, Call) else ():
            made += [(p.key.value, p.span, p.value, p.guard) for p in dict_pieces(one.bound(arg)).items if isinstance(p.key.value, str) and p.path == path]  # fmt: skip
        for keyword in call.keywords if isinstance(call, Call) else ():
            if keyword.name is not None:
                made.append((keyword.name, keyword.span, one.bound(keyword.value), ""))
    for written, span, value, guard in made:
        setting, why = meaning(written, None)
        if setting and not why:
            yield Place(written, setting, path, span, "update", value, guard)
