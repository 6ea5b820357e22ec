"""Settings that Celery does not read by their names, though the code hands their values on: `Celery(broker=app.config["CELERY_BROKER_URL"])`."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.project.celery.configuration import configuration
from taskguard.project.python.evaluate import Bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Dead, Place, Service


def is_handed_on(service: Service, one: Dead) -> bool:
    """Whether the setting that a dead name means is set, too, and from this name or from the same variable."""
    held = configuration(service).get(one.place.setting)
    places = [place for place in held.places if place.written != one.place.written] if held is not None else []
    own = _text(one.place)
    return any(_reads(service, place, one.place.written) or _same(own, _text(place)) for place in places)


def _same(own: str, other: str) -> bool:
    """Whether both are the same expression, and no literal."""
    return bool(own) and own == other and (own[0].isalpha() or own[0] == "_")


def _reads(service: Service, place: Place, written: str) -> bool:
    """Whether a value is taken from the name: by subscript, `.get`, as an attribute, or over a variable or parameter that is."""
    text, key = _text(place), rf"\b{re.escape(written)}\b"
    if re.search(key, text):
        return True
    if not isinstance(place.value, Bound):
        return False
    whole = place.value.module.project.text(place.value.module.path) or ""
    for name in set(re.findall(r"(?<![\w.\"'])[A-Za-z_]\w*", text)):
        if re.search(rf"(?m)(?<![\w.]){name}\s*(?::[^=\n]+)?=(?!=)[^\n]*(?:\n[^\n=]*)?{key}", whole):
            return True
    maker = service.maker.function(service.maker_scope) if service.maker_scope else None
    names = {param.name for param in maker.params} if maker is not None else set()
    if maker is None or not names.intersection(re.findall(r"\w+", text)):
        return False
    called = re.compile(rf"\b{re.escape(maker.name)}\((?:[^()]|\([^()]*\))*?{key}")
    project = service.project
    return any(finds(project, path, called) for path in project.search(maker.name))


def _text(place: Place) -> str:
    """The expression of a value as it is written."""
    if not isinstance(place.value, Bound):
        return ""
    span, module = place.value.expr.span, place.value.module
    lines = (module.project.text(module.path) or "").splitlines()[span.line - 1 : span.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)
