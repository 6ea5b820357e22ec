"""Patches of names of facades: `mock.patch("facade.name")`, `patch.object(facade, "name")`, `monkeypatch.setattr(...)`."""

from __future__ import annotations

import builtins

from taskguard.facts.model import Attr, Binding, Const, Expr, Ref
from taskguard.project.broken import settled
from taskguard.project.exported import live
from taskguard.project.lookups import looked_up
from taskguard.project.names import Found, attribute
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Call
    from taskguard.project.facades import Facade
    from taskguard.project.module import Module
    from taskguard.project.project import Project

# Words of which one stands in every file that patches.
SEARCHED = ("patch", "MonkeyPatch")
SETS = ("setattr", "delattr")
# Keywords of `patch.multiple` that are no names to patch.
SPECS = frozenset(("spec", "create", "spec_set", "autospec", "new_callable", "unsafe"))
GIVEN = frozenset(dir(builtins))


class Target(Record):
    """What a call patches: the `name` of a facade, or something inside of what that name is (`inside`).

    `span` is the string that says so. `lenient` says that the name need not be there, `given` that a builtin name is made where it is missing.
    """

    facade: Facade
    name: str
    span: Span
    inside: bool
    lenient: bool
    given: bool


class Patched(Record):
    """A patch that does not do what it is meant to. `missing`: the facade has no such name. Otherwise nobody looks it up at the facade.

    `found` is what the name is, `instead` are pairs of a module that looks it up by itself and the name it has there. `doubt` says why the
    verdict is to be withheld.
    """

    user: Module
    target: Target
    missing: bool
    found: Found | None = None
    instead: tuple[tuple[Module, str], ...] = ()
    doubt: str = ""

    @property
    def dotted(self) -> str:
        """The name where it is defined, else where it is missing."""
        if self.found is not None and self.found.kind in ("symbol", "external"):
            return self.found.dotted
        return f"{self.target.facade.module.name}.{self.target.name}"

    @property
    def place(self) -> tuple[Module, str] | None:
        """The only place where some code looks the name up, None where there are several or none."""
        seen = [pair for pair in self.instead if looked_up(*pair)]
        return seen[0] if len(seen) == 1 else None

    @property
    def depends(self) -> tuple[str, ...]:
        home = (self.found.module.path,) if self.found is not None and self.found.module is not None else ()
        return tuple(
            dict.fromkeys((self.target.facade.module.path, *home, *(module.path for module, _ in self.instead)))
        )


def patched_facades(project: Project) -> Iterator[Patched]:
    """The patches that fail or do nothing, by path and line."""
    facades = {
        facade.module: facade for facade in project.facades if facade.module.name and not facade.module.unreadable
    }
    for user in _users(project, facades):
        for target in _targets(user, facades):
            judged = _judged(user, target)
            if judged is not None:
                yield judged


def _users(project: Project, facades: dict[Module, Facade]) -> Iterator[Module]:
    """The modules that may patch a facade; of these only what can matter to the diagnostics that are wanted."""
    import re

    wanted, words = project.wanted, re.compile(r"\w+")
    touched = {
        module: facade
        for module, facade in facades.items()
        if wanted is None or module.path in wanted or any(source.path in wanted for source in facade.sources)
    }
    paths = {path for word in SEARCHED for path in project.search(word)} if touched else set()
    every, near = (frozenset(one.name.rpartition(".")[2] for one in group) for group in (facades, touched))
    for path in sorted(paths | ((wanted or frozenset()) & project.modules.keys())):
        text = project.text(path) or ""
        names = every if wanted is not None and path in wanted else near
        if any(word in text for word in SEARCHED) and not names.isdisjoint(words.findall(text)):
            yield project.modules[path]


def _targets(user: Module, facades: dict[Module, Facade]) -> Iterator[Target]:
    for site in user.facts.calls:
        call = site.call
        parts = call.func.name.split(".") if isinstance(call.func, Ref | Attr) else [""]
        args = call.args
        made: list[tuple[Module, str, Expr]] = []
        if parts[-2:] == ["patch", "multiple"] and args:
            holder = _holder(user, args[0], site.scope)
            made = (
                [(holder, one.name, one.value) for one in call.keywords if one.name and one.name not in SPECS]
                if holder
                else []
            )
        elif parts[-2:] in (["patch", "object"], ["mocker", "spy"]) or (parts[-1] in SETS and _is_method(call)):
            if (
                len(args) >= 2
                and (text := _text(user, args[1], site.scope))
                and (holder := _holder(user, args[0], site.scope))
            ):
                made = [(holder, text, args[1])]
            elif args and parts[-1] in SETS and (text := _text(user, args[0], site.scope)):
                made = [(*one, args[0]) for one in _split(user, text)]
        elif parts[-1] == "patch" or parts[-2:] == ["patch", "dict"]:
            first = args[0] if args else call.keyword("target")
            if first is not None and (text := _text(user, first, site.scope)):
                made = [(*one, first) for one in _split(user, text)]
        for holder, path, expr in made:
            name, _, rest = path.partition(".")
            if holder in facades and settled(user, holder.name, holder):
                sets = parts[-1] in SETS
                lenient = (call.keyword("raising") if sets else call.keyword("create")) is not None
                yield Target(facades[holder], name, expr.span, bool(rest) or parts[-1] == "dict", lenient, not sets)


def _is_method(call: Call) -> bool:
    return isinstance(call.func, Attr) or "." in call.callee


def _text(user: Module, expr: Expr, scope: str) -> str:
    """The string that an expression is, also one put together of constants."""
    if isinstance(expr, Const):
        return expr.value if isinstance(expr.value, str) else ""
    from taskguard.project.evaluate import evaluate

    value = evaluate(expr, user, scope)
    return value.value if value.known and isinstance(value.value, str) else ""


def _holder(user: Module, expr: Expr, scope: str) -> Module | None:
    """The module that an expression is: its name, or a string that names it."""
    if isinstance(expr, Ref):
        found = user.find(expr.name, scope)
        if found.kind == "module":
            return found.module
    text = _text(user, expr, scope) if not isinstance(expr, Ref) else ""
    return user.project.find(text, user) if text else None


def _split(user: Module, dotted: str) -> Iterator[tuple[Module, str]]:
    """The module in a dotted name and the rest behind it, as `mock.patch` finds them."""
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        holder = user.project.find(".".join(parts[:cut]), user)
        if holder is None:
            continue
        rest = parts[cut:]
        while len(rest) > 1:
            found = attribute(holder, rest[0])
            if found.kind != "module" or found.module is None:
                break
            holder, rest = found.module, rest[1:]
        yield holder, ".".join(rest)
        return


def _judged(user: Module, target: Target) -> Patched | None:
    facade, name = target.facade.module, target.name
    bound = facade.binds(name)
    if bound is None:
        return Patched(user, target, False, doubt=f"what {facade.path} binds cannot be told")
    if not bound:
        if target.lenient:
            return None
        instead = _of_sources(target.facade, name)
        made = target.given and name in GIVEN
        found = attribute(instead[0][0], instead[0][1]) if instead else None
        return Patched(user, target, not made, found, instead)
    if target.inside or not _handed_on(facade, name):
        return None
    seen = looked_up(facade, name)
    if seen:
        return None
    if seen is None:
        return Patched(user, target, False, doubt=f"whether somebody looks up `{name}` at {facade.name} cannot be told")
    found = attribute(facade, name)
    return Patched(user, target, False, found, _instead(target.facade, found, name))


def _handed_on(facade: Module, name: str) -> bool:
    """Whether the facade has the name from elsewhere, and not by a definition of its own or as a submodule."""
    entries = live(facade, name)
    if not entries:
        return facade.submodule(name) is None
    return all(not isinstance(one, Binding) or isinstance(one.value, Ref) for one in entries)


def _of_sources(facade: Facade, name: str) -> tuple[tuple[Module, str], ...]:
    return tuple((source, name) for source in facade.sources if not source.unreadable and live(source, name))


def _instead(facade: Facade, found: Found, name: str) -> tuple[tuple[Module, str], ...]:
    """Where the thing is looked up: in the module that defines it, and in those that import it when they are loaded, tests left out."""
    made: dict[tuple[Module, str], None] = {}
    if found.kind == "symbol" and found.module is not None and "." not in found.path:
        made[found.module, found.path] = None
        users = facade.module.project.importers(found.module).get(found.path, ())
        made.update({(user, one.bound): None for user, one in users if not one.scope and user is not facade.module})
    users = facade.module.project.importers(facade.module).get(name, ())
    made.update({(user, one.bound): None for user, one in users if not one.scope})
    made.update(dict.fromkeys(_of_sources(facade, name)))
    return tuple(pair for pair in made if not pair[0].in_tests)
