"""The edits of one file that rules may ask for. Each is None where the text is not written so that it can be said."""

from __future__ import annotations

from bisect import bisect_left

from taskguard.facts.model import Call, Ref
from taskguard.project.editing import arguments, comments, imports, items
from taskguard.project.editing.declared import declared
from taskguard.project.editing.script import Script, quoted
from taskguard.project.python.names import dunder_all, resolved_name
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from taskguard.diagnostics import Edit, Span
    from taskguard.facts.model import Directive, Import
    from taskguard.project.editing.declared import Change
    from taskguard.project.python.project import Module
    from taskguard.project.registry.effective import Importable
    from taskguard.project.tasks.task import Task

    Edits = tuple[Edit, ...] | None


class Editing:
    """The edits of the file of a module."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self.memo: dict[object, object] = {}

    @property
    @query
    def _script(self) -> Script | None:
        text = self._module.project.text(self._module.path)
        return Script(self._module.path, text) if text is not None else None

    # -- declarations of tasks --------------------------------------------------------------------------------------

    def option(self, task: Task, name: str, value: str) -> Edits:
        """An option more in the decorator of a task; `value` is Python. Only for Celery's own decorators: a wrapper may not take it."""
        if name in task.options or task.sources or task.decorator == "register":
            return None
        return self._declared(task, "option", f"{name}={value}")

    def name(self, task: Task, name: str) -> Edits:
        """An explicit name, or another one, for a task."""
        if "name" not in task.options:
            return self.option(task, "name", quoted(name))
        return self._declared(task, "value", "name", quoted(name))

    def renamed_option(self, task: Task, old: str, new: str) -> Edits:
        """An option of the decorator under another name."""
        return self._declared(task, "rename", old, new)

    def parameter(self, task: Task, name: str) -> Edits:
        """A parameter more, the first, in the function of a task."""
        return self._declared(task, "parameter", name)

    def _declared(self, task: Task, what: Change, *words: str) -> Edits:
        """What rests on the lines of a declaration alone: they may move, and the rest of the file may change."""
        function, module = task.function, self._module
        if task.form != "function" or function is None or task.module is not module:
            return None
        number = next((at for at, one in enumerate(function.decorators) if one.span == task.span), None)
        if number is None or not module.project.is_readable(module.path):
            return None
        alike = [one.span for one in module.named_functions(function.qualname)]
        place = function.qualname, alike.index(function.span), number
        return declared(module.project, module.path, module.facts, module.path, place, what, words)

    # -- calls ------------------------------------------------------------------------------------------------------

    def called(self, span: Span) -> Edits:
        """Brackets behind a name, which make a call of it."""
        return self.around(span, "", "()")

    def around(self, span: Span, before: str, after: str) -> Edits:
        """Text before and behind an expression."""
        if self._script is None:
            return None
        start, end = self._script.lines.range(span)
        script = self._script
        return tuple(script.edit(at, at, text) for at, text in ((start, before), (end, after)) if text)

    def argument(self, call: Call, text: str) -> Edits:
        """A keyword argument more in a call."""
        return None if self._script is None else arguments.argument(self._script, call, text)

    def keyword(self, call: Call, old: str, new: str) -> Edits:
        """A keyword argument of a call under another name."""
        return None if self._script is None else arguments.keyword_name(self._script, call, old, new)

    def deferred(self, call: Call) -> Edits:
        """A call as something to call later: `partial(f, x)` for `f(x)`, with the import of it."""
        from taskguard.project.editing.deferring import deferred

        return None if self._script is None else deferred(self._module, self._script, call)

    def committed(self, call: Call) -> Edits:
        """A call that is done after the commit: `transaction.on_commit(partial(f, x))` for `f(x)`, with the imports of it."""
        from taskguard.project.editing.deferring import committed

        return None if self._script is None else committed(self._module, self._script, call)

    def method(self, call: Call, name: str) -> Edits:
        """Another method that is called on the same object."""
        if self._script is None or not isinstance(call.func, Ref) or "." not in call.func.name:
            return None
        end = self._script.lines.range(call.func.span)[1]
        last = call.func.name.rpartition(".")[2]
        written = self._script.text[end - len(last) : end] == last
        return (self._script.edit(end - len(last), end, name),) if written else None

    # -- names ------------------------------------------------------------------------------------------------------

    def importing(self, source: Module, names: Iterable[str]) -> Edits:
        """Imports of these names at the top of the file."""
        return None if self._script is None else imports.importing(self._module, self._script, source, names)

    def reaching(self, held: Importable, line: int) -> Edits:
        """What makes the name of a class that class at `line`: nothing where it is that already."""
        entry = self._module.entry(held.name)
        if entry is None:
            edits = self.importing(held.source, (held.name,)) if not self._module.stars else None
            late = edits is None or any(one.span.line > line for one in edits)  # the imports may stand below
            return None if late else edits
        known = resolved_name(self._module, held.name) == held.dotted and not entry.guard and entry.span.line < line
        return () if known else None

    def retargeted(self, imported: Import, source: Module) -> Edits:
        """A name of a `from` import from another module."""
        return None if self._script is None else imports.retargeted(self._module, self._script, imported, source)

    # -- `__all__` --------------------------------------------------------------------------------------------------

    def listing(self, names: Iterable[str]) -> Edits:
        """Names more in `__all__`, without those that it lists already; nothing where the file has none."""
        listed = dunder_all(self._module)
        if listed is None:
            return ()
        wanted = [name for name in dict.fromkeys(names) if name not in listed]
        if not wanted:
            return ()
        if self._script is None or not listed.complete:
            return None
        script = self._script
        own = [part for part in self._module.facts.exports or () if part.kind == "name"]
        for part in reversed(own):
            start = script.lines.range(part.span)[0]
            found = items.strings(script, start)
            if found is not None:
                quote = script.text[start]
                return items.added(script, found, {name: quoted(name, quote) for name in wanted})
        return None

    def unlisting(self, names: Iterable[tuple[str, Span]]) -> Edits:
        """`__all__` without these names, each of which it has at a place."""
        if self._script is None:
            return None
        script = self._script
        lists: dict[int, tuple[items.Items, list[int]]] = {}
        for name, span in names:
            start, end = script.lines.range(span)
            found = items.strings(script, start)
            at = bisect_left(found.items, start, key=lambda one: one.start) if found is not None else 0
            if found is None or at >= len(found.items) or (found.items[at].start, found.items[at].end) != (start, end):
                return None
            if found.items[at].name != name:
                return None
            lists.setdefault(found.opening, (found, []))[1].append(at)
        edits: list[Edit] = []
        for found, gone in lists.values():
            left = len(found.items) - len(gone)
            if left == 1 and found.comma(script) is None and script.is_op(found.opening, "("):
                return None  # a tuple of one needs its comma
            edits += items.removed(script, found, gone)
        return tuple(edits)

    # -- comments ---------------------------------------------------------------------------------------------------

    def unsuppressed(self, directive: Directive, idle: Collection[str]) -> Edits:
        """A suppression without these codes."""
        return None if self._script is None else comments.without_codes(self._script, directive, idle)

    # -- strings ----------------------------------------------------------------------------------------------------

    def string(self, span: Span, old: str, new: str) -> Edits:
        """A string literal that is the dotted name `old`, or a name in it, with another name in its place."""
        if self._script is None:
            return None
        start, end = self._script.lines.range(span)
        written = self._script.text[start:end]
        if written[:1] not in ("'", '"') or not f"{written[1:-1]}.".startswith(f"{old}."):
            return None
        return (self._script.edit(start + 1, start + 1 + len(old), new),)


@query
def edits_of(module: Module) -> Editing:
    """The edits of a file that a fix may be made of."""
    return Editing(module)
