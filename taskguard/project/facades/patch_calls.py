"""What calls patch, as they are written: the module, and the dotted path of what is patched in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from taskguard.facts.model import Attr, Call, Const, Expr, Ref
from taskguard.project.python.names import attribute, resolve
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.facts.model import CallSite
    from taskguard.project.python.project import Module

SETS = ("setattr", "delattr")
# Keywords of `patch.multiple` that are no names to patch.
SPECS = frozenset(("spec", "create", "spec_set", "autospec", "new_callable", "unsafe"))


def words_of(site: CallSite) -> list[str]:
    """The parts of the name of what is called."""
    func = site.call.func
    return func.name.split(".") if isinstance(func, Ref | Attr) else [""]


def patched_by(user: Module, site: CallSite) -> list[tuple[Module, str, Expr]]:
    """What a call patches: modules, the paths in them and the expressions that say so. Empty for any other call."""
    call, parts, args = site.call, words_of(site), site.call.args
    if parts[-2:] == ["patch", "multiple"] and args:
        holder = _holder(user, args[0], site.scope)
        named = [one for one in call.keywords if one.name and one.name not in SPECS]
        return [(holder, one.name, one.value) for one in named if one.name] if holder else []
    if _names_an_attribute(call, parts):
        if (
            len(args) >= 2
            and (text := text_of(user, args[1], site.scope))
            and (holder := _holder(user, args[0], site.scope))
        ):
            return [(holder, text, args[1])]
        if args and parts[-1] in SETS and (text := text_of(user, args[0], site.scope)):
            return [(*one, args[0]) for one in _split(user, text)]
    elif parts[-1] == "patch" or parts[-2:] == ["patch", "dict"]:
        first = args[0] if args else call.keyword("target")
        if first is not None and (text := text_of(user, first, site.scope)):
            return [(*one, first) for one in _split(user, text)]
    return []


def patches_one(user: Module, site: CallSite, name: str, meant: Callable[[Module, str], bool]) -> bool:
    """Whether a call patches a name of a module that is `meant`, or `name` on something that cannot be told and may be such a module."""
    if any(meant(holder, path) for holder, path, _ in patched_by(user, site)):
        return True
    args = site.call.args
    if not _names_an_attribute(site.call, words_of(site)) or len(args) < 2 or not isinstance(args[0], Ref):
        return False
    return text_of(user, args[1], site.scope) == name and resolve(user, args[0].name, site.scope).kind not in (
        "module",
        "symbol",
    )


def calls_between(user: Module, first: int, last: int) -> list[CallSite]:
    """The calls in a file that begin on one of these lines."""
    lines, calls = _calls_by_line(user)
    return calls[bisect_left(lines, first) : bisect_right(lines, last)]


@query
def _calls_by_line(user: Module) -> tuple[list[int], list[CallSite]]:
    calls = sorted(user.facts.calls, key=lambda site: site.call.span.line)
    return [site.call.span.line for site in calls], calls


def _names_an_attribute(call: Call, parts: list[str]) -> bool:
    """Whether a call is one that takes an object and the name of its attribute."""
    return parts[-2:] in (["patch", "object"], ["mocker", "spy"]) or (parts[-1] in SETS and _is_method(call))


def _is_method(call: Call) -> bool:
    return isinstance(call.func, Attr) or "." in call.callee


def text_of(user: Module, expr: Expr, scope: str) -> str:
    """The string that an expression is, also one put together of constants."""
    if isinstance(expr, Const):
        return expr.value if isinstance(expr.value, str) else ""
    from taskguard.project.python.evaluate import evaluate

    value = evaluate(expr, user, scope)
    return value.value if value.known and isinstance(value.value, str) else ""


def _holder(user: Module, expr: Expr, scope: str) -> Module | None:
    """The module that an expression is: its name, or a string that names it."""
    if isinstance(expr, Ref):
        found = resolve(user, expr.name, scope)
        if found.kind == "module":
            return found.module
    text = text_of(user, expr, scope) if not isinstance(expr, Ref) else ""
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
