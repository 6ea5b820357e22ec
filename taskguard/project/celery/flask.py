"""What the configuration of a Flask application holds: `app.config["CELERY"]`."""

from __future__ import annotations

from taskguard.diagnostics import TOP
from taskguard.facts import selections
from taskguard.facts.model import Call, Dict, Expr, Item, Ref
from taskguard.facts.questions import every
from taskguard.patterns import regex
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

# `app.config.from_object("shop.settings")`, or of what a name stands for.
FROM_OBJECT = regex(r"\bconfig\.from_object\([ \t]*(?:[\"']([A-Za-z_][\w.]*)[\"']|([A-Za-z_][\w.]*))?")


def flask_dict(bound: Bound) -> Bound | None:
    """The dict that `app.config["CELERY"]` or `app.config.get("CELERY", {})` is; None for anything else, and where it cannot be told."""
    expr = bound.expr
    if isinstance(expr, Item) and _written(expr.of).rpartition(".")[2] == "config":
        return flask_setting(bound.module, value_of(bound.other(expr.index)).value)
    if isinstance(expr, Call) and expr.callee.endswith("config.get") and expr.args:
        return flask_setting(bound.module, value_of(bound.other(expr.args[0])).value)
    return None


def flask_setting(module: Module, key: object) -> Bound | None:
    """What `app.config["CELERY"]` of Flask holds: `app.config.from_mapping(CELERY={…})`, or the key set; None where not just one place says so."""
    found: list[Bound] = []
    for other in module.project.looked_at:
        if in_tests(other.path) and not in_tests(module.path):
            continue
        for site in selections.calling(other.facts, "from_mapping", "update"):
            value = (
                site.call.keyword(str(key))
                if site.call.callee.endswith(("config.from_mapping", "config.update"))
                else None
            )
            if value is not None:
                found.append(Bound(value, other, site.scope))
        for assign in other.facts.assigns:
            target = assign.target
            if (
                isinstance(target, Item)
                and _written(target.of).endswith(".config")
                and getattr(target.index, "value", None) == key
            ):
                found.append(Bound(assign.value, other, assign.scope))
    if not found and isinstance(key, str):
        found = [*_of_modules(module, key), *_of_classes(module, key)]
    return found[0] if len(found) == 1 else None


def _of_classes(module: Module, key: str) -> list[Bound]:
    """The dicts that classes of the project have under a name: `app.config.from_object` takes their attributes."""
    return [
        Bound(one.value, other, klass.qualname)
        for other in module.project.looked_at
        if not in_tests(other.path) or in_tests(module.path)
        for klass in other.facts.classes
        for one in klass.attributes
        if one.name == key and isinstance(one.value, Dict | Call)
    ]


def _written(expr: Expr) -> str:
    return expr.name if isinstance(expr, Ref) else ""


def _of_modules(module: Module, key: str) -> list[Bound]:
    """The dict that the only module has under a name which Flask is told to take its configuration of; none where other modules, or what cannot be told, may be meant."""
    named: dict[Module, None] = {}
    for path in module.project.search("from_object"):
        other = module.project.modules[path]
        if in_tests(path) and not in_tests(module.path):
            continue
        for text, name in every(module.project, path, FROM_OBJECT):
            target = module.project.find(text, other) if text else None
            found = resolve(other, name) if name else None
            if found is not None and found.kind == "module":
                target = found.module
            if target is None:
                return []
            named[target] = None
    targets = [one for one in named if resolve(one, key).kind == "symbol"]
    return [Bound(Ref(key, TOP), one) for one in targets] if len(named) == 1 else []
