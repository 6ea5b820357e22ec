"""`config_from_object("shop.settings:Rules")` where the module has no such name: the worker stops as soon as it asks for a setting."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.model import Call, Const
from taskguard.project.celery.loaded import is_idle
from taskguard.project.celery.system import celery_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.facades.broken import may_be_module
from taskguard.project.python.exported import binds_name
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.statements import Statement


def named_sources(service: Service) -> Iterator[tuple[Statement, Const, str]]:
    """The strings of `config_from_object` that the service surely reads, each with its value."""
    for one in celery_of(service.project).statements(service):
        call = one.expr
        if one.kind != "config_from_object" or not isinstance(call, Call) or in_tests(one.module.path):
            continue
        made_here = one.module is service.maker and one.scope == service.maker_scope
        if one.guard if made_here else one.under:
            continue
        given = call.args[0] if call.args else call.keyword("obj")
        if (
            isinstance(given, Const)
            and isinstance(given.value, str)
            and len(call.args) < 2
            and not call.keyword("silent")
        ):
            yield one, given, given.value


def faulty_sources(service: Service) -> Iterator[Fault]:
    """The sources that name something in a module of the project that it surely has not (celery/loaders/base.py, `_smart_import`)."""
    for one, given, value in named_sources(service):
        name, colon, attribute = value.partition(":")
        if not colon:
            name, _, attribute = value.rpartition(".")
        module = service.project.find(name, service.module) if name and attribute else None
        if module is None or (module.is_package and not colon) or service.project.find(value, service.module):
            continue
        first = attribute.partition(".")[0]
        if binds_name(module, first) is not False or may_be_module(module, first) or is_idle(service, one.module):
            continue
        yield Fault(
            one.module.path,
            given.span,
            f'config_from_object names "{value}", and {module.path} has no `{first}`: the worker stops when it starts',
            "name what holds the configuration now",
            symbol=value,
            related=(Related(module.path, 1, "this is what the project has of it"),),
            depends=(module.path,),
        )
