"""What the outside relies on, as plain values: they come from a linked project or from a snapshot file.

Names in texts are marked as in `facts.bodies`, and resolved: `⟪app.models.Order⟫`. A name that cannot be told is `⟪?name⟫`.
"""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.patterns import regex
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import RouteKind

MARKED = regex("⟪([^⟫]*)⟫")


class Use(Record):
    """A call in a statement: the marked name that is called, and its literal arguments."""

    callee: str
    literals: str


class Line(Record):
    """One statement, as in `facts.bodies.Line`, its names resolved."""

    kind: str
    text: str
    inside: tuple[int, ...]
    number: int
    calls: tuple[Use, ...] = ()
    types: tuple[str, ...] = ()


class Decoration(Record):
    """A decorator. `task` says that it declares the task; `text` is all of it, `name` what is called, both resolved."""

    name: str
    text: str
    task: bool
    line: int


class Parameter(Record):
    """A parameter; `preset` is the text of its default, empty for a required one."""

    name: str
    kind: str
    preset: str


class Piece(Record):
    """A function, method, class or constant: what it is called, where it stands and what it does."""

    module: str
    path: str
    qualname: str
    kind: str
    span: Span
    parameters: tuple[Parameter, ...]
    decorations: tuple[Decoration, ...]
    lines: tuple[Line, ...]

    @property
    def name(self) -> str:
        return self.qualname.rpartition(".")[2]

    @property
    def task(self) -> bool:
        """Whether a decorator declares it as a task."""
        return any(one.task for one in self.decorations)

    @property
    def head(self) -> Span:
        """The place of its first line."""
        span = self.span
        return Span(span.line, span.column, span.line, span.column if span.end_line > span.line else span.end_column)

    @property
    def dotted(self) -> str:
        """The dotted name: module and qualified name."""
        return f"{self.module}.{self.qualname}" if self.module else self.qualname


class OptionTerms(Record):
    """An option: `text` is its value where it is known, else its expression."""

    known: bool
    text: str
    span: Span


class TaskTerms(Record):
    """A task declaration.

    `name` is None where it is Unknown. `source` says where it comes from: `explicit`, `automatic` or `unknown`. `open` says why there may be more options, `spread` are the
    texts of the `**spreads` that cause it. `inherited` are the options that its base class gives; `closed` says that nothing else can give one.
    `where` is the place of the declaration, `lines` are further lines where a `# noqa` counts.
    """

    name: str | None
    source: str
    form: str
    module: str
    path: str
    qualname: str
    where: Span
    lines: tuple[int, ...]
    options: tuple[tuple[str, OptionTerms], ...]
    open: str
    spread: tuple[str, ...]
    inherited: tuple[tuple[str, str], ...]
    closed: bool
    depends: tuple[str, ...] = ()

    @property
    def dotted(self) -> str:
        return f"{self.module}.{self.qualname}" if self.module else self.qualname

    @property
    def bound(self) -> bool:
        """Whether the task itself is the first argument."""
        return any(name == "bind" and one.text == "True" for name, one in self.options)


class RouteTerms(Record):
    """A rule of `task_routes`, as in `celery.model.Route`: what it gives, by name, as text. `open` says why it may give more."""

    kind: RouteKind
    pattern: str
    options: tuple[tuple[str, str], ...]
    open: str
    guard: str
    path: str
    span: Span


class EntryTerms(Record):
    """An entry of a schedule. All are texts; `key` is empty where it has none, `task` is the name where it is known. `more` are its arguments and options."""

    key: str
    task: str
    schedule: str
    more: tuple[tuple[str, str], ...]
    path: str
    span: Span


class ServiceTerms(Record):
    """What an app says of the ways of its tasks. The `open` texts say why there may be more; `default` is the default queue, which `path` and `span` set."""

    dotted: str
    routes: tuple[RouteTerms, ...]
    routes_open: str
    default: str
    path: str
    span: Span


class Configured(Record):
    """The routes of all apps, and all entries of schedules."""

    services: tuple[ServiceTerms, ...] = ()
    entries: tuple[EntryTerms, ...] = ()
    entries_open: str = ""


class Missing(Record):
    """A name that a place uses and that nothing binds. `scope` is the qualified name of the unit around it.

    `module` is the module that it is imported from and that is not there, empty where nobody imports it.
    """

    name: str
    scope: str
    span: Span
    module: str = ""


class User(Record):
    """A place that relies on a name. `how` is a phrase: `imports it`."""

    path: str
    line: int
    how: str


def names_in(text: str) -> list[str]:
    """The resolved names in a text, in order."""
    return MARKED.findall(text)


def plain(text: str) -> str:
    """A text as a person would write it: the last parts of its names, no marks."""
    short = MARKED.sub(
        lambda one: one[1].lstrip("?").split(".")[-1] if one[1].count(".") > 2 else one[1].lstrip("?"), text
    )
    return short.replace("⟨", "").replace("⟩", "")


def plain_pair(first: str, second: str) -> tuple[str, str]:
    """Two texts that differ as a person would write them; with their names in full where they would look alike."""
    made = plain(first), plain(second)
    return made if made[0] != made[1] else (_in_full(first), _in_full(second))


def _in_full(text: str) -> str:
    return MARKED.sub(lambda one: one[1].lstrip("?"), text).replace("⟨", "").replace("⟩", "")
