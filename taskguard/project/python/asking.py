"""What our own resolver leaves open and astroid may tell: options of task declarations, and base classes. Only here it is asked."""

from __future__ import annotations

from taskguard.facts.model import Attr, Binding, Call, Cond, Const, Dict, Expr, Item, Op, Opaque, Ref, Seq
from taskguard.project.python.names import builtin, resolve
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.facts.model import Class
    from taskguard.inference.asking import Inference
    from taskguard.inference.model import Source, Told
    from taskguard.project.python.project import Module, Project

DEEPEST = 12
# Astroid gives no value for these; an f-string that facts do not look into has a format or a conversion.
HOPELESS = frozenset(("await", "bytes", "comprehension", "constant", "f-string", "generator", "lambda", "yield"))


def told_class(expr: Expr, module: Module, scope: str) -> tuple[Module, Class] | None:
    """The class of the project that astroid says `expr` is."""
    answer = ask(expr, module, scope)
    holder = module.project.find(answer.module, module) if answer is not None and answer.qualname else None
    klass = holder.klass(answer.qualname) if answer is not None and holder is not None else None
    return (holder, klass) if holder is not None and klass is not None else None


def files_of(answer: Told, module: Module) -> tuple[str, ...]:
    held = [module.project.find(name, module) for name in answer.modules]
    return tuple(one.path for one in held if one is not None and one is not module)


def ask(expr: Expr, module: Module, scope: str) -> Told | None:
    project = module.project
    if not module.name or project.find(module.name, module) is not module or not tellable(expr, module, scope):
        return None
    return _inference(project, module.root).infer(module.name, expr.span)


@query
def _inference(project: Project, root: str) -> Inference:
    """What astroid is asked for the files of one import root."""
    from taskguard.inference.asking import Inference

    return Inference(_sources(project, root))


def _sources(project: Project, root: str) -> Callable[[str], Source | None]:
    """The modules as the files of an import root see them."""
    origin = next(one for one in project.modules.values() if one.root == root)

    def source_of(name: str) -> Source | None:
        from taskguard.inference.model import Source

        found = origin.project.find(name, origin)
        text = origin.project.text(found.path) if found is not None and found.path.endswith(".py") else None
        return Source(text, found.is_package) if text is not None and found is not None else None

    return source_of


def tellable(expr: Expr, module: Module, scope: str, depth: int = 0) -> bool:
    """Whether all that an expression names is in the project, so that it is worth asking."""
    if depth > DEEPEST:
        return False
    if isinstance(expr, Ref):
        return _tellable_name(expr, module, scope, depth)
    if isinstance(expr, Opaque):
        return expr.kind not in HOPELESS
    return all(tellable(one, module, scope, depth + 1) for one in _parts(expr))


def _tellable_name(expr: Ref, module: Module, scope: str, depth: int) -> bool:
    found = resolve(module, expr.name, scope)
    if found.kind != "symbol" or found.module is None:
        return not expr.name.startswith("__") and builtin(found, module)
    first, _, rest = found.path.partition(".")
    entry = (found.module.attribute(first, rest) if rest else None) or found.module.entry(first)
    if not isinstance(entry, Binding) or entry.kind != "variable":
        return isinstance(entry, Binding)
    if entry.value is None or (isinstance(entry.value, Opaque) and entry.value.kind == "lambda"):
        return True  # one of several unpacked, a function
    return tellable(entry.value, found.module, entry.scope, depth + 1)


def _parts(expr: Expr) -> list[Expr]:
    if isinstance(expr, Const | Opaque | Ref):
        return []
    if isinstance(expr, Call):
        return [expr.func, *expr.args, *(keyword.value for keyword in expr.keywords)]
    if isinstance(expr, Seq):
        return list(expr.items)
    if isinstance(expr, Dict):
        return [one for pair in expr.items for one in pair if one is not None]
    if isinstance(expr, Op):
        return list(expr.operands)
    if isinstance(expr, Cond):
        return [expr.test, expr.body, expr.orelse]
    if isinstance(expr, Item):
        return [expr.of, expr.index]
    return [expr.of] if isinstance(expr, Attr) else [expr.value]
