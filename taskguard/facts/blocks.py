"""The top-level blocks of a file: what can be moved to another file as it is, and what it needs there."""

from __future__ import annotations

import ast

from taskguard.facts.expressions import Converter, dotted, is_text
from taskguard.facts.grammar import parse
from taskguard.facts.lines import Lines
from taskguard.facts.own_name import own_name_fields
from taskguard.facts.uses import FUNCTIONS, Uses, surely_bound
from taskguard.patterns import regex
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Literal

    BlockKind = Literal[
        "docstring",
        "future",
        "import",
        "imports",
        "function",
        "class",
        "assignment",
        "logger",
        "statement",
        "main",
        "listing",
    ]
    Place = tuple[int, int]

LOGGERS = frozenset(("getLogger", "get_logger", "get_task_logger", "getChild"))
RULED = regex(r"#\s*([-=#*~_])\1{2,}|([-=#*~_])\2{2,}\s*$")
WORDS = regex(r"[^\W_]+")
TYPE_COMMENT = regex(r"#\s*type:\s*([^#\n]*)")
IMPORT = regex(r"(?<=[\s\\.])import\b")  # names of modules may have `import` in them
IN_TEXT = "puts `__name__` into a text"
IDENTIFIER = regex(r"[^\W\d]\w*")


class Alias(Record):
    """One name of a plain import statement. `module` is empty and `name` dotted for `import a.b`; `module` keeps its dots. `name` may be `*`."""

    module: str
    name: str
    bound: str

    @property
    def plain(self) -> bool:
        return not self.module


class Block(Record):
    """The statements on some lines of their own. `start` is where the blanks and comments above begin, `code` where the code does, `end` is
    behind the end of the last line.

    `kind`: `imports` is a branch with nothing but imports and constants, `logger` an assignment of a logger, `main` what runs only as a script,
    `listing` is about `__all__`, `statement` anything that does something. `uses`, `typed` and `loose` as in `Uses`; `alters` are the names whose object it changes.
    `aliases` are those of import statements. `own_name` are the places of `__name__`, `dots` those of the modules of relative imports with their texts.
    `odd` says in words what does not survive a move. `section` is the heading above. `maybe` are those of `binds` that a branch may leave out,
    `deletes` the names that are gone behind it, `constants` what a branch of imports binds by assignments.
    """

    start: int
    code: int
    end: int
    line: int
    end_line: int
    kind: BlockKind
    binds: tuple[str, ...]
    now: frozenset[str]
    run: frozenset[str]
    later: frozenset[str]
    soft: frozenset[str]
    rebinds: frozenset[str]
    alters: frozenset[str]
    aliases: tuple[Alias, ...] = ()
    own_name: tuple[Place, ...] = ()
    dots: tuple[tuple[int, int, str], ...] = ()
    odd: tuple[str, ...] = ()
    section: str = ""
    maybe: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    typed: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()

    @property
    def uses(self) -> frozenset[str]:
        return self.now | self.later | self.soft

    @property
    def touches(self) -> frozenset[str]:
        """The names that it binds, changes or deletes."""
        return self.alters.union(self.binds, self.deletes)


class Blocks(Record):
    """The blocks of a file in order. `head` is the end of what stands above the first one, `stars` the modules of star imports."""

    blocks: tuple[Block, ...]
    head: int
    stars: bool


def blocks_of(text: str) -> Blocks:
    """The blocks of a text. Raises SyntaxError for what no Python reads."""
    tree = parse(text)
    return _Reader(text, tree).read()


class _Reader:
    def __init__(self, text: str, tree: ast.Module) -> None:
        self.text = text
        self.lines = Lines(text)
        self.tree = tree
        self._converter = Converter(text)
        self._texts = any(
            isinstance(one, ast.ImportFrom)
            and one.module == "__future__"
            and any(name.name == "annotations" for name in one.names)
            for one in tree.body
        )

    def read(self) -> Blocks:
        groups: list[list[ast.stmt]] = []
        for node in self.tree.body:
            if groups and first_line(node) <= (groups[-1][-1].end_lineno or 0):
                groups[-1].append(node)
            else:
                groups.append([node])
        made: list[Block] = []
        place, section, head = 0, "", 0
        for number, group in enumerate(groups):
            first, last = first_line(group[0]), max(one.end_lineno or 0 for one in group)
            code = self.lines.start(first)
            above = self.text[place:code]
            if number == 0:
                head = place = self._end_of_head(above, group[0])
                above = self.text[place:code]
            section = heading(above) or section
            end = self.lines.after(last)
            made.append(self._block(group, place, code, end, first, last, section))
            place = end
        if made and place < len(self.text):
            made[-1] = made[-1].replace(end=len(self.text))
        return Blocks(tuple(made), head, any(one.name == "*" for block in made for one in block.aliases))

    def _end_of_head(self, above: str, first: ast.stmt) -> int:
        """Where the comments end that are about the file and not about its first statement."""
        if isinstance(first, ast.Expr | ast.Import | ast.ImportFrom):
            return len(above)
        blank = above.rfind("\n\n")
        return blank + 2 if blank >= 0 else 0

    def _block(
        self, group: list[ast.stmt], start: int, code: int, end: int, line: int, end_line: int, section: str
    ) -> Block:
        uses = Uses(self._texts)
        for node in group:
            uses.read(node)
        for found in TYPE_COMMENT.finditer(self.text, code, end):
            uses.soft.update(IDENTIFIER.findall(found[1]))
        kind = self._kind(group)
        aliases = tuple(self._aliases(group)) if kind in ("import", "future") else ()
        constants = {
            name
            for node in group
            if kind == "imports"
            for one in ast.walk(node)
            for name in _targets(one)
            if isinstance(one, ast.Assign)
        }
        own_name: list[Place] = []
        odd: dict[str, None] = {}
        in_texts = 0
        for name, in_text in uses.loads:
            if name.id == "__name__" and kind != "main":
                where = self._place(name)
                if in_text:
                    in_texts += 1
                elif self.text[slice(*where)] != "__name__":
                    odd[IN_TEXT] = None
                else:
                    own_name.append(where)
            elif name.id in ("__file__", "__path__", "__spec__", "__package__", "__loader__"):
                odd[f"uses `{name.id}`"] = None
        held = own_name_fields(self.text, code, end) if in_texts else []
        if len(held) == in_texts:
            own_name += held
        else:
            odd[IN_TEXT] = None
        for called in {"globals", "locals", "vars"} & (uses.now | uses.later):
            if called == "globals" or (called in uses.now and called not in uses.later):
                odd[f"calls `{called}()`"] = None
        alters = frozenset(name for node in group for name in _altered(node) if name)
        if "__all__" in uses.now | uses.later and kind not in ("listing", "main"):
            if kind == "statement" and not uses.binds and "__all__" in alters:
                kind = "listing"
            else:
                odd["uses `__all__`"] = None
        sure = surely_bound(group)
        deleted = [
            one.id
            for node in group
            if isinstance(node, ast.Delete)
            for one in node.targets
            if isinstance(one, ast.Name)
        ]
        return Block(
            start, code, end, line, end_line, kind, tuple(uses.binds), frozenset(uses.now), frozenset(uses.run), frozenset(uses.later),
            frozenset(uses.soft), frozenset(uses.rebinds), alters, aliases, tuple(own_name), tuple(self._dots(group)), tuple(odd), section,
            tuple(name for name in uses.binds if name not in sure), tuple(deleted), tuple(sorted(constants)),
            frozenset(uses.typed), frozenset(uses.loose),
        )  # fmt: skip

    def _place(self, node: Any) -> Place:
        return self.lines.range(self._converter.span(node))

    def _kind(self, group: list[ast.stmt]) -> BlockKind:
        first = group[0]
        if first is self.tree.body[0] and len(group) == 1 and is_text(first):
            return "docstring"
        if all(isinstance(one, ast.Import | ast.ImportFrom) for one in group):
            future = all(isinstance(one, ast.ImportFrom) and one.module == "__future__" for one in group)
            return "future" if future else "import"
        if len(group) > 1:
            return "assignment" if all(isinstance(one, ast.Assign | ast.AnnAssign) for one in group) else "statement"
        if isinstance(first, FUNCTIONS):
            return "function"
        if isinstance(first, ast.ClassDef):
            return "class"
        if "__all__" in _targets(first):
            return "listing"
        if isinstance(first, ast.Assign | ast.AnnAssign) and first.value is not None:
            if _is_logger(first):
                return "logger"
            plain = all(isinstance(one, ast.Name | ast.Tuple | ast.List) for one in _target_nodes(first))
            return "assignment" if plain else "statement"
        if hasattr(ast, "TypeAlias") and isinstance(first, ast.TypeAlias):
            return "assignment"
        if isinstance(first, ast.If | ast.Try):
            if isinstance(first, ast.If) and _is_main(first.test):
                return "main"
            if _only_imports([first]) and any(isinstance(one, ast.Import | ast.ImportFrom) for one in ast.walk(first)):
                return "imports"
        return "statement"

    def _aliases(self, group: list[ast.stmt]) -> Iterator[Alias]:
        for node in group:
            if isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                yield from (Alias(module, one.name, one.asname or one.name) for one in node.names)
            elif isinstance(node, ast.Import):
                for one in node.names:
                    yield Alias("", one.name, one.asname or one.name.partition(".")[0])

    def _dots(self, group: list[ast.stmt]) -> Iterator[tuple[int, int, str]]:
        for node in group:
            for one in ast.walk(node):
                if isinstance(one, ast.ImportFrom) and one.level:
                    start, end = self._place(one)
                    at = self.text.index(".", start, end)
                    word = IMPORT.search(self.text, at, end)
                    stop = word.start() if word is not None else at
                    while self.text[stop - 1] in " \t\\\r\n\f":
                        stop -= 1
                    yield at, stop, "." * one.level + (one.module or "")


def first_line(node: ast.stmt) -> int:
    """The line on which a statement begins, that of its first decorator where it has some."""
    decorators = getattr(node, "decorator_list", None) or ()
    first: int = min([node.lineno, *(one.lineno for one in decorators)])
    return first


def _is_main(test: ast.expr) -> bool:
    """Whether a condition begins with `__name__ == "__main__"`."""
    if isinstance(test, ast.BoolOp):
        return any(_is_main(one) for one in test.values)
    sides = [test.left, *test.comparators] if isinstance(test, ast.Compare) else []
    return any(isinstance(one, ast.Name) and one.id == "__name__" for one in sides) and any(
        isinstance(one, ast.Constant) and one.value == "__main__" for one in sides
    )


def _only_imports(nodes: Iterable[ast.stmt]) -> bool:
    """Whether statements do nothing but import, and bind constants where that fails: done twice, they do the same."""
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Pass):
            continue
        if isinstance(node, ast.Assign):
            constant = isinstance(node.value, ast.Constant) or (
                isinstance(node.value, ast.Name) and node.value.id in ("object", "Exception")
            )
            if constant and all(isinstance(one, ast.Name) for one in node.targets):
                continue
        elif isinstance(node, ast.If):
            if _only_imports(node.body) and _only_imports(node.orelse):
                continue
        elif isinstance(node, ast.Try):
            inner = [one for handler in node.handlers for one in handler.body]
            if _only_imports([*node.body, *inner, *node.orelse, *node.finalbody]):
                continue
        elif is_text(node):
            continue
        return False
    return True


def _target_nodes(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else []


def _targets(node: ast.AST) -> list[str]:
    """The names that a statement assigns to, calls a method of, or changes."""
    made = [dotted(one).partition(".")[0] for one in _target_nodes(node)]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        made.append(_root(node.value.func))
    return made


def _is_logger(node: ast.Assign | ast.AnnAssign) -> bool:
    """`logger = logging.getLogger(__name__)`: done twice, it gives the same."""
    value = node.value
    targets = _target_nodes(node)
    if not (isinstance(value, ast.Call) and len(targets) == 1 and isinstance(targets[0], ast.Name)):
        return False
    simple = all(
        isinstance(one, ast.Constant) or (isinstance(one, ast.Name) and one.id == "__name__")
        for one in (*value.args, *(keyword.value for keyword in value.keywords))
    )
    callee = dotted(value.func).rpartition(".")[2] or (value.func.attr if isinstance(value.func, ast.Attribute) else "")
    return simple and callee in LOGGERS


def _root(node: ast.expr) -> str:
    """The name at the beginning of a chain of attributes, items and calls."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _altered(node: ast.stmt) -> Iterator[str]:
    """The names whose objects a statement at module level changes."""
    if isinstance(node, ast.Delete):
        yield from (_root(one) for one in node.targets)
    elif isinstance(node, ast.AugAssign):
        yield _root(node.target)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        yield from (_root(one) for one in _target_nodes(node) if isinstance(one, ast.Attribute | ast.Subscript))
    elif isinstance(node, ast.Expr):
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            yield _root(node.value.func)
    elif isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try):
        for field in ("body", "orelse", "finalbody"):
            for one in getattr(node, field, ()):
                yield from _altered(one)
        for handler in getattr(node, "handlers", ()):
            for one in handler.body:
                yield from _altered(one)


def heading(above: str) -> str:
    """The words of the last heading in what stands above a block: a comment with a rule of dashes, or one that a blank line follows."""
    found, run = "", list[str]()
    lines = [one.strip() for one in above.splitlines()]
    for place, line in enumerate([*lines, "end"]):
        if line.startswith("#"):
            run.append(line)
            continue
        if run and (any(RULED.search(one) for one in run) or (not line and place < len(lines))):
            words = [" ".join(WORDS.findall(one)) for one in run]
            found = next((one for one in words if one and len(one) < 80), found)
        run = []
    return found
