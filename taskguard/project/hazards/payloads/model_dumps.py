"""Dicts that objects of pydantic make of themselves: `model_dump()` leaves members of an Enum, addresses and spans of time as they are."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Expr, Function, Opaque, Ref
from taskguard.patterns import regex
from taskguard.project.hazards.calls.functions import class_at
from taskguard.project.hazards.calls.runs import runs_of
from taskguard.project.hazards.payloads.objects import Thing, is_enum
from taskguard.project.python.flow import bound_in
from taskguard.project.python.names import resolve
from taskguard.project.tasks.bases import ancestry, locate
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Binding, Class
    from taskguard.facts.statements import Body
    from taskguard.project.python.project import Module

DUMPS = ("model_dump", "dict")
# What says how the dict is written, and changes no value in it.
HARMLESS = frozenset(("by_alias", "exclude_none"))
# Methods of a class of pydantic that give an object of it.
MAKING = frozenset("model_validate model_validate_json parse_obj parse_raw model_construct".split())
BASE = regex(r"pydantic(?:\.main)?\.BaseModel\Z")
ALLOWED = regex(r"(?:pydantic(?:\.main)?\.BaseModel|builtins\.object|abc\.ABC|typing\.Generic)\Z")
# The heads of annotations, which are all that facts keep of them: `set` of `set[int]`.
SETS = frozenset("set frozenset Set FrozenSet typing.Set typing.FrozenSet".split())
NAME = regex(r"[A-Za-z_][\w.]*\Z")
OUTSIDE = {
    "datetime.timedelta": "a timedelta", "pathlib.Path": "a Path", "pydantic.FilePath": "a Path", "pydantic.DirectoryPath": "a Path",
    "pydantic.SecretStr": "a SecretStr", "pydantic.SecretBytes": "a SecretBytes",
}  # fmt: skip
# Texts with pydantic 1, whose objects have no `model_dump`.
ADDRESSES = frozenset(
    f"pydantic.{one}"
    for one in "AnyUrl AnyHttpUrl HttpUrl FileUrl FtpUrl WebsocketUrl PostgresDsn RedisDsn AmqpDsn".split()
)
DEEPEST = 4


def dumped(module: Module, function: Function, body: Body, head: str, call: Call) -> Thing | None:
    """What `order.model_dump()` gives, where something in it surely cannot be written; None for all else."""
    method = call.callee.rpartition(".")[2]
    if method not in DUMPS or call.args or "." in head or not _is_plain(call):
        return None
    held = _class_of(module, function, body, head)
    found = _unfit(*held, method) if held is not None else ""
    return (
        Thing(f"what {method}() makes of {held[1].rpartition('.')[2]}, with {found}", "holder", each=Thing(found))
        if held is not None and found
        else None
    )


def _is_plain(call: Call) -> bool:
    """Whether a call says no more than how the dict is written."""
    python = all(
        isinstance(one.value, Const) and one.value.value == "python" for one in call.keywords if one.name == "mode"
    )
    return python and all(one.name in HARMLESS or one.name == "mode" for one in call.keywords)


def _class_of(module: Module, function: Function, body: Body, name: str) -> tuple[Module, str] | None:
    """The class of the project whose object a local name surely is."""
    param = next((one for one in function.params if one.name == name), None)
    values = bound_in(body, name)
    if param is not None:
        if values or runs_of(module, function.qualname) or not NAME.match(param.annotation.strip("\"'")):
            return None
        return class_at(module, param.annotation.strip("\"'"), function.qualname)
    value = values[0][0] if len(values) == 1 else None
    if not isinstance(value, Call) or not value.callee:
        return None
    head, _, last = value.callee.rpartition(".")
    return class_at(module, head if last in MAKING and head else value.callee, function.qualname)


@query
def _family(module: Module, qualname: str) -> tuple[tuple[Module, Class], ...]:
    """A class of pydantic and those of the project that it is made of, where these leave to pydantic what it makes of its objects."""
    names = ancestry(module, f"{module.name}.{qualname}")[0]
    held = [locate(module.project, one, module) for one in names]
    if not any(BASE.match(one) for one in names):
        return ()
    if any(one is None and not ALLOWED.match(name) for one, name in zip(held, names, strict=True)):
        return ()
    made = tuple(one for one in held if one is not None)
    changed = any(one.has(*DUMPS) or _is_written_by_itself(home, one) for home, one in made)
    return () if changed else made


def _is_written_by_itself(module: Module, klass: Class) -> bool:
    return any("serializer" in name for one in _methods(module, klass) for name in _decorated(one))


def _methods(module: Module, klass: Class) -> list[Function]:
    functions = (module.function(f"{klass.qualname}.{name}") for name in klass.methods)
    return [one for one in functions if one is not None]


def _decorated(function: Function) -> list[str]:
    return [
        one.callee if isinstance(one, Call) else one.name for one in function.decorators if isinstance(one, Call | Ref)
    ]


@query
def _unfit(module: Module, qualname: str, method: str, depth: int = 0) -> str:
    """What an object of a class of pydantic surely has in it that cannot be written, with the name of its field; empty where there is none."""
    family = _family(module, qualname) if depth < DEEPEST else ()
    enums = not any(_uses_values(home, klass) for home, klass in family)
    seen: set[str] = set()
    for home, klass in family:
        for field in klass.attributes:
            if field.name in seen or field.name.startswith("_"):
                continue
            seen.add(field.name)
            found = _unfit_field(home, klass, field, method, depth, enums)
            if found and not any(field.name in _validated(one, klass) for one, klass in family):
                return f"{found} ({field.name})" if not found.endswith(")") else found
    return ""


def _unfit_field(home: Module, klass: Class, field: Binding, method: str, depth: int, enums: bool) -> str:
    text, default = field.annotation.strip("\"' "), _default(field.value)
    if default is not None and not isinstance(default, Ref):
        return ""  # a value of its own, which is not made one of that class
    if text in SETS and default is None:
        return "a set"
    if not NAME.match(text):
        return ""
    found = resolve(home, text, klass.qualname)
    if found.kind == "external":
        address = method == "model_dump" and found.path in ADDRESSES
        return "" if default is not None else "a Url" if address else OUTSIDE.get(found.path, "")
    if found.kind != "symbol" or found.module is None or found.module.klass(found.path) is None:
        return ""
    if is_enum(found.module, found.path):
        member = (
            isinstance(default, Ref) and default.name.startswith(f"{text}.") and not default.name.endswith(".value")
        )
        return f"a member of the Enum {text}" if enums and (default is None or member) else ""
    return _unfit(found.module, found.path, method, depth + 1) if default is None else ""


def _default(value: Expr | None) -> Expr | None:
    """What a field has where nobody gives it anything; None where somebody has to."""
    if isinstance(value, Call) and value.callee.rpartition(".")[2] == "Field":
        if any(one.name in (None, "default_factory", "exclude") for one in value.keywords):
            return value
        value = value.keyword("default") or (value.args[0] if value.args else None)
    return None if isinstance(value, Opaque) and value.text == "..." else value


def _uses_values(module: Module, klass: Class) -> bool:
    """Whether a class may have members of an Enum replaced by their values."""
    config = module.klass(f"{klass.qualname}.Config")
    if config is not None:
        return True
    held = module.attribute(klass.qualname, "model_config")
    if held is None:
        return bool(klass.keywords)
    return not isinstance(held.value, Call) or any(
        one.name is None or one.name == "use_enum_values" for one in held.value.keywords
    )


def _validated(module: Module, klass: Class) -> Iterator[object]:
    """The names of the fields that methods of a class make something else of."""
    for function in _methods(module, klass):
        for one in function.decorators:
            if isinstance(one, Call) and "validator" in one.callee:
                yield from (arg.value for arg in one.args if isinstance(arg, Const))
