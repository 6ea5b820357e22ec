"""What a configuration object holds: a module with its star imports, a class with its bases, an object, a dict."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Binding, Call, Class, Cond, Const, Dict, Expr, Import, Item, Ref
from taskguard.project.celery.chosen import choices
from taskguard.project.celery.flask import flask_dict
from taskguard.project.celery.pieces import dict_pieces
from taskguard.project.celery.text_questions import packages_fetched, sets_computed
from taskguard.project.python.calls import returns
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.flow import is_plain
from taskguard.project.python.names import absolute_name, resolve, resolved_name
from taskguard.project.python.testing import in_tests
from taskguard.project.python.values import Known
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.project.python.names import Found
    from taskguard.project.python.project import Module

    Wanted = Callable[[str], bool]

DEEPEST = 15
MOST_CHOICES = 10
FROM_ENVIRONMENT = ("pydantic", "pydantic_settings", "environ", "dynaconf", "decouple")


class Spot(Record):
    """One statement that gives a name of the source its value."""

    path: str
    span: Span
    value: Bound
    guard: str


class Key(Record):
    """A name that the source has, its value as a whole, and the statements that give it."""

    written: str
    value: Bound
    spots: tuple[Spot, ...]


class Source:
    """What one configuration object says. `open` says why it may say more."""

    __slots__ = ("files", "keys", "open")

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {}
        self.open = ""
        self.files: dict[str, None] = {}

    def shut(self, why: str) -> None:
        self.open = self.open or why


def module_source(module: Module, wanted: Wanted) -> Source:
    """The names of a module that `wanted` lets through, star imports and (as django-configurations has them) settings classes included."""
    made = Source()
    _module(module, wanted, made, 0)
    for klass in module.facts.classes:
        if klass.holder == "module" and any(one.name.isupper() for one in klass.attributes):
            _class(module, klass, wanted, made, 0)
    return made


def _module(module: Module, wanted: Wanted, made: Source, depth: int, guard: str = "") -> None:
    made.files[module.path] = None
    if module.unreadable:
        made.shut(f"{module.path} could not be read")
    if sets_computed(module.project, module.path):
        copied = _copied(module)
        if not copied:
            made.shut(f"{module.path} sets names that are computed")
        for one in copied:
            if one.path not in made.files and depth < DEEPEST:
                _module(one, wanted, made, depth + 1, "if")
    for name in module.table():
        if wanted(name) and name not in made.keys:
            _add(module, name, made)
    for star in module.stars:
        target = module.project.find(absolute_name(module, star.module), module)
        if target is not None and target.path not in made.files and depth < DEEPEST:
            _module(target, wanted, made, depth + 1, guard or star.guard)
            for name in [
                name for name in made.keys if not module.entries(name) and made.keys[name].value.module is target
            ]:
                made.keys[name] = made.keys[name].replace(value=_named(name, made.keys[name].value.expr.span, module))
        elif target is None and not star.guard and not guard:
            made.shut(f"from {star.module} import * leads out of the project")


def _copied(module: Module) -> list[Module]:
    """The modules of which a file takes all names, one by one: those of a package whose last part the environment chooses."""
    named = [module.project.find(one, module) for one in packages_fetched(module.project, module.path)]
    packages = [one for one in named if one is not None and one.is_package]
    if len(packages) != 1:
        return []
    prefix = f"{packages[0].name}."
    held = (one for one in module.project.modules.values() if one.name.startswith(prefix) and one.root == module.root)
    return [one for one in held if not in_tests(one.path)]


def _named(name: str, span: Span, module: Module) -> Bound:
    return Bound(Ref(name, span), module)


def _add(module: Module, name: str, made: Source) -> None:
    entries = [one for one in module.entries(name) if getattr(one, "kind", "") != "deleted"]
    if not entries:
        return
    spots: list[Spot] = []
    for entry in entries:
        if isinstance(entry, Import):
            found = resolve(module, name)
            if found.kind == "symbol" and found.module is not None:
                spots.extend(_spots(found.module, found.path))
            else:
                spots.append(Spot(module.path, entry.span, _named(name, entry.span, module), entry.guard))
        else:
            spots.append(_spot(module, entry))
    plain = [place for place, one in enumerate(spots) if not one.guard]
    spots = spots[plain[-1] if plain else 0 :]
    made.keys[name] = Key(name, _named(name, spots[-1].span, module), tuple(spots))


def _spots(module: Module, name: str) -> list[Spot]:
    return [_spot(module, one) for one in module.entries(name) if isinstance(one, Binding)]


def _spot(module: Module, entry: Binding) -> Spot:
    value = (
        Bound(entry.value, module, entry.scope) if entry.value is not None else _named(entry.name, entry.span, module)
    )
    return Spot(module.path, entry.span, value, entry.guard)


def class_source(module: Module, klass: Class, wanted: Wanted) -> Source:
    """The attributes of a class and of its bases in the project."""
    made = Source()
    _class(module, klass, wanted, made, 0)
    return made


def _class(module: Module, klass: Class, wanted: Wanted, made: Source, depth: int) -> None:
    made.files[module.path] = None
    for attribute in klass.attributes:
        if wanted(attribute.name) and attribute.name not in made.keys:
            whole = _named(f"{klass.qualname}.{attribute.name}", attribute.span, module)
            value = whole if attribute.value is None else Bound(attribute.value, module, klass.qualname)
            made.keys[attribute.name] = Key(
                attribute.name, whole, (Spot(module.path, attribute.span, value, attribute.guard),)
            )
    for base in klass.bases:
        if not isinstance(base, Ref):
            made.shut("a computed base class")
            continue
        found = resolve(module, base.name)
        holder = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
        if holder is not None and found.module is not None and depth < DEEPEST:
            _class(found.module, holder, wanted, made, depth + 1)
        elif found.kind == "external" and found.path.partition(".")[0] in FROM_ENVIRONMENT:
            made.shut(f"{base.name} reads the environment")
        elif base.name != "object" and found.kind == "unknown":
            made.shut(f"the base class {base.name} is outside the project")


def dict_source(bound: Bound, wanted: Wanted) -> Source:
    """The entries of a dict."""
    made = Source()
    pieces = dict_pieces(bound)
    made.files.update(pieces.files)
    made.open = pieces.open
    for one in pieces.items:
        if isinstance(one.key, Known) and isinstance(one.key.value, str):
            name = one.key.value
            if wanted(name):
                before = made.keys[name].spots if name in made.keys and one.guard else ()
                made.keys[name] = Key(name, one.value, (*before, Spot(one.path, one.span, one.value, one.guard)))
        else:
            made.shut("a computed key")
    return made


def object_source(bound: Bound, wanted: Wanted) -> Source:
    """What `config_from_object` was given: a module, class, instance, dict, or a string that names one of them."""
    made = Source()
    expr, module = bound.expr, bound.module
    if bound.depth > DEEPEST:
        made.shut("too deep to follow")
        return made
    if isinstance(expr, Dict):
        return dict_source(bound, wanted)
    if isinstance(expr, Call) and expr.callee:
        found = resolve(module, expr.callee, bound.scope)
        klass = found.module.klass(found.path) if found.kind == "symbol" and found.module is not None else None
        if klass is not None and found.module is not None:
            return class_source(found.module, klass, wanted)
        made_there = _given_back(found)
        if made_there is not None:
            return dict_source(made_there, wanted)
        if expr.callee == "dict":
            return dict_source(bound, wanted)
        if not expr.callee.endswith(".get"):
            made.shut(f"what {expr.callee}() returns cannot be followed")
            return made
    if isinstance(expr, Ref):
        branches = _branches(module, expr.name, bound.depth) if not bound.scope else []
        if branches:
            return _agreed([one for one in (object_source(value, wanted) for value in branches) if one.keys])
        found = resolve(module, expr.name, bound.scope)
        if found.kind == "module" and found.module is not None:
            return module_source(found.module, wanted)
        if found.kind == "symbol" and found.module is not None:
            return _symbol(found.module, found.path, wanted, bound.depth)
    held = flask_dict(bound)
    if held is not None:
        return dict_source(held, wanted)
    value = value_of(bound).value
    if isinstance(value, str):
        return string_source(value, module, wanted, bound.depth)
    found_all = [object_source(one, wanted) for one in alternatives_of(bound)]
    found_all += [module_source(one, wanted) for one in choices(bound)]
    return _agreed([one for one in found_all if one.keys])


def _given_back(found: Found) -> Bound | None:
    """The dict that a function of the project gives back wherever it ends: `app.config_from_object(settings_of_stage())`."""
    function = found.module.function(found.path) if found.kind == "symbol" and found.module is not None else None
    if found.module is None or function is None or not is_plain(found.module, function):
        return None
    given = list(returns(function.steps or ()))
    only = given[0] if len(given) == 1 else None
    return Bound(only, found.module, function.qualname) if isinstance(only, Dict) else None


def alternatives_of(bound: Bound) -> list[Bound]:
    """The objects of which a run takes one: both branches of a choice, or all values of a dict that is asked for a computed key."""
    expr = bound.expr
    if isinstance(expr, Cond):
        return [bound.other(expr.body), bound.other(expr.orelse)]
    of: Expr | None = expr.of if isinstance(expr, Item) else None
    more: tuple[Expr, ...] = ()
    if isinstance(expr, Call) and expr.callee.endswith(".get"):
        of, more = Ref(expr.callee.rpartition(".")[0], expr.span), expr.args[1:]
    pieces = dict_pieces(bound.other(of)) if of is not None else None
    if pieces is None or pieces.open or len(pieces.items) > MOST_CHOICES:
        return []
    return [*(one.value for one in pieces.items), *map(bound.other, more)]


def _agreed(sources: list[Source]) -> Source:
    """What all of several sources say, each in the same place. Which one counts, and so what else is set, cannot be told."""
    made = Source()
    made.shut("the configuration object cannot be followed")
    for one in sources:
        made.files.update(one.files)
    for name, key in sources[0].keys.items() if sources else ():
        spots = [(spot.path, spot.span) for spot in key.spots]
        twins = [one.keys[name] for one in sources if name in one.keys]
        if len(twins) == len(sources) and all(
            [(spot.path, spot.span) for spot in twin.spots] == spots for twin in twins
        ):
            made.keys[name] = key
    return made


def _branches(module: Module, name: str, depth: int) -> list[Bound]:
    """The values of a name that only branches bind, where there are several and each is a name or a call."""
    entries = module.entries(name)
    values = [one.value for one in entries if isinstance(one, Binding) and one.guard]
    if len(values) < 2 or len(values) < len(entries) or depth > DEEPEST:
        return []
    return [Bound(one, module, "", None, depth + 1) for one in values if isinstance(one, Ref | Call)]


def _symbol(module: Module, path: str, wanted: Wanted, depth: int) -> Source:
    klass = module.klass(path)
    if klass is not None:
        return class_source(module, klass, wanted)
    entry = module.entry(path)
    branches = _branches(module, path, depth)
    if branches:
        return _agreed([one for one in (object_source(value, wanted) for value in branches) if one.keys])
    if isinstance(entry, Binding) and entry.value is not None and not isinstance(entry.value, Ref):
        if isinstance(entry.value, Dict) or (isinstance(entry.value, Call) and entry.value.callee == "dict"):
            return dict_source(Bound(Ref(path, entry.span), module), wanted)
        return object_source(Bound(entry.value, module, "", None, depth + 1), wanted)
    made = Source()
    made.shut(f"{path} cannot be followed")
    return made


def string_source(written: str, module: Module, wanted: Wanted, depth: int = 0) -> Source:
    """What `"module"`, `"module:attr"` or `"module.attr"` names."""
    name, _, attribute = written.partition(":")
    target = module.project.find(name, module)
    if target is None and not attribute:
        name, _, attribute = name.rpartition(".")
        target = module.project.find(name, module) if name else None
    made = Source()
    if target is None:
        made.shut(f"{written} is not among the files")
        return made
    if not attribute:
        return module_source(target, wanted)
    found = resolve(target, attribute)
    if found.kind == "module" and found.module is not None:
        return module_source(found.module, wanted)
    if found.kind == "symbol" and found.module is not None:
        return _symbol(found.module, found.path, wanted, depth)
    made.shut(f"{written} cannot be followed")
    return made


def is_django(bound: Bound) -> bool:
    """Whether the configuration object is Django's settings."""
    expr = bound.expr
    if isinstance(expr, Const):
        return expr.value in ("django.conf:settings", "django.conf.settings")
    return isinstance(expr, Ref) and resolved_name(bound.module, expr.name, bound.scope) == "django.conf.settings"


def definition(module: Module, name: str) -> tuple[Bound | None, str]:
    """The value that a settings module has under `name`, None where it has none; and why it may have another."""
    source = module_source(module, lambda written: written == name)
    key = source.keys.get(name)
    return (None, source.open) if key is None else (key.value, "")
