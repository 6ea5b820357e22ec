"""What one file says by itself: frozen values, no tree of the parser leaves this room.

Names are as the file writes them (`celery_app.task`); what they finally are is the project's question.
"""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.record import Record, maker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    SeqKind = Literal["list", "tuple", "set"]
    Guard = Literal["", "type_checking", "if", "try", "except"]
    BindingKind = Literal["function", "class", "variable", "deleted"]
    ParamKind = Literal["positional", "both", "var", "keyword", "rest"]
    StepKind = Literal["return", "raise", "call", "if", "assign", "item", "value", "def"]
    Holder = Literal["module", "class", "function"]
    ExportKind = Literal["name", "all-of", "removed", "unknown"]
    DirectiveKind = Literal["noqa", "ignore-file", "facade", "malformed"]
    FailureKind = Literal["syntax", "unreadable", "dialect", "template"]
# The names above, for whoever reads the annotations: each stands for a word.
WORDS = (
    "SeqKind", "Guard", "BindingKind", "ParamKind", "StepKind", "Holder", "ExportKind", "DirectiveKind", "FailureKind",
)  # fmt: skip


class Const(Record):
    """A literal: str, int, float, bool or None."""

    value: str | int | float | bool | None
    span: Span


class Ref(Record):
    """A name or a chain of attributes of a name: `settings.QUEUE`."""

    name: str
    span: Span


class Attr(Record):
    """An attribute of something that is no name: `make()[0].queue`."""

    of: Expr
    name: str
    span: Span


class Keyword(Record):
    """`name=value` in a call; `name` is None for `**value`."""

    name: str | None
    value: Expr
    span: Span


class Call(Record):
    func: Expr
    args: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    span: Span

    def keyword(self, name: str) -> Expr | None:
        """The value of the keyword argument `name`, if it is written out."""
        for keyword in self.keywords:
            if keyword.name == name:
                return keyword.value
        return None

    @property
    def callee(self) -> str:
        """The dotted name that is called, as written; empty where it is no name."""
        return self.func.name if isinstance(self.func, Ref) else ""

    @property
    def method(self) -> str:
        """The last name that is called, also behind something that is no name (`make().send()`); empty where there is none."""
        return self.func.name if isinstance(self.func, Attr) else self.callee.rpartition(".")[2]


class Seq(Record):
    """A list, tuple or set display. `kind` is `list`, `tuple` or `set`."""

    kind: SeqKind
    items: tuple[Expr, ...]
    span: Span


class Dict(Record):
    """A dict display. A key of None is a `**spread`."""

    items: tuple[tuple[Expr | None, Expr], ...]
    span: Span


class Op(Record):
    """An operator and its operands: arithmetic, `and`/`or`/`not`, one comparison, or `f` for the parts of an f-string."""

    op: str
    operands: tuple[Expr, ...]
    span: Span


class Cond(Record):
    """`body if test else orelse`."""

    test: Expr
    body: Expr
    orelse: Expr
    span: Span


class Item(Record):
    """`of[index]`."""

    of: Expr
    index: Expr
    span: Span


class Star(Record):
    """`*value` in a call or a display."""

    value: Expr
    span: Span


class Opaque(Record):
    """What these facts do not look into: a comprehension, a lambda, an f-string, bytes. `text` is its normalised source."""

    kind: str
    text: str
    span: Span


Expr = Const | Ref | Attr | Call | Seq | Dict | Op | Cond | Item | Star | Opaque


class Import(Record):
    """One bound name of an import. `module` keeps its leading dots; `name` is None for `import x`, `*` for a star.

    `""` for `import x as y`. `bound` is the local name: for `import a.b` it is `a`. `scope` is the qualified name of the function or class that
    holds it, empty at module level. `guard` is empty, `type_checking`, `if`, `try` or `except`.
    """

    module: str
    name: str | None
    bound: str
    span: Span
    scope: str
    guard: Guard


class Binding(Record):
    """A name that module or class level code binds: `kind` is `function`, `class`, `variable` or `deleted`.

    `value` is the assigned expression where there is just one. `annotation` is the annotation as text or empty.
    `scope` is the class's qualified name, empty at module level. `guard` as in Import.
    """

    name: str
    kind: BindingKind
    span: Span
    value: Expr | None
    annotation: str
    scope: str
    guard: Guard


class Param(Record):
    """A parameter. `kind` is `positional`, `both`, `var`, `keyword` or `rest`."""

    name: str
    kind: ParamKind
    default: Expr | None
    annotation: str


class Step(Record):
    """A statement of a function that is simple enough to follow.

    `return`, `raise`, `call`: expr. `if`: expr is the test, body and orelse the branches. `assign`: `name` gets expr.
    `item`: `name[expr]` gets what the one `value` step in body holds. `def`: a nested function of that name.
    """

    kind: StepKind
    name: str
    expr: Expr | None
    body: tuple[Step, ...]
    orelse: tuple[Step, ...]


class Function(Record):
    """A function or method at any depth.

    `span` covers `def` to the last line; `head_end` is the last line of the signature. `holder` says where it stands: `module`,
    `class` or `function`. `steps` is its body where that is a chain of returns, ifs and assignments of single names,
    else None. `calls` are the dotted names it calls, has a thread run, or uses in `with`, `locals` the names it binds (parameters too).
    """

    qualname: str
    name: str
    span: Span
    head_end: int
    decorators: tuple[Expr, ...]
    params: tuple[Param, ...]
    is_async: bool
    is_generator: bool
    holder: Holder
    guard: Guard
    steps: tuple[Step, ...] | None
    calls: tuple[str, ...]
    locals: tuple[str, ...]

    def binds(self, name: str) -> bool:
        """Whether the function binds a name, as a parameter or in its body."""
        return name in self.locals

    def called(self, lasts: frozenset[str]) -> tuple[str, ...]:
        """Of the names that it calls those with one of these last parts."""
        return tuple(one for one in self.calls if one.rpartition(".")[2] in lasts)

    def called_below(self, head: str) -> tuple[str, ...]:
        """Of the names that it calls those that begin with this one and a dot."""
        return tuple(one for one in self.calls if one.startswith(f"{head}."))

    def called_ending(self, *ends: str) -> tuple[str, ...]:
        """Of the names that it calls those that end so."""
        return tuple(one for one in self.calls if one.endswith(ends))

    def may_call(self, *lasts: str) -> bool:
        """Whether it calls something whose last name is one of these."""
        return any(one.rpartition(".")[2] in lasts for one in self.calls)

    def returned_call(self) -> Call | None:
        """The first call whose result it returns at once."""
        for step in self.steps or ():
            if step.kind == "return" and isinstance(step.expr, Call):
                return step.expr
        return None


class Class(Record):
    qualname: str
    name: str
    span: Span
    head_end: int
    decorators: tuple[Expr, ...]
    bases: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    attributes: tuple[Binding, ...]
    methods: tuple[str, ...]
    holder: Holder
    guard: Guard

    def has(self, *methods: str) -> bool:
        """Whether it defines a method of one of these names."""
        return any(one in self.methods for one in methods)

    def sets(self, *names: str) -> bool:
        """Whether its body binds one of these names other than by `def`."""
        return any(one.name in names for one in self.attributes)


class CallSite(Record):
    """A call that some rule may care about. `scope` is the enclosing function or class, `context` the names of the `with` blocks and
    loops around it (`with:transaction.atomic`, `for`, `while`)."""

    call: Call
    scope: str
    guard: Guard
    context: tuple[str, ...]


class Assign(Record):
    """A local name, attribute or subscript that gets a value: `app.conf.task_queues = …`, `SCHEDULE["x"] = …`.

    Module and class level names are Bindings instead, unless augmented (`op` is then `+=` and the like, else `=`) or declared `global` in
    a function. `op` is `del` for a subscript or attribute that is deleted; the value is then None.
    """

    target: Expr
    op: str
    value: Expr
    scope: str
    guard: Guard


class TaskDict(Record):
    """A dict literal with a string under the key "task", wherever it stands."""

    literal: Dict
    scope: str
    guard: Guard = ""


class Lookup(Record):
    """A subscript of an attribute `tasks` by a string: `app.tasks["proj.add"]`."""

    item: Item
    scope: str
    guard: Guard


class Export(Record):
    """One piece of `__all__`. `kind` is `name`, `all-of` (another module's `__all__`, by its dotted name), `removed` or
    `unknown` (something that cannot be read; `value` is then the dotted name that stands for an item)."""

    kind: ExportKind
    value: str
    span: Span


class Logic(Record):
    """A module level statement that does something: no import, definition, assignment, docstring or `if TYPE_CHECKING`."""

    kind: str
    span: Span


class Directive(Record):
    """A comment that steers taskguard: `kind` is `noqa`, `ignore-file`, `facade` or `malformed`. No codes means all of them."""

    kind: DirectiveKind
    codes: tuple[str, ...]
    reason: str
    span: Span


class Failure(Record):
    """Why a file could not be read as Python; `kind` is `syntax`, `unreadable`, `dialect` (an older Python's) or `template` (of no Python yet)."""

    kind: FailureKind
    message: str
    span: Span


class Facts(Record):
    """All that one file says.

    `lines` are physical lines as an editor counts them (a last line without newline counts). `failure` is set where the file could not
    be parsed; everything below it is then empty and Unknown. `parsed` is False where nobody asked to parse it.
    `getattr_names` are the names that a PEP 562 `__getattr__` serves from a literal table: empty without one,
    None where they cannot be told. `words` are the identifiers in a file that failed, for the question "could it hold this name?".
    `misplaced` is what the grammar takes and the compiler refuses, or what Python 2 alone takes: all else is as it would be without.
    """

    lines: int
    parsed: bool = False
    failure: Failure | None = None
    docstring: bool = False
    imports: tuple[Import, ...] = ()
    bindings: tuple[Binding, ...] = ()
    exports: tuple[Export, ...] | None = None
    getattr_names: tuple[str, ...] | None = ()
    functions: tuple[Function, ...] = ()
    classes: tuple[Class, ...] = ()
    calls: tuple[CallSite, ...] = ()
    assigns: tuple[Assign, ...] = ()
    task_dicts: tuple[TaskDict, ...] = ()
    logic: tuple[Logic, ...] = ()
    directives: tuple[Directive, ...] = ()
    words: tuple[str, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    misplaced: Failure | None = None


_facts = maker(Facts)
_NOTHING = tuple(Facts.defaults[field] for field in Facts.fields[1:])


def lines_only(lines: int) -> Facts:
    """The facts of a file of which only the length is known: most of a tree."""
    return _facts((lines, *_NOTHING))
