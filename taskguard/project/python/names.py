"""What a name finally is: through imports, re-exports, star imports and lazy tables, across the project."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Binding, Import, Ref
from taskguard.project.python.old_python import meant_beside
from taskguard.project.python.own_names import writes_own_names
from taskguard.query import cyclic, query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from taskguard.project.python.project import Module

    FoundKind = Literal["module", "symbol", "external", "local", "missing", "unknown"]

DEEPEST = 30


class Found(Record):
    """Where a name leads.

    `kind` is `module` (the module itself), `symbol` (`path` inside `module` is the definition), `external` (`path` is the absolute
    dotted name of something outside the project), `local` (a variable of a function), `missing` (`module` surely does not bind `path`) or
    `unknown`. `files` are the paths that were looked into.
    """

    kind: FoundKind
    module: Module | None
    path: str
    files: tuple[str, ...] = ()

    @property
    def dotted(self) -> str:
        """The absolute dotted name, empty where there is none."""
        if self.module is None:
            return self.path if self.kind == "external" else ""
        if self.kind == "module":
            return self.module.name
        return f"{self.module.name}.{self.path}" if self.kind in ("symbol", "missing") else ""

    def via(self, *files: str) -> Found:
        merged = dict.fromkeys(self.files + tuple(file for file in files if file))
        return Found(self.kind, self.module, self.path, tuple(merged))


UNKNOWN = Found("unknown", None, "")


def resolve(module: Module, dotted: str, scope: str = "", depth: int = 0) -> Found:
    """What `dotted`, written in `module` inside the function or class `scope`, finally is."""
    return _resolve(module, dotted, scope, depth) if depth else _resolved(module, dotted, scope)


@query
def _resolved(module: Module, dotted: str, scope: str) -> Found:
    return _resolve(module, dotted, scope, 0)


def _resolve(module: Module, dotted: str, scope: str, depth: int) -> Found:
    first, _, rest = dotted.partition(".")
    for frame in frames(scope):
        if frame == scope and module.klass(frame) is not None and module.attribute(frame, first) is not None:
            return Found("symbol", module, f"{frame}.{dotted}")
        bound = module.local(frame, first)
        if bound is None:
            continue
        if isinstance(bound, Import):
            return _member(module, _imported(module, bound, depth), rest, depth)
        return Found("local", module, dotted)
    return attribute(module, dotted, depth)


def binding_frame(module: Module, name: str, scope: str) -> str:
    """The function around a place that gives a local name its value, as it is seen there; empty where none does."""
    return next((one for one in frames(scope) if module.local(one, name) is not None), "")


def frames(scope: str) -> list[str]:
    """The scopes around `scope`, itself first, whose names are visible in it (the module left out)."""
    made = []
    while scope:
        made.append(scope)
        scope = scope.rpartition(".")[0].removesuffix(".<locals>")
    return made


def attribute(module: Module, dotted: str, depth: int = 0) -> Found:
    """What the attribute `dotted` of `module` finally is."""
    if depth > DEEPEST:
        return UNKNOWN
    first, _, rest = dotted.partition(".")
    entry = module.entry(first)
    if depth and not isinstance(entry, Binding) and _adds_to(module, first):
        return Found("unknown", module, dotted, (module.path,))
    if isinstance(entry, Import):
        return _member(module, _imported(module, entry, depth + 1), rest, depth)
    if isinstance(entry, Binding):
        if entry.kind == "variable" and depth < DEEPEST:
            alias = _alias(module, entry, depth)
            if alias is not None:
                return _member(module, alias, rest, depth)
        return Found("symbol", module, dotted)
    starred = _starred(module, first, depth)
    if starred is not None:
        return _member(module, starred, rest, depth)
    submodule = module.submodule(first)
    if submodule is not None:
        return _member(module, Found("module", submodule, ""), rest, depth)
    served = module.facts.getattr_names
    if module.unreadable or served is None or first in served or module.facts.failure:
        return Found("unknown", module, dotted, (module.path,))
    return Found("missing", module, dotted)


def _adds_to(module: Module, name: str) -> bool:
    """Whether a module adds to what it imports: `from base import *` and `QUEUES += (…)`. Who imports the name from there gets more."""
    return name in module.places.augmented


def _alias(module: Module, entry: Binding, depth: int) -> Found | None:
    """`new = old` at module level: the thing that `old` names, where that is a definition of another module or a function."""
    return _followed(module, entry, depth) if depth else _alias_of(module, entry.name)


@query
def _alias_of(module: Module, name: str) -> Found | None:
    entry = module.entry(name)
    return _followed(module, entry, 0) if isinstance(entry, Binding) else None


def _followed(module: Module, entry: Binding, depth: int) -> Found | None:
    if not isinstance(entry.value, Ref) or entry.value.name.partition(".")[0] == entry.name:
        return None
    found = attribute(module, entry.value.name, depth + 1)
    if found.kind == "module" or (found.kind == "symbol" and found.module is not None):
        target = found.module.entry(found.path) if found.module is not None else None
        if found.kind == "module" or (isinstance(target, Binding) and target.kind in ("function", "class")):
            return found
    return found if found.kind == "external" else None


def _imported(module: Module, entry: Import, depth: int) -> Found:
    absolute = absolute_name(module, entry.module)
    if entry.name is None:
        return _module(module, absolute_name(module, entry.module.partition(".")[0]))
    if entry.name == "":
        return _module(module, absolute)
    target = module.project.find(absolute, module)
    if target is None:
        if not absolute:
            return UNKNOWN
        inside = module.project.find(f"{absolute}.{entry.name}", module)  # a namespace package has no file of its own
        if inside is not None:
            return Found("module", inside, "", (inside.path,))
        return Found("external", None, f"{absolute}.{entry.name}")
    if target is module and module.entry(entry.name) is entry:
        submodule = module.submodule(entry.name)
        return Found("module", submodule, "") if submodule is not None else UNKNOWN
    return attribute(target, entry.name, depth + 1).via(target.path)


def _module(module: Module, absolute: str) -> Found:
    target = module.project.find(absolute, module)
    if target is not None:
        return Found("module", target, "", (target.path,))
    return Found("external", None, absolute)


def _member(origin: Module, found: Found, rest: str, depth: int) -> Found:
    """The attribute `rest` of what was found, as seen from `origin`."""
    if not rest:
        return found
    if found.kind == "module" and found.module is not None:
        return attribute(found.module, rest, depth + 1).via(*found.files)
    if found.kind == "external":
        # `import a.b` where a is a namespace package: only the longer name is a file of ours.
        longer = found.path
        while rest:
            head, _, rest = rest.partition(".")
            longer = f"{longer}.{head}"
            target = origin.project.find(longer, origin)
            if target is not None:
                return _member(origin, Found("module", target, "", (target.path,)), rest, depth + 1)
        return Found("external", None, longer, found.files)
    if found.kind in ("symbol", "missing"):
        return Found(found.kind, found.module, f"{found.path}.{rest}", found.files)
    return found


def _starred(module: Module, name: str, depth: int) -> Found | None:
    if name.startswith("__"):
        return None
    unknown: Found | None = None
    for entry in reversed(module.stars):
        target = module.project.find(absolute_name(module, entry.module), module)
        if target is None:
            unknown = unknown if name.startswith("_") else UNKNOWN
            continue
        if target is module:
            continue
        exported = star_offers(target, name)
        if exported:
            return attribute(target, name, depth + 1).via(target.path)
        if exported is None:
            found = attribute(target, name, depth + 1).via(target.path)
            if found.kind in ("symbol", "module", "external") and not name.startswith("_"):
                return found
            unknown = Found("unknown", target, name, (target.path,))
        elif target.facts.exports is None and attribute(target, name, depth + 1).kind == "unknown":
            unknown = unknown or Found("unknown", target, name, (target.path,))
    return unknown


def builtin(found: Found, module: Module) -> bool:
    """Whether a name that `module` does not bind itself is a builtin, as far as that can be told."""
    return found.kind in ("missing", "unknown") and found.module in (None, module) and not module.unreadable


def resolved_name(module: Module, dotted: str, scope: str = "") -> str:
    """The absolute dotted name that `dotted`, written in a file inside `scope`, finally is, or the empty string."""
    return resolve(module, dotted, scope).dotted


def absolute_name(module: Module, name: str) -> str:
    """The absolute name of a module named in an import of a file; empty where dots lead out of the root.

    Python 2 looks into the file's own package first.
    """
    if not name.startswith("."):
        return f"{module.package}.{name}" if meant_beside(module, name) else name
    dots = len(name) - len(name.lstrip("."))
    parts = module.package.split(".") if module.package else []
    if dots > max(len(parts), 1):
        return ""
    base = parts[: len(parts) - dots + 1]
    rest = name[dots:]
    return ".".join([*base, rest] if rest else base)


class All(Record):
    """`__all__` as far as it can be read: names with their places, and whether that is all of it."""

    names: tuple[tuple[str, Span], ...]
    complete: bool

    def __contains__(self, name: object) -> bool:
        return any(one == name for one, _ in self.names)


@query
def dunder_all(module: Module, depth: int = 0) -> All | None:
    """The `__all__` of a module, pieces of other modules included; None where it has none."""
    parts = module.facts.exports
    imported = module.entry("__all__")
    if parts is None and not isinstance(imported, Import):
        return None
    names: dict[str, Span] = {}
    complete = True
    if isinstance(imported, Import):
        source = module.project.find(absolute_name(module, imported.module), module)
        taken = dunder_all(source, depth + 1) if source is not None and source is not module and depth < 20 else None
        complete = taken is not None and taken.complete
        names = {name: imported.span for name, _ in taken.names} if taken is not None else {}
    for part in parts or ():
        if part.kind == "name":
            names[part.value] = part.span
        elif part.kind == "removed":
            names.pop(part.value, None)
        elif part.kind == "all-of" and depth < 20:
            found = resolve(module, part.value)
            other = dunder_all(found.module, depth + 1) if found.kind == "module" and found.module else None
            if other is None:
                complete = False
            else:
                names.update((name, part.span) for name, _ in other.names)
                complete = complete and other.complete
        else:
            complete = False
    return All(tuple(names.items()), complete)


def live(module: Module, name: str) -> list[Import | Binding]:
    """Everything that binds `name` at run time, in order: nothing under `if TYPE_CHECKING`, nothing that is deleted again."""
    if module.entry(name) is None:
        return []
    return [
        one
        for one in module.entries(name)
        if one.guard != "type_checking" and not (isinstance(one, Binding) and one.kind == "deleted")
    ]


def running_stars(module: Module) -> list[Import]:
    """The star imports that are carried out at run time."""
    return [one for one in module.stars if one.guard != "type_checking"]


@cyclic(False, beyond=None, deepest=20)  # a cycle of star imports adds nothing
def star_offers(module: Module, name: str) -> bool | None:
    """Whether `from module import *` binds a name, as `star_names` has it; None where that cannot be told."""
    if module.unreadable:
        return None
    listed = dunder_all(module)
    if listed is not None:
        return any(one == name for one, _ in listed.names) if listed.complete else None
    if writes_own_names(module):
        return None
    found = not name.startswith("_") and bool(module.entries(name) and live(module, name))
    for star in running_stars(module):
        target = module.project.find(absolute_name(module, star.module), module)
        more = star_offers(target, name) if target is not None else False
        if more is None:
            return None
        found = found or (more and not name.startswith("_"))
    return found


@cyclic((), beyond=None, deepest=20)  # a cycle of star imports adds nothing
def star_names(module: Module) -> tuple[str, ...] | None:
    """The names that `from module import *` binds; None where that cannot be told."""
    if module.unreadable:
        return None
    listed = dunder_all(module)
    if listed is not None:
        return tuple(name for name, _ in listed.names) if listed.complete else None
    if writes_own_names(module):
        return None
    names = [name for name in module.table() if not name.startswith("_") and live(module, name)]
    for star in running_stars(module):
        target = module.project.find(absolute_name(module, star.module), module)
        if target is None:
            continue
        more = star_names(target)
        if more is None:
            return None
        names.extend(name for name in more if not name.startswith("_"))
    return tuple(dict.fromkeys(names))
