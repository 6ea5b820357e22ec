"""Which names stand in one import statement: what it misses of one module has one cause, and is told once."""

from __future__ import annotations

from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.facts.model import Import
    from taskguard.project.facades.broken import Broken
    from taskguard.project.python.project import Module

_NEXT = regex(r"\bimport\b")
_COMMENT = regex(r"#.*")


def by_statement(module: Module, imports: Iterable[Import]) -> list[list[Import]]:
    """Imports of one file, those of one statement together; both in order of place."""
    made: list[list[Import]] = []
    for one in sorted(imports, key=lambda one: one.span):
        if made and _go_together(module, made[-1][-1], one):
            made[-1].append(one)
        else:
            made.append([one])
    return made


def alike(module: Module, found: Iterable[Broken]) -> Iterator[list[Broken]]:
    """Names that one file misses, those of one statement and one module together, in order of place."""
    held = {one.imported: one for one in found}
    for group in by_statement(module, held):
        yield [held[one] for one in group]


def _go_together(module: Module, first: Import, second: Import) -> bool:
    """Whether nothing but names and commas stands between two names of an import."""
    if (first.module, first.scope) != (second.module, second.scope):
        return False
    start, end = first.span, second.span
    lines = (module.project.text(module.path) or "").splitlines()[start.end_line - 1 : end.line]
    if not lines:
        return True
    lines[-1] = lines[-1][: end.column - 1]
    lines[0] = lines[0][start.end_column - 1 :]
    return not any(_NEXT.search(_COMMENT.sub("", line)) for line in lines)
