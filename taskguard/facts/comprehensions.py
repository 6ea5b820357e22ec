"""What a comprehension makes in each round, read from the source that facts keep of it; asked for where a list is given by one."""

from __future__ import annotations

from taskguard.facts.model import Dict, Opaque
from taskguard.facts.reread import reread
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast

    from taskguard.facts.expressions import Converter
    from taskguard.facts.model import Expr

    Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


class Loop(Record):
    """`element for names in over`. `many`: each round unpacks what it is given. A dict comprehension's element is a dict of one entry."""

    element: Expr
    names: tuple[str, ...]
    many: bool
    over: Expr
    keyed: bool


def loop_of(one: Opaque) -> Loop | None:
    """The loop of a comprehension (of no set) or generator that has one `for` and no `if`; all of it stands where the comprehension does."""
    import ast

    read = _read(one)
    if read is None or isinstance(read[0], ast.SetComp):
        return None
    tree, placed = read
    only = tree.generators[0]
    targets = only.target.elts if isinstance(only.target, ast.Tuple | ast.List) else [only.target]
    names = tuple(target.id for target in targets if isinstance(target, ast.Name))
    if only.ifs or len(names) != len(targets):
        return None
    many = isinstance(only.target, ast.Tuple | ast.List)
    over = placed.convert(only.iter)
    if isinstance(tree, ast.DictComp):
        entry = (placed.convert(tree.key), placed.convert(tree.value))
        return Loop(Dict((entry,), one.span), names, many, over, True)
    return Loop(placed.convert(tree.elt), names, many, over, False)


def sifted(one: Opaque) -> Expr | None:
    """What a comprehension or generator leaves something out of: `over` of `[name for name in over if …]`."""
    import ast

    read = _read(one)
    if read is None:
        return None
    tree, placed = read
    if isinstance(tree, ast.DictComp):
        return None
    only = tree.generators[0]
    same = isinstance(tree.elt, ast.Name) and isinstance(only.target, ast.Name) and tree.elt.id == only.target.id
    return placed.convert(only.iter) if same else None


def _read(one: Opaque) -> tuple[Comprehension, Converter] | None:
    """The tree of a comprehension or generator with one `for`, none that awaits, and what makes expressions of its parts."""
    import ast

    read = reread(one) if one.kind in ("comprehension", "generator") else None
    tree = read[0] if read is not None else None
    if read is None or not isinstance(tree, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        return None
    return (tree, read[1]) if len(tree.generators) == 1 and not tree.generators[0].is_async else None
