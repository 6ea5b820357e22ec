"""Calls in expressions: conversions, foreign classes, and project functions that are simple enough to be followed."""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Call, Expr, Function, Ref, Star, Step
from taskguard.project.python.bound import (
    CONVERSIONS,
    DEEPEST,
    Bound,
    Mapping,
    evaluates,
    mapping_of,
    maps,
    opened,
    truth,
    value_of,
)
from taskguard.project.python.mappings import blur, change_by_method, entry_by_get, keywords, method_call, pairs
from taskguard.project.python.members import prints_name
from taskguard.project.python.names import builtin, resolve
from taskguard.project.python.texts import method_value
from taskguard.project.python.values import Instance, Known, Name, Unknown, Value, hashes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.python.project import Module

UNDECIDED = object()
TEXT_METHODS = frozenset(
    "capitalize endswith format join lower lstrip partition removeprefix removesuffix replace rpartition rsplit rstrip split"
    " startswith strip title total_seconds upper".split()
)
# Calls that leave what they are handed alone.
READING = frozenset("critical debug error exception info isinstance len log print update warning".split())


@evaluates(Call)
def called(bound: Bound, expr: Call) -> Value:
    """The value of a call."""
    callee = expr.callee
    if (expr.func.name if isinstance(expr.func, Attr) else callee.rpartition(".")[2]) in TEXT_METHODS:
        made = method_value(bound, expr)
        if made is not None:
            return made
    if not callee:
        if isinstance(expr.func, Attr) and expr.func.name == "get":
            whole = mapping_of(bound.other(expr.func.of))
            return (
                Unknown("a call of a computed value") if whole.open and not whole.entries else _get(bound, expr, whole)
            )
        return Unknown("a call of a computed value")
    head, _, last = callee.rpartition(".")
    found = (
        resolve(bound.module, callee, bound.scope)
        if not (bound.env and callee.partition(".")[0] in bound.env)
        else None
    )
    if found is not None and not head and builtin(found, bound.module):
        return _builtin(bound, expr, callee)
    if found is not None and found.kind == "external":
        return _foreign(bound, expr, found.path, found.files)
    if head and last in ("get", "copy"):
        whole = mapping_of(bound.other(Ref(head, expr.span)))
        if not (whole.open and not whole.entries):
            return _get(bound, expr, whole) if last == "get" else value_of(whole)
    if found is not None and found.kind == "symbol" and found.module is not None:
        entry = found.module.entry(found.path.partition(".")[0])
        if isinstance(entry, Binding) and entry.kind == "class" and "." not in found.path:
            return _instance(bound, expr, found.dotted, found.files)
    returned = follow(bound, expr)
    if returned is None:
        return Unknown("a call that cannot be followed", found.files if found else (), found.dotted if found else "")
    return value_of(returned)


@maps(Call)
def _as_mapping(bound: Bound, expr: Call) -> Mapping:
    callee = expr.callee
    if callee == "dict" and builtin(resolve(bound.module, "dict", bound.scope), bound.module):
        made = Mapping()
        for arg in expr.args:
            made.merge(pairs(bound.other(arg)))
        keywords(made, expr, bound)
        return made
    receiver, method = method_call(expr)
    if receiver is not None and method in ("copy", "get"):
        of = mapping_of(bound.other(receiver))
        if method == "copy":
            return of.copy()
        return entry_by_get(of, expr, bound)
    if callee.endswith("deepcopy") or callee in ("copy", "copy.copy"):
        return mapping_of(bound.other(expr.args[0])) if expr.args else opened("a copy of nothing")
    returned = follow(bound, expr)
    return opened("a call that cannot be followed") if returned is None else mapping_of(returned)


def _get(bound: Bound, expr: Call, whole: Mapping) -> Value:
    key = value_of(bound.other(expr.args[0])) if expr.args else Unknown("no key")
    if not isinstance(key, Known) or not hashes(key.value):
        return Unknown("a computed key")
    entry = whole.entries.get(key.value)
    if entry is not None:
        return value_of(entry)
    if whole.open:
        return Unknown(whole.open, tuple(whole.files))
    return value_of(bound.other(expr.args[1])) if len(expr.args) > 1 else Known(None, tuple(whole.files))


def _builtin(bound: Bound, expr: Call, name: str) -> Value:
    if name == "dict":
        return value_of(mapping_of(bound))
    if name in ("callable", "len") and len(expr.args) == 1:
        return _asked(name, value_of(bound.other(expr.args[0])))
    if name in ("min", "max") and len(expr.args) > 1:
        values = [value_of(bound.other(arg)) for arg in expr.args]
        numbers = [one.value for one in values if isinstance(one, Known) and isinstance(one.value, int | float)]
        if len(numbers) == len(values):
            return Known(min(numbers) if name == "min" else max(numbers))
    convert = CONVERSIONS.get(name)
    if convert is None or len(expr.args) != 1 or expr.keywords:
        return Unknown(f"a call of {name}")
    value = value_of(bound.other(expr.args[0]))
    if not isinstance(value, Known) or not isinstance(value.value, str | int | float | list | tuple | set | None):
        return Unknown(f"a call of {name}")
    if name == "str" and (prints_name(expr.args[0], bound) or isinstance(value.value, list | tuple | set)):
        return Unknown("the text of an object")
    if (
        name in ("set", "frozenset")
        and not isinstance(value.value, str)
        and not all(map(hashes, _iterated(value.value)))
    ):
        return Unknown("a set that cannot be followed")
    try:
        return Known(convert(value.value), value.files, value.name)
    except (TypeError, ValueError, OverflowError):
        return Unknown(f"a call of {name}")


def _iterated(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple | set) else ()


def _asked(name: str, value: Value) -> Value:
    """`callable(x)` and `len(x)` of what is known."""
    if isinstance(value, Known):
        if name == "callable" and not isinstance(value.value, Instance):
            return Known(isinstance(value.value, Name), value.files)
        if name == "len" and isinstance(value.value, str | list | tuple | set | dict):
            return Known(len(value.value), value.files)
    return Unknown(f"a call of {name}")


def _foreign(bound: Bound, expr: Call, name: str, files: tuple[str, ...]) -> Value:
    last = name.rpartition(".")[2]
    if name == "datetime.timedelta" or last == "crontab" or last[:1].isupper() or name.startswith("celery.schedules."):
        return _instance(bound, expr, name, files)
    if name.startswith(("enum.", "kombu.")):
        return _instance(bound, expr, name, files)
    return Unknown(f"a call of {name}", files, name)


def _instance(bound: Bound, expr: Call, name: str, files: tuple[str, ...]) -> Value:
    args = tuple(value_of(bound.other(arg)) for arg in expr.args)
    kwargs = tuple((keyword.name or "**", value_of(bound.other(keyword.value))) for keyword in expr.keywords)
    return Known(Instance(name, args, kwargs), files)


def follow(bound: Bound, expr: Call) -> Bound | Value | Mapping | None:
    """What a project function returns for these arguments, or None where that cannot be told."""
    callee = expr.callee
    if not callee or bound.depth > DEEPEST:
        return None
    found = resolve(bound.module, callee, bound.scope)
    if found.kind != "symbol" or found.module is None:
        return None
    function = found.module.function(found.path)
    if function is None or function.steps is None or function.is_async or function.is_generator:
        return None
    decorators = [
        one.callee if isinstance(one, Call) else one.name for one in function.decorators if isinstance(one, Ref | Call)
    ]
    if len(decorators) != len(function.decorators) or any(
        one not in ("staticmethod", "classmethod") and one.rpartition(".")[2] not in ("cache", "lru_cache")
        for one in decorators
    ):
        return None
    skip = 1 if "classmethod" in decorators else 0
    env = arguments(bound, expr, function, found.module, skip)
    if env is None:
        return None
    result = run(function.steps, found.module, function.qualname, env, bound.depth + 1)
    if result is UNDECIDED or result is None:
        return None
    return _with_file(result, found.module.path)  # type: ignore[arg-type]


def _with_file(result: Bound | Value | Mapping, path: str) -> Bound | Value | Mapping:
    """The result, and that it rests on the file of the function that gave it."""
    if isinstance(result, Bound):
        whole = mapping_of(result)
        if whole.entries or not whole.open:
            result = whole
        else:
            value = value_of(result)
            if isinstance(value, Known):
                return Known(value.value, (*value.files, path), value.name)
            return value
    if isinstance(result, Mapping):
        result = result.copy()
        result.files[path] = None
    return result


def keyword_arguments(bound: Bound, expr: Call) -> dict[str, Bound | Value | Mapping] | None:
    """What a call passes by keyword, `**options` of a local dict included; None where that cannot be told."""
    made: dict[str, Bound | Value | Mapping] = {}
    for keyword in expr.keywords:
        if keyword.name is not None:
            made[keyword.name] = bound.other(keyword.value)
            continue
        whole = bound.env.get(keyword.value.name) if bound.env and isinstance(keyword.value, Ref) else None
        if not isinstance(whole, Mapping) or whole.open or not all(isinstance(key, str) for key in whole.entries):
            return None
        made.update({str(key): value for key, value in whole.entries.items()})
    return made


def arguments(
    bound: Bound, expr: Call, function: Function, module: Module, skip: int = 0
) -> dict[str, Bound | Value | Mapping] | None:
    """The parameters of `function` with what this call passes; None where it cannot be told."""
    env: dict[str, Bound | Value | Mapping] = {}
    params = function.params[skip:]
    positional = [one for one in params if one.kind in ("positional", "both")]
    args: list[Expr] = list(expr.args)
    if any(isinstance(arg, Star) for arg in args):
        return None
    handed = keyword_arguments(bound, expr)
    if handed is None:
        return None
    for param, arg in zip(positional, args, strict=False):
        env[param.name] = bound.other(arg)
    if len(args) > len(positional):
        return None
    rest = Mapping()
    names = {one.name for one in params if one.kind in ("both", "keyword")}
    for name, value in handed.items():
        (env if name in names else rest.entries)[name] = value
    for param in params:
        if param.kind == "rest":
            env[param.name] = rest
        elif param.kind == "var":
            env[param.name] = Known(())
        elif param.name not in env:
            if param.default is None:
                return None
            env[param.name] = Bound(param.default, module, "", None, bound.depth + 1)
    return env


def run(
    steps: tuple[Step, ...], module: Module, scope: str, env: dict[str, Bound | Value | Mapping], depth: int
) -> object:
    """Follows steps to a `return`: what is returned, None where the end is reached, UNDECIDED where a test cannot be told."""
    for step in steps:
        if step.kind == "return":
            return Known(None) if step.expr is None else Bound(step.expr, module, scope, dict(env), depth)
        if step.kind == "raise":
            return UNDECIDED
        if step.kind == "if" and step.expr is not None:
            test = truth(value_of(Bound(step.expr, module, scope, env, depth)))
            if test is None:
                return UNDECIDED
            result = run(step.body if test else step.orelse, module, scope, env, depth)
            if result is not None:
                return result
        elif step.kind == "assign" and step.expr is not None:
            here = Bound(step.expr, module, scope, dict(env), depth)
            env[step.name] = _taken_out(here, env) or settled(here)
        elif step.kind == "item" and step.expr is not None:
            if not _set_item(step, module, scope, env, depth):
                return UNDECIDED
        elif step.kind == "call" and isinstance(step.expr, Call):
            _effects(step.expr, module, scope, env, depth)
        elif step.kind == "def":
            env[step.name] = Unknown("a nested function")
    return None


def settled(bound: Bound) -> Bound | Mapping:
    """A dict is made once, where it is assigned, so that later changes of it are seen."""
    whole = mapping_of(bound)
    return whole.copy() if whole.entries or not whole.open else bound


def _set_item(step: Step, module: Module, scope: str, env: dict[str, Bound | Value | Mapping], depth: int) -> bool:
    whole = env.get(step.name)
    key = value_of(Bound(step.expr, module, scope, env, depth)) if step.expr is not None else None
    value = step.body[0].expr
    if not isinstance(whole, Mapping) or not isinstance(key, Known) or not hashes(key.value) or value is None:
        return False
    # As the dicts are now: in `options["name"] = prefix + options["name"]` the entry would be made of itself.
    now = {name: held.copy() if isinstance(held, Mapping) else held for name, held in env.items()}
    here = Bound(value, module, scope, now, depth)
    whole.entries[key.value] = _taken_out(here, env) or here
    return True


def _taken_out(here: Bound, env: dict[str, Bound | Value | Mapping]) -> Bound | Value | Mapping | None:
    """`options.pop("queue")` of a local dict: the entry, which the dict has no more; None where it is something else."""
    call = here.expr
    name, _, method = call.callee.rpartition(".") if isinstance(call, Call) else ("", "", "")
    whole = env.get(name)
    if method != "pop" or not isinstance(whole, Mapping) or not isinstance(call, Call) or not call.args:
        return None
    key = value_of(here.other(call.args[0]))
    if not isinstance(key, Known) or not isinstance(key.value, str):
        blur(whole, "a computed key")
        return Unknown("a computed key")
    held = whole.entries.pop(key.value, None)
    if held is not None and not isinstance(held, Unknown):
        return held
    if whole.open:
        whole.entries[key.value] = Unknown(whole.open)
        return Unknown(whole.open)
    return held or (here.other(call.args[1]) if len(call.args) > 1 else Unknown("a missing key"))


def _effects(call: Call, module: Module, scope: str, env: dict[str, Bound | Value | Mapping], depth: int) -> None:
    """What a call changes: the local dict whose method it is, and any that it is handed."""
    name, _, method = call.callee.rpartition(".")
    whole = env.get(name)
    if isinstance(whole, Mapping):
        if method in ("update", "setdefault", "pop"):
            change_by_method(whole, call, Bound(call, module, scope, dict(env), depth))
        else:
            blur(whole, "it is changed in place")
    if method in READING or call.callee in READING:
        return
    for arg in (*call.args, *(keyword.value for keyword in call.keywords)):
        given = env.get(arg.name) if isinstance(arg, Ref) else None
        if isinstance(given, Mapping) and given is not whole:
            blur(given, "it is handed to a call")


def returns(steps: tuple[Step, ...]) -> list[Expr]:
    """What the `return` statements of a body give back."""
    made: list[Expr] = []
    for step in steps:
        if step.kind == "return" and step.expr is not None:
            made.append(step.expr)
        elif step.kind == "if":
            made.extend(returns(step.body))
            made.extend(returns(step.orelse))
    return made
