"""Whether code looks a name up at a module each time it runs, so that it sees what a test has put there."""

from __future__ import annotations

from taskguard.facts.questions import finds, holds
from taskguard.facts.selections import own_imports
from taskguard.patterns import regex
from taskguard.project.facades.text_questions import mentions
from taskguard.project.python import text_questions as texts
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.registry import registry_of
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module

WORD = regex(r"\w+")
INDENTED = regex(r"\n[ \t]+from\b")


@query
def looked_up(module: Module, name: str) -> bool | None:
    """Whether some code of the project looks up `name` at `module` when it runs; None where that cannot be told."""
    if _in_own_code(module, name):
        return True
    project = module.project
    doubt = False
    paths = set(project.search(module.name.rpartition(".")[2]))
    if module.is_package:
        paths.update(path for path, one in project.modules.items() if one.package == module.name)
    for path in sorted(paths - {module.path}):
        user = project.modules[path]
        if not in_tests(user.path) and texts.names_and_fetches(project, path, module.name):
            text = project.text(path) or ""
            asked = texts.fetched(module.name)
            if name in asked.findall(text):
                return True
            doubt = doubt or texts.LATE.search(asked.sub("", text)) is not None  # it may ask the module for anything
        if not holds(project, path, name):
            continue
        asks = _may_ask(user, name)
        if asks and user.unreadable:
            doubt = True
        elif asks and (
            _imports_late(user, module, name)
            or any(texts.mentions(project, path, alias, name) for alias in aliases(user, module))
        ):
            return True
        elif not in_tests(user.path) and holds(
            project, path, *(f"{mark}{module.name}.{name}{mark}" for mark in ("'", '"'))
        ):
            doubt = doubt or f"{module.name}.{name}" not in registry_of(project).by_name
    return None if doubt else False


def _in_own_code(module: Module, name: str) -> bool:
    """Whether a function or class of the module, other than the one of that name, mentions the name."""
    return mentions(module.project, module.path, module.facts, name)


def _may_ask(user: Module, name: str) -> bool:
    """Whether a file may look the name up at some module, as its text shows where nobody has parsed it: by a dot, or by an import in a function."""
    project, path = user.project, user.path
    if path in project.looked_at_paths or holds(project, path, "getattr(") or texts.asked_by_dot(project, path, name):
        return True
    late = _named_late(user)
    return late is None or name in late or "" in late


@query
def _named_late(user: Module) -> frozenset[str] | None:
    """The names that imports in functions of a file may be of, as its text shows; None where it does not show them."""
    if not finds(user.project, user.path, INDENTED):
        return frozenset()
    lines = imports_of(user.project).lines(user.path)
    return None if lines is None else frozenset(name for _, names in lines for name in names)


def _imports_late(user: Module, module: Module, name: str) -> bool:
    """Whether a function of `user` imports the name when it runs."""
    return name in _late_names(user, module)


@query
def _late_names(user: Module, module: Module) -> frozenset[str]:
    """What functions of `user` import from the module when they run."""
    return frozenset(
        one.name
        for one in own_imports(user.facts, user.project.heads)
        if one.scope
        and one.name
        and user.klass(one.scope) is None
        and user.project.find(absolute_name(user, one.module), user) is module
    )


@query
def aliases(user: Module, module: Module) -> tuple[str, ...]:
    """What `module` is called in `user`."""
    return tuple(dict.fromkeys(_names_of(user, module)))


def _names_of(user: Module, module: Module) -> Iterator[str]:
    for one in own_imports(user.facts, user.project.heads):
        if one.name == "*":
            continue
        absolute = absolute_name(user, one.module)
        whole = f"{absolute}.{one.name}" if one.name else absolute
        if one.name is None:
            if module.name == whole or whole.startswith(f"{module.name}.") or module.name.startswith(f"{whole}."):
                yield module.name
        elif module.name == whole:
            yield one.bound
        elif module.name.startswith(f"{whole}."):
            yield one.bound + module.name[len(whole) :]


def named_in_text(module: Module) -> bool:
    """Whether code outside the tests holds the module's dotted name as a string, other than to have a worker or Django import it."""
    project = module.project
    if "." not in module.name:
        return False
    return any(
        texts.names_module(project, path, module.name)
        for path in project.search(module.name)
        if not in_tests(project.modules[path].path)
    )


def _named(text: str, dotted: str) -> bool:
    return f'"{dotted}"' in text or f"'{dotted}'" in text
