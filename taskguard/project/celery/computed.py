"""Imports of modules by names in strings: which module one names, or which names it may make."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Const, Op, Ref
from taskguard.facts.questions import holds
from taskguard.project.celery.text_questions import words_of_loops
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.names import absolute_name, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite, Expr
    from taskguard.project.python.project import Module, Project

    # The packages that a name begins with, and its last part; empty where it may be any.
    Open = tuple[str, str]
else:
    Open = "Open"

ANY: Open = ("", "")
BY_NAME = frozenset(("import_module", "__import__", "import_string", "import_task_module"))
# What loads a file, wherever it lies.
BY_FILE = frozenset(("exec_module", "load_module"))
SWEEPS = frozenset(("find_modules", "autodiscover_modules"))
# All that may import by a computed name.
IMPORTING = tuple(sorted(BY_NAME | BY_FILE | SWEEPS | {"exec"}))
# A file without one of these imports nothing by a computed name.
WORDS = (*sorted(BY_NAME | BY_FILE | SWEEPS), "exec(")
# One of these is a part of each of them.
PARTS = ("import_", "_module", "exec(")


def may_compute(project: Project, path: str) -> bool:
    """Whether a file may import modules by computed names, as its text shows."""
    return not project.is_readable(path) or (holds(project, path, *PARTS) and holds(project, path, *WORDS))


def computed(module: Module, site: CallSite) -> Iterator[str | Open]:
    """What a call imports: the name of a module, or what is known of the names that it may make."""
    call, last = site.call, site.call.callee.rpartition(".")[2]
    if isinstance(call.func, Attr):
        last = call.func.name
    if last in BY_NAME and call.args:
        bound = Bound(call.args[0], module, site.scope)
        value = value_of(bound).value
        if isinstance(value, str):
            yield absolute_name(module, value) if last == "import_module" else value
        else:
            in_turn = list(_in_turn(bound))
            yield from in_turn
            if not in_turn:
                yield affixes(bound)
    elif last in BY_FILE:
        yield from _files(module)
    elif last == "exec" and call.args and _imports(call.args[0]):
        yield ANY
    elif last == "find_modules" and call.args:
        value = value_of(Bound(call.args[0], module, site.scope)).value
        yield (value, "") if isinstance(value, str) else ANY
    elif last == "autodiscover_modules":
        for one in call.args:
            value = value_of(Bound(one, module, site.scope)).value
            yield ("", value) if isinstance(value, str) else ANY


def _files(module: Module) -> Iterator[Open]:
    """The files that a module loads: those that its calls of `spec_from_file_location` name, if they name them all."""
    calls = [site for site in selections.calling(module.facts, "spec_from_file_location") if site.call.callee]
    for site in calls:
        given = site.call.args[1] if len(site.call.args) > 1 else site.call.keyword("location")
        last = _last(Bound(given, module, site.scope)) if given is not None else ""
        stem = last.rpartition("/")[2].removesuffix(".py")
        yield ("", stem) if last.endswith(".py") and stem.isidentifier() and stem != "__init__" else ANY
    if not calls:
        yield ANY


def _last(bound: Bound, depth: int = 0) -> str:
    """The last part of a path that is put together; empty where it cannot be told."""
    expr = bound.expr
    if isinstance(expr, Const):
        return expr.value if isinstance(expr.value, str) else ""
    if isinstance(expr, Op) and expr.op in ("/", "+"):
        return _last(Bound(expr.operands[-1], bound.module, bound.scope), depth)
    if isinstance(expr, Call) and expr.args:
        return _last(Bound(expr.args[-1], bound.module, bound.scope), depth)
    kept = _kept(bound, expr.name) if isinstance(expr, Ref) and depth < 5 else None
    return _last(kept, depth + 1) if kept is not None else ""


def affixes(bound: Bound) -> Open:
    """What a string that is put together begins and ends with: `f"shop.{name}.tasks"`."""
    parts = list(_parts(bound, bound.expr))
    first, last = (parts[0], parts[-1]) if parts else ("", "")
    if first.startswith("."):
        first = f"{bound.module.package}{first}"
    return first.rpartition(".")[0], last.rpartition(".")[2] if "." in last and len(parts) > 1 else ""


def _in_turn(bound: Bound) -> Iterator[str]:
    """The names that a string is made of in a loop over words that are written out; none where it cannot be told, or another loop may be meant."""
    parts = bound.expr.operands if isinstance(bound.expr, Op) and bound.expr.op in ("f", "+") else (bound.expr,)
    texts = [part for one in parts for part in _parts(bound, one)]
    open_ = [place for place, one in enumerate(texts) if not one]
    variable = parts[open_[0]] if len(open_) == 1 and len(texts) == len(parts) else None
    if not isinstance(variable, Ref):
        return
    for word in words_of_loops(bound.module.project, bound.module.path, variable.name):
        name = "".join((*texts[: open_[0]], word, *texts[open_[0] + 1 :]))
        yield f"{bound.module.package}{name}" if name.startswith(".") else name


def _parts(bound: Bound, expr: Expr, depth: int = 0) -> Iterator[str]:
    """The parts of a string, in order; empty ones for those that cannot be told."""
    if isinstance(expr, Op) and expr.op in ("f", "+"):
        for one in expr.operands:
            yield from _parts(bound, one, depth)
    elif isinstance(expr, Op) and expr.op == "%":
        yield from _filled(expr.operands[0], "%")
    elif isinstance(expr, Call) and isinstance(expr.func, Attr) and expr.func.name == "format":
        yield from _filled(expr.func.of, "{")
    elif isinstance(expr, Const):
        yield expr.value if isinstance(expr.value, str) else ""
    elif isinstance(expr, Ref):
        kept = _kept(bound, expr.name) if depth < 5 else None
        if kept is not None and kept.expr is not expr:
            yield from _parts(kept, kept.expr, depth + 1)
        else:
            yield _named(bound.module, expr.name)
    else:
        yield ""


def _kept(bound: Bound, name: str) -> Bound | None:
    """What a name of a module's level stands for, where it is bound once."""
    found = resolve(bound.module, name, bound.scope)
    holder = found.module if found.kind == "symbol" else None
    held = [one for one in holder.facts.bindings if one.name == found.path and not one.scope] if holder else []
    if holder is None or len(held) != 1 or held[0].guard or held[0].value is None:
        return None
    return Bound(held[0].value, holder, "")


def _filled(expr: Expr, mark: str) -> Iterator[str]:
    """The beginning and the end of a text that is filled in."""
    text = expr.value if isinstance(expr, Const) and isinstance(expr.value, str) else ""
    end = "}" if mark == "{" else "s"
    yield text.partition(mark)[0]
    yield text.rpartition(mark)[2].partition(end)[2]


def _named(module: Module, name: str) -> str:
    """`__name__` and `__package__`, a module's own or another's."""
    head, _, last = name.rpartition(".")
    if last not in ("__name__", "__package__"):
        return ""
    found = resolve(module, head).module if head else module
    return found.name if found is not None else ""


def _imports(expr: Expr) -> bool:
    """Whether a text that is run says `import`."""
    if isinstance(expr, Const):
        return isinstance(expr.value, str) and "import " in expr.value
    return isinstance(expr, Op) and any(_imports(one) for one in expr.operands)
