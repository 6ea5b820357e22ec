"""Tables by which a module-level `__getattr__` loads what it is asked for (PEP 562): rows that name a module, or a name in one, which is not there."""

from __future__ import annotations

from taskguard.facts.model import Const, Dict, Seq
from taskguard.patterns import regex
from taskguard.project.facades.broken import may_be_module
from taskguard.project.facades.text_questions import loads_lazily
from taskguard.project.python.exported import binds_name
from taskguard.project.python.names import absolute_name
from taskguard.project.python.testing import in_tests
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Expr
    from taskguard.project.python.project import Module, Project

DOTTED = regex(r"\.*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


class LostRow(Record):
    """A row of such a table: `asked` is what it serves, `holder` the package or module in which `name` is missing. `gone` says that the name is a module's.
    `doubt` holds why it may be there all the same."""

    module: Module
    span: Span
    asked: str
    holder: Module
    name: str
    gone: bool
    doubt: str = ""


def lost_rows(project: Project) -> Iterator[LostRow]:
    """All of them, by file."""
    for path in project.search("def __getattr__("):
        module = project.modules[path]
        if in_tests(path) or module.unreadable or path.endswith(".pyi"):
            continue
        for table in loads_lazily(project, path, module.facts):
            bound = module.entries(table)
            value = getattr(bound[0], "value", None) if len(bound) == 1 else None
            for key, row in value.items if isinstance(value, Dict) else ():
                if isinstance(key, Const) and isinstance(key.value, str):
                    yield from _lost(module, key.value, row)


def _lost(module: Module, asked: str, row: Expr) -> Iterator[LostRow]:
    """What a row names and the project has not: `"shop.mails"`, `"shop.mails:send"`, `("shop.mails", "send")`, `".mails"`."""
    parts = row.items if isinstance(row, Seq) else (row,)
    words = [one.value for one in parts if isinstance(one, Const) and isinstance(one.value, str)]
    if len(words) != len(parts) or len(words) not in (1, 2) or not isinstance(parts[0], Const):
        return
    written, _, behind = words[0].partition(":")
    wanted = words[1] if len(words) == 2 else behind or asked
    if not DOTTED.fullmatch(written) or not wanted.isidentifier():
        return
    absolute = absolute_name(module, written) if written.startswith(".") else written
    target = module.project.find(absolute, module)
    span = parts[0].span
    if target is not None:
        if target is not module and binds_name(target, wanted) is False:
            yield LostRow(module, span, asked, target, wanted, False, may_be_module(target, wanted))
        return
    holder, _, last = absolute.rpartition(".")
    package = module.project.find(holder, module) if holder else None
    # Only a package that lies around the table is surely the one that is meant.
    if package is None or not package.is_package or not f"{module.name}.".startswith(f"{holder.partition('.')[0]}."):
        return
    if (
        package.submodule(last) is None
        and binds_name(package, last) is False
        and not _is_folder(module.project, absolute)
    ):
        yield LostRow(module, span, asked, package, last, True, may_be_module(package, last))


def _is_folder(project: Project, name: str) -> bool:
    """Whether modules lie below a name: a folder without `__init__.py`."""
    return any(one.startswith(f"{name}.") for one in project.by_name)
