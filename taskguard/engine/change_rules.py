"""What a change breaks: the rules about changes, and what the rules about imports say of the imports that it brought."""

from __future__ import annotations

from functools import lru_cache

from taskguard.diagnostics import Diagnostic
from taskguard.engine.linter import Linter, LintResult, Scope
from taskguard.project.change.linked import Linked
from taskguard.project.change.model import Change
from taskguard.project.python.exported import binds_name
from taskguard.project.python.names import absolute_name
from taskguard.query import query
from taskguard.rule import ChangeRule
from taskguard.selection import available, classes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from taskguard.facts.model import Import
    from taskguard.project.python.project import Module, Project
    from taskguard.settings.model import Scalar, Settings

    Broken = frozenset[tuple[str, str, str]]


@lru_cache(maxsize=1)
def of_states() -> dict[str, Mapping[str, Scalar]]:
    """The codes of the rules about one state that say also what is new by a change, with the options for that."""
    return {rule.code: rule.of_change for rule in classes() if rule.of_change is not None}


@lru_cache(maxsize=1)
def of_changes() -> frozenset[str]:
    """The codes of the rules about changes."""
    return frozenset(rule.code for rule in classes() if issubclass(rule, ChangeRule))


def for_change(settings: Settings) -> Settings:
    """The settings with only those rules that say something of a change, with the options for that."""
    options = dict(settings.options)
    for code, own in of_states().items():
        if own:
            options[code] = (*((key, one) for key, one in options.get(code, ()) if key not in own), *own.items())
    others = [code for code in available() if code not in of_changes() and code not in of_states()]
    return settings.replace(ignore=(*settings.ignore, *others, *plugin_codes(settings)), options=tuple(options.items()))


def plugin_codes(settings: Settings) -> list[str]:
    """The codes of other packages' checkers that say nothing of a change."""
    if not settings.checkers:
        return []
    from taskguard.settings.plugins import codes

    return [code for code, one in codes(settings.checkers).items() if not issubclass(one.rule, ChangeRule)]


def lint_states(before: Project, after: Project, changed: Iterable[str] | None = None) -> LintResult:
    """What the change from one project to another breaks. Both are linked with settings of `for_change`. `changed` are the paths that differ, where
    that is known."""
    return lint_change(Change(Linked(before), Linked(after), changed), after, lambda: before, None)


def lint_change(
    change: Change,
    after: Project,
    before: Callable[[], Project] | Broken,
    passed: frozenset[str] | None,
    comments: bool = True,
) -> LintResult:
    """As `lint_states`. `before` are the imports that failed already where the old state is a snapshot. `passed` are the paths whose diagnostics are wanted.
    `comments` False leaves those unheeded that hide something."""
    after.importing = change.changed
    result = Linter(after, Scope(passed, True, change, comments=comments)).run()
    report = result.report
    # One cause, one finding: that moved code cannot be imported any more is said of the change already.
    told = {(one.path, one.line) for one in report.diagnostics if one.code in of_changes()}
    kept = tuple(
        one
        for one in report.diagnostics
        if one.code not in of_states()
        or (
            (one.path, one.line) not in told
            and one.path in change.changed
            and _is_new(after, before if isinstance(before, frozenset) else before(), one)
        )
    )
    return result.replace(report=report.replace(diagnostics=kept))


def failing(project: Project) -> Iterator[tuple[str, str, str]]:
    """The imports of a state that fail: code, path and subject. The project is linked with settings of `for_change`."""
    for one in Linter(project, Scope(noqa=False)).run().report.diagnostics:
        if one.code in of_states():
            yield one.code, one.path, one.symbol or ""


def _is_new(project: Project, before: Project | Broken, one: Diagnostic) -> bool:
    """Whether the import that a diagnostic is about was added by the change, or lifted to module level."""
    if isinstance(before, frozenset):
        return (one.code, one.path, one.symbol or "") not in before
    after = project.modules[one.path]
    old = before.modules.get(one.path)
    had = _imports_of(old) if old is not None else frozenset()
    if old is None:
        # A file that moved, or whose code did, brings along what failed already, though it is written otherwise now.
        file = one.path.rpartition("/")[2]
        moved = [held for path, held in before.modules.items() if path.endswith(file) and path not in project.modules]
        moved += [before.modules[path] for path in project.importing or () if path in before.modules]
        failed = {
            (module.rpartition(".")[2], name)
            for held in moved
            for module, name in _imported(held)
            if name and not _works(held, module, name)
        }
        had = frozenset(
            (module, name) for module, name in _imported(after) if (module.rpartition(".")[2], name) in failed
        )
    dotted = one.symbol or ""
    name = dotted.rpartition(".")[2]
    at = _imports_at(after).get(one.line, ())
    brought = [held for held in at if (absolute_name(after, held.module), held.name) not in had]
    return any(
        held.name in (name, "*") or f"{absolute_name(after, held.module)}.".startswith(f"{dotted}.") for held in brought
    )


@query
def _imports_of(module: Module) -> frozenset[tuple[str, str | None]]:
    return frozenset(_imported(module))


@query
def _imports_at(module: Module) -> dict[int, list[Import]]:
    """What a module imports when it is loaded, by each line of the statements."""
    made: dict[int, list[Import]] = {}
    for held in module.facts.imports:
        for line in range(held.span.line, held.span.end_line + 1) if not held.scope else ():
            made.setdefault(line, []).append(held)
    return made


def _imported(module: Module) -> Iterator[tuple[str, str | None]]:
    """What a module imports when it is loaded: the dotted module and the name."""
    for held in module.facts.imports:
        if not held.scope:
            yield absolute_name(module, held.module), held.name


def _works(module: Module, dotted: str, name: str) -> bool:
    """Whether `from dotted import name` may work."""
    target = module.project.find(dotted, module)
    return target is not None and binds_name(target, name) is not False
