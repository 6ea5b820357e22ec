"""What is picked out of one file's facts: who asks for a part of a section rests on what that picks, and not on the whole of it."""

from __future__ import annotations

import builtins

from taskguard.facts import own_names
from taskguard.facts.by_name import heads_of, named_functions
from taskguard.facts.kept_calls import KEPT_CALLS, KEPT_KEYWORDS
from taskguard.facts.model import Attr, Call, Const, Import, Ref
from taskguard.facts.selecting import Selection
from taskguard.facts.watched import plain_calls, plain_locals, quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Binding, CallSite, Expr, Facts, Function


def own_imports(facts: Facts, heads: frozenset[str]) -> tuple[Import, ...]:
    """The imports that may lead to a module of the project (`module_heads`), and what has to do with Celery: libraries come and go in most files, and
    mean nothing to who looks for modules of the project."""
    return of_heads(quietly(facts, own_imports.__name__), heads)


def of_heads(facts: Facts, heads: frozenset[str]) -> tuple[Import, ...]:
    return tuple(
        one
        for one in facts.imports
        if one.module.partition(".")[0] in heads or "celery" in f"{one.module} {one.name}".lower()
    )


@Selection
def imports_by_name(facts: Facts, words: frozenset[str]) -> tuple[Import, ...]:
    """The imports of names from modules of which the last word is one of these; it is empty where there are only dots."""
    return tuple(one for one in facts.imports if one.name and one.module.rpartition(".")[2] in words)


@Selection
def imports_any(facts: Facts, names: frozenset[str]) -> bool:
    """Whether something of one of these names is imported."""
    return any(one.name in names for one in facts.imports)


@Selection
def speaks_of_celery(facts: Facts) -> bool:
    """Whether something is imported from Celery, or something that is named after it."""
    return any(one.module.startswith("celery") or "celery" in (one.name or one.module).lower() for one in facts.imports)


@Selection
def imports_of_names(facts: Facts, names: frozenset[str]) -> tuple[Import, ...]:
    """The imports of something of one of these names."""
    return tuple(one for one in facts.imports if one.name in names)


@Selection
def imports_head(facts: Facts, head: str) -> bool:
    """Whether something of that package is imported."""
    return any(one.module.partition(".")[0] == head for one in facts.imports)


@Selection
def imports_from(facts: Facts, head: str) -> tuple[Import, ...]:
    """The imports from that package."""
    return tuple(one for one in facts.imports if one.module.partition(".")[0] == head)


@Selection
def imports_among(facts: Facts, heads: frozenset[str]) -> tuple[Import, ...]:
    """The imports from these packages."""
    return tuple(one for one in facts.imports if one.module.partition(".")[0] in heads)


@Selection
def imports_as(facts: Facts, name: str) -> tuple[Import, ...]:
    """The imports that bind a name, wherever they stand."""
    return tuple(one for one in facts.imports if one.bound == name)


@Selection
def stars(facts: Facts) -> tuple[Import, ...]:
    """The star imports at module level."""
    return tuple(one for one in facts.imports if one.name == "*" and not one.scope)


@Selection
def local_imports(facts: Facts, scope: str, name: str) -> tuple[Import, ...]:
    """The imports in a function or class that bind a name."""
    return tuple(one for one in facts.imports if one.scope == scope and one.bound == name)


@Selection
def rebound(facts: Facts) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The functions that bind names which the module has, too, or Python, by qualified name: parameters are left out."""
    outer = {one.name for one in facts.bindings}.union(dir(builtins))
    outer |= {one.name for one in facts.functions if one.holder == "module"}
    outer |= {one.name for one in facts.classes if one.holder == "module"}
    inner: dict[str, set[str]] = {}
    for each in facts.imports:
        if each.scope:
            inner.setdefault(each.scope, set()).add(each.bound)
        else:
            outer.add(each.bound)
    for assign in facts.assigns:
        if isinstance(assign.target, Ref):
            inner.setdefault(assign.scope, set()).add(assign.target.name)
    made = []
    for function in facts.functions:
        bound = inner.get(function.qualname, set()).union(plain_locals(function))
        own = outer.intersection(bound).difference(one.name for one in function.params)
        if own:
            made.append((function.qualname, tuple(sorted(own))))
    return tuple(made)


def leading_calls(facts: Facts, heads: frozenset[str], qualname: str) -> tuple[str, ...]:
    """The names that a function calls, as far as they may lead to a function of the project."""
    return leading(quietly(facts, leading_calls.__name__, (qualname,)), heads, qualname)


def leading(facts: Facts, heads: frozenset[str], qualname: str) -> tuple[str, ...]:
    called = dict.fromkeys(name for one in named_functions(facts, qualname) for name in plain_calls(one))
    if not called:
        return ()
    imported, there = {one.bound for one in of_heads(facts, heads)}, heads_of(facts)

    def leads(head: str) -> bool:
        return head in imported or head in there.own or (there.starred and head not in there.bound)

    return tuple(name for name in called if leads(name.partition(".")[0]))


@Selection
def called_variables(facts: Facts, qualname: str) -> tuple[str, ...]:
    """The variables of a file that it binds to what a call gives, and of which a function calls methods."""
    heads = {name.rpartition(".")[0] for one in named_functions(facts, qualname) for name in plain_calls(one)}
    return tuple(one.name for one in facts.bindings if one.name in heads and isinstance(one.value, Call))


@Selection
def inner_called(facts: Facts, qualname: str) -> tuple[str, ...]:
    """The names of the functions that are defined in a function itself, and that it calls."""
    called = dict.fromkeys(name for one in named_functions(facts, qualname) for name in plain_calls(one))
    return tuple(name for name in called if named_functions(facts, f"{qualname}.<locals>.{name}"))


# Decorators of Python's own that make a method of a function.
METHOD_KINDS = frozenset(("classmethod", "property", "staticmethod"))


@Selection
def decorated(facts: Facts) -> tuple[Function, ...]:
    """The functions with decorators."""
    return tuple(one for one in facts.functions if one.decorators)


def own_decorated(facts: Facts, heads: frozenset[str]) -> tuple[Function, ...]:
    """The functions with a decorator that may be the project's or Celery's (`module_heads`), or whose name is that of what declares tasks or connects a
    signal: decorators of other libraries come and go in views and tests, and mean nothing here."""
    return decorated_by_own(quietly(facts, own_decorated.__name__), heads)


def decorated_by_own(facts: Facts, heads: frozenset[str]) -> tuple[Function, ...]:
    held = [one for one in facts.functions if one.decorators]
    if not held:
        return ()
    own = {one.bound for one in of_heads(facts, heads)}
    foreign = {one.bound for one in facts.imports}.union(METHOD_KINDS) - own
    for names in (facts.bindings, facts.functions, facts.classes):
        foreign.difference_update(one.name for one in names)
    foreign.difference_update(*map(plain_locals, facts.functions))

    def may_matter(expr: Expr) -> bool:
        name = written_name(expr)
        last = name.rpartition(".")[2]
        return name.partition(".")[0] not in foreign or "task" in last.lower() or last == "connect"

    return tuple(one for one in held if any(map(may_matter, one.decorators)))


@Selection
def functions_calling(facts: Facts, *lasts: str) -> tuple[tuple[str, str], ...]:
    """The names of the functions that call something whose last name is one of these (`*result`: ends so), each with what holds it (`Function.holder`)."""
    wanted = frozenset(lasts)
    ends = tuple(one[1:] for one in lasts if one.startswith("*"))
    return tuple(
        dict.fromkeys(
            (one.qualname, one.holder)
            for one in facts.functions
            if any(name.rpartition(".")[2] in wanted or (ends and name.endswith(ends)) for name in plain_calls(one))
        )
    )


@Selection
def perhaps_wrapping(facts: Facts, *lasts: str) -> tuple[Function, ...]:
    """The methods, and the functions at module level that call something whose last name is one of these or take keywords to hand on."""
    return tuple(
        one
        for one in facts.functions
        if one.holder == "class"
        or (one.holder == "module" and (any(each.kind == "rest" for each in one.params) or one.may_call(*lasts)))
    )


@Selection
def handing_on(facts: Facts) -> tuple[Function, ...]:
    """The functions that return what a call gives."""
    return tuple(one for one in facts.functions if one.returned_call() is not None)


@Selection
def beginning(facts: Facts, *starts: str) -> tuple[Function, ...]:
    """The functions at module level whose names begin so."""
    return tuple(one for one in facts.functions if one.holder == "module" and one.name.startswith(starts))


@Selection
def defines_besides(facts: Facts, *names: str) -> bool:
    """Whether there is a function of another name than these."""
    return any(one.name not in names for one in facts.functions)


@Selection
def worked_out(facts: Facts) -> tuple[Binding, ...]:
    """The bindings to something else than a literal or a plain name."""
    return tuple(one for one in facts.bindings if one.value is not None and type(one.value) not in (Const, Ref))


@Selection
def renamed(facts: Facts) -> tuple[Binding, ...]:
    """The bindings to what a name or an attribute of one is."""
    return tuple(one for one in facts.bindings if isinstance(one.value, Ref))


@Selection
def made_by_calls(facts: Facts) -> tuple[Binding, ...]:
    """The bindings to what a call gives."""
    return tuple(one for one in facts.bindings if isinstance(one.value, Call))


@Selection
def binds_one(facts: Facts, names: frozenset[str]) -> bool:
    """Whether one of the names is bound at module level or in a class."""
    return any(one.name in names for one in facts.bindings)


@Selection
def bindings_named(facts: Facts, names: frozenset[str], ends: str) -> tuple[Binding, ...]:
    """The bindings of these names, and of those that end so."""
    return tuple(one for one in facts.bindings if one.name in names or one.name.endswith(ends))


@Selection
def entries(facts: Facts, name: str) -> tuple[Import | Binding, ...]:
    """All that binds a name at module level, imports first."""
    imports = tuple(one for one in facts.imports if one.bound == name and not one.scope and one.name != "*")
    return (*imports, *(one for one in facts.bindings if one.name == name))


@Selection
def functions_named(facts: Facts, qualname: str) -> tuple[Function, ...]:
    """All functions of that qualified name."""
    return tuple(named_functions(facts, qualname))


@Selection
def aliases_only(facts: Facts) -> bool:
    """Whether the module binds nothing but `__all__` and aliases of names (beside its imports)."""
    return all(
        one.kind == "function"
        or one.name == "__all__"
        or (one.kind == "variable" and (isinstance(one.value, Ref) or one.guard == "except"))
        for one in facts.bindings
    )


def written_name(expr: object) -> str:
    """The dotted name that an expression is or calls, as a decorator or a base class is written; empty where it is neither."""
    return expr.callee if isinstance(expr, Call) else expr.name if isinstance(expr, Ref) else ""


@Selection
def writes_own_names(facts: Facts) -> bool:
    """As `facts.own_names.writes_own_names` has it."""
    return own_names.writes_own_names(facts)


@Selection
def sets_by_local_name(facts: Facts) -> bool:
    """As `facts.own_names.sets_by_local_name` has it."""
    return own_names.sets_by_local_name(facts)


@Selection
def calling(facts: Facts, *lasts: str) -> tuple[CallSite, ...]:
    """The calls of a name or an attribute whose last part is one of these. Raises LookupError for a name whose calls are not kept."""
    if not KEPT_CALLS.issuperset(lasts):
        raise LookupError(f"no calls are kept of {', '.join(set(lasts) - KEPT_CALLS)}: see KEPT_CALLS")
    return tuple(one for one in facts.calls if last_called(one.call) in lasts)


@Selection
def calling_made(facts: Facts, *lasts: str) -> tuple[CallSite, ...]:
    """The calls of what another call gives, the name of which ends in one of these: `shared_task(name="a.b")(run)`."""
    return tuple(one for one in facts.calls if isinstance(one.call.func, Call) and last_called(one.call.func) in lasts)


@Selection
def calling_through(facts: Facts, *lasts: str) -> tuple[CallSite, ...]:
    """The calls of such a name, and of what calls of it give."""
    held = ((one, one.call.func if isinstance(one.call.func, Call) else one.call) for one in facts.calls)
    return tuple(one for one, named in held if last_called(named) in lasts)


PLAIN_METHODS = frozenset(("get", "pop", "setdefault"))  # of dicts and requests: no function becomes a task there


@Selection
def handing_one(facts: Facts) -> tuple[CallSite, ...]:
    """The calls that are handed a name and nothing else by position: `app.task(run)`, `app.task(name="a.b")(run)`."""
    return tuple(
        one
        for one in facts.calls
        if len(one.call.args) == 1
        and isinstance(one.call.args[0], Ref)
        and isinstance(one.call.func, Call | Ref)
        and not ("." in one.call.callee and last_called(one.call) in PLAIN_METHODS)
    )


@Selection
def giving(facts: Facts, *names: str) -> tuple[CallSite, ...]:
    """The calls that give a value to one of these keywords. Raises LookupError for a keyword that does not have a call kept."""
    if not KEPT_KEYWORDS.issuperset(names):
        raise LookupError(f"no calls are kept for {', '.join(set(names) - KEPT_KEYWORDS)}: see KEPT_KEYWORDS")
    return tuple(one for one in facts.calls if any(keyword.name in names for keyword in one.call.keywords))


def last_called(call: Call) -> str:
    """The last part of the name that is called; empty where it is none."""
    return call.func.name.rpartition(".")[2] if isinstance(call.func, Ref | Attr) else ""
