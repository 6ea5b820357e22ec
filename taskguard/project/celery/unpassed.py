"""What a factory does with an application that nobody hands it: `def make_celery(app=None): … if app: celery.conf.update(app.config)`."""

from __future__ import annotations

from taskguard.facts.model import Binding, Call, Const, Ref
from taskguard.project.python.names import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Expr
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.statements import Statement


def is_passed_over(service: Service, one: Statement) -> bool:
    """Whether a statement of the factory, under a condition, takes an attribute of a parameter that is None where the app is made: it is not run there, or no app is."""
    if not one.guard or not service.maker_scope or (one.module, one.scope) != (service.maker, service.maker_scope):
        return False
    if not isinstance(one.expr, Call):
        return False
    asked = {name.partition(".")[0] for name in _names(one.expr) if "." in name}
    return not asked.isdisjoint(_unpassed(service)) if asked else False


def _names(call: Call) -> Iterator[str]:
    given: list[Expr] = [*call.args, *(keyword.value for keyword in call.keywords)]
    yield from (one.name for one in given if isinstance(one, Ref))


def _unpassed(service: Service) -> set[str]:
    """The parameters of the factory that the call which makes the app leaves to their default, None."""
    held = service.module.entries(service.variable)
    binding = held[0] if len(held) == 1 else None
    if not isinstance(binding, Binding) or not isinstance(binding.value, Call):
        return set()
    call, maker = binding.value, service.maker.function(service.maker_scope)
    found = resolve(service.module, call.callee) if call.callee else None
    if maker is None or found is None or (found.module, found.path) != (service.maker, service.maker_scope):
        return set()
    if call.args or any(keyword.name is None for keyword in call.keywords):
        return set()
    named = {keyword.name for keyword in call.keywords}
    return {
        one.name
        for one in maker.params
        if isinstance(one.default, Const) and one.default.value is None and one.name not in named
    }
