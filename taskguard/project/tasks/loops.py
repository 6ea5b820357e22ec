"""Functions that are made tasks by a variable: `tasks = [app.task(f) for f in (build, send)]`, `for name, f in JOBS.items(): app.task(f, name=name)`."""

from __future__ import annotations

import re

from taskguard.facts.model import Binding, Call, Import, Ref, Seq
from taskguard.patterns import regex
from taskguard.project.python.names import resolve
from taskguard.project.python.testing import in_test_path
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import CallSite
    from taskguard.project.python.project import Module, Project

# What finds functions that nobody names.
FINDERS = regex(
    r"\b(?:getmembers|globals|locals|vars|dir|getattr|import_module|import_string|__subclasses__|__dict__|walk_packages)\b"
)


class Loose(Record):
    """A call that makes tasks of functions that cannot be told. `named` says that it names them, too, by what cannot be told."""

    path: str
    line: int
    named: bool


def looped(module: Module, site: CallSite) -> list[str]:
    """The names over which the variable of `app.task(variable)` or `app.register_task(variable())` runs, as far as they stand there or in a list of the module."""
    arg = site.call.args[0]
    name = arg.name if isinstance(arg, Ref) else arg.callee if isinstance(arg, Call) else ""
    if not name.isidentifier():
        return []
    lines = (module.project.text(module.path) or "").splitlines()
    first, last = site.call.span.line, site.call.span.end_line
    if last > len(lines):
        return []
    over = re.compile(rf"\bfor\s+{name}\s+in\s+(?:[(\[]\s*([\w.,\s]+?)\s*[)\]]|(\w+)\s*(?:[:\])]|$))")
    below = "\n".join(lines[first - 1 : last + 8])
    found = over.search(below[: below.find("\n\n")] if "\n\n" in below else below) if not site.context else None
    at = first - 1
    while found is None and site.context and at > max(first - 12, 0):
        at -= 1
        if re.match(rf"\s*for\b.*\b{name}\b.*\bin\b", lines[at]):
            found = over.search("\n".join(lines[at : first - 1]))
            break
    if found is None:
        return []
    if found[1]:
        return [one.strip() for one in found[1].split(",") if one.strip()]
    entry = module.entry(found[2])
    value = entry.value if isinstance(entry, Binding) and len(module.entries(found[2])) == 1 else None
    items = value.items if isinstance(value, Seq) else ()
    return [one.name for one in items if isinstance(one, Ref)]


def loose(project: Project) -> tuple[Loose, ...]:
    """The calls of task decorators whose function is a variable that cannot be followed, wrappers and tests left out."""
    from taskguard.project.tasks.decorators import declarer
    from taskguard.project.tasks.wrappers import inside_wrapper

    made = []
    for module in project.looked_at:
        for site in module.facts.calls if not in_test_path(module.path) else ():
            call = site.call
            name = call.args[0].name if len(call.args) == 1 and isinstance(call.args[0], Ref) else ""
            if not name.isidentifier() or module.function(name) is not None or isinstance(module.entry(name), Import):
                continue
            expr = call.func
            how = declarer(module, expr, site.scope) if isinstance(expr, Call | Ref) else None
            if how is None or how.name == "register" or inside_wrapper(module, site.scope) or looped(module, site):
                continue
            if resolve(module, name, site.scope).kind in ("local", "unknown", "missing") or _variable(module, name):
                given = expr.keywords if isinstance(expr, Call) else call.keywords
                made.append(Loose(module.path, call.span.line, any(one.name in ("name", None) for one in given)))
    return tuple(made)


def _variable(module: Module, name: str) -> bool:
    entry = module.entry(name)
    return isinstance(entry, Binding) and entry.kind == "variable"


def may_make(project: Project, calls: tuple[Loose, ...], function: str) -> str:
    """The place that may make a task of the function of that name; empty where none does."""
    said = re.compile(rf"(?<!def )\b{re.escape(function)}\b")
    strings = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
    for one in calls:
        text = project.text(one.path) or ""
        if said.search(strings.sub("", text)) or FINDERS.search(text):
            return f"{one.path}:{one.line}"
    return ""
