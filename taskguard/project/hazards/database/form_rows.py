"""Which forms and serializers give back the row that they have written, from `save`, `create` and `update`."""

from __future__ import annotations

from taskguard.facts.model import Attr, Call, Ref
from taskguard.facts.statements import Return
from taskguard.patterns import regex
from taskguard.project.hazards.database.row_keys import is_above
from taskguard.project.python.flow import body_of, bound_in, spots_of
from taskguard.project.tasks.bases import ancestry, locate
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.facts.model import Class, Expr, Function
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module

SAVING = regex(
    r"(?:django\.forms(?:\.models)?\.ModelForm|rest_framework\.serializers\.(?:Hyperlinked)?ModelSerializer)\Z"
)
WRITING = ("save", "create", "update")


@query
def saves_rows(module: Module, qualname: str) -> bool:
    """Whether `save()` of a form or serializer gives the row that it has written."""
    klass = module.klass(qualname)
    if klass is None or not klass.bases:
        return False
    names = ancestry(module, f"{module.name}.{qualname}")[0]
    return any(SAVING.match(one) for one in names) and _hand_on(module, names)


def saves_above(module: Module, function: Function, call: Call) -> bool:
    """Whether a call is `super().create(…)` and its like in a form or serializer: it gives the row that is written."""
    func = call.func
    of = func.of if isinstance(func, Attr) and func.name in WRITING else None
    if not isinstance(of, Call) or of.callee != "super" or function.holder != "class":
        return False
    klass = module.klass(function.qualname.rpartition(".")[0])
    if klass is None or not klass.bases:
        return False
    names = ancestry(module, f"{module.name}.{klass.qualname}")[0]
    return any(SAVING.match(one) for one in names) and _hand_on(module, names[1:])


def _hand_on(module: Module, names: Iterable[str]) -> bool:
    """Whether those of the classes that write themselves give back what the class above them gives."""
    held = [locate(module.project, one, module) for one in names]
    return all(one is None or all(_hands_on(*one, method) for method in WRITING) for one in held)


def _hands_on(home: Module, klass: Class, method: str) -> bool:
    if not klass.has(method):
        return True
    functions = home.named_functions(f"{klass.qualname}.{method}")
    if len(functions) != 1 or functions[0].decorators or functions[0].is_async:
        return False
    body = body_of(home, functions[0])
    ends = [one for one in spots_of(body) if isinstance(one.statement, Return)] if body is not None else []
    given = [one.statement.value for one in ends if isinstance(one.statement, Return)]
    always = any(not one.around for one in ends)
    return always and body is not None and all(_is_from_above(body, one, method) for one in given)


def _is_from_above(body: Body, given: Expr | None, method: str) -> bool:
    """Whether what is given back is `super().save(…)`, or a name that is bound to nothing else."""
    if isinstance(given, Ref) and "." not in given.name and all(one.name != given.name for one in body.params):
        values = [value for value, _ in bound_in(body, given.name)]
        return bool(values) and all(isinstance(one, Call) and is_above(one, method) for one in values)
    return isinstance(given, Call) and is_above(given, method)
