"""A call that is done at once, made one that is done when somebody calls it: `partial(f, x)` in the place of `f(x)`."""

from __future__ import annotations

import sys

from taskguard.facts.model import Attr, Call, Import, Ref
from taskguard.project.editing import imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Edit
    from taskguard.project.editing.script import Script
    from taskguard.project.python.project import Module


def deferred(module: Module, script: Script, call: Call, before: str = "", after: str = "") -> tuple[Edit, ...] | None:
    """The call as something to call: its function alone where it is given nothing, else a `partial`, imported where it is not.

    `before` and `after` are put around it.
    """
    start, end = script.lines.range(call.span)
    if not isinstance(call.func, Ref | Attr) or script.text[end - 1 : end] != ")":
        return None
    behind = script.lines.range(call.func.span)[1]
    opening = script.text.find("(", behind, end)
    if opening < 0 or script.text[behind:opening].strip():
        return None
    closing = (script.edit(end, end, after),) if after else ()
    if not call.args and not call.keywords:
        opened = (script.edit(start, start, before),) if before else ()
        return (*opened, script.edit(behind, end, after))
    imported = standard(module, script, "functools", "partial")
    if imported is None:
        return None
    comma = "," if script.text[opening + 1 : opening + 2] in ("\n", "\r") else ", "
    return (
        script.edit(start, start, f"{before}partial("),
        script.edit(behind, opening + 1, comma),
        *closing,
        *imported,
    )


def committed(module: Module, script: Script, call: Call) -> tuple[Edit, ...] | None:
    """`transaction.on_commit(…)` of Django around a call, with the imports of it."""
    imported = _transaction(module, script)
    made = deferred(module, script, call, "transaction.on_commit(", ")") if imported is not None else None
    return None if made is None or imported is None else (*made, *imported)


def _transaction(module: Module, script: Script) -> tuple[Edit, ...] | None:
    entry = module.entry("transaction")
    if isinstance(entry, Import) and not entry.guard and (entry.module, entry.name) == ("django.db", "transaction"):
        return ()
    if entry is not None or module.stars or any("transaction" in one.locals for one in module.facts.functions):
        return None
    return imports.extended(module, script, "django.db", "transaction")


def standard(module: Module, script: Script, source: str, name: str) -> tuple[Edit, ...] | None:
    """An import of a name of the standard library at the top of a file; nothing where it is there, None where the name means something else."""
    entry = module.entry(name)
    if isinstance(entry, Import) and not entry.guard and (entry.module, entry.name) == (source, name):
        return ()
    if entry is not None or module.stars or any(name in one.locals for one in module.facts.functions):
        return None
    tops = [one for one in module.facts.imports if not one.scope and not one.guard and one.module != "__future__"]
    own = [one for one in tops if one.module.partition(".")[0] in sys.stdlib_module_names]
    text = f"from {source} import {name}"
    if own:
        before = [one for one in own if one.name in (None, "") or one.module < source]
        line = max(one.span.end_line for one in before) if before else min(one.span.line for one in own) - 1
        statement = imports.statement(script, (before or own)[-1].span) if (before or own)[-1].name else None
        if before and statement is not None:
            line = max(line, script.lines.line(statement.end))
        return (imports.new_lines(script, line, [text]),)
    if not tops:
        return None
    first = min(tops, key=lambda one: one.span)
    whole = imports.statement(script, first.span) if first.name else None
    line = script.lines.line(whole.start) if whole is not None else first.span.line
    return (imports.new_lines(script, line - 1, [text, ""]),)
