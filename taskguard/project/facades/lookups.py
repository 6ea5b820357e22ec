"""Whether code looks a name up at a module each time it runs, so that it sees what a test has put there."""

from __future__ import annotations

import re

from taskguard.patterns import regex
from taskguard.project.python.imports import imports_of
from taskguard.project.python.names import absolute_name
from taskguard.project.python.shown import asked_by_dot
from taskguard.project.python.testing import in_tests
from taskguard.project.registry.registry import registry_of
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module

LATE = regex(r"\bimport_module\(|\b__import__\(|\bsys\.modules\b")
# What stands in a file that tells a worker or Django which modules to import.
TOLD = ("Celery(", "include", "imports", "INSTALLED_APPS", "autodiscover_tasks", "task_routes", "TASK_ROUTES")
WORD = regex(r"\w+")
INDENTED = regex(r"\n[ \t]+from\b")
LAZY = frozenset(("__getattr__", "__dir__"))


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
        text = project.text(path) or ""
        if not in_tests(user.path) and _named(text, module.name) and LATE.search(text):
            asked = fetched(module.name)
            if name in asked.findall(text):
                return True
            doubt = doubt or LATE.search(asked.sub("", text)) is not None  # it may ask the module for anything
        if name not in text:
            continue
        asks = _may_ask(user, text, name)
        if asks and user.unreadable:
            doubt = True
        elif asks and (
            _imports_late(user, module, name) or any(_mentions(text, alias, name) for alias in _aliases(user, module))
        ):
            return True
        elif not in_tests(user.path) and _named(text, f"{module.name}.{name}"):
            doubt = doubt or f"{module.name}.{name}" not in registry_of(project).by_name
    return None if doubt else False


def fetched(dotted: str) -> re.Pattern[str]:
    """What fetches a module by its name and asks it for one thing at once: `import_module("shop.tasks").send`."""
    return re.compile(rf"\b(?:import_module|__import__)\(\s*[\"']{re.escape(dotted)}[\"'][^()]*\)\s*\.(\w+)")


def _in_own_code(module: Module, name: str) -> bool:
    """Whether a function or class of the module, other than the one of that name, mentions the name."""
    return any(one != name for one in _mentioned_by(module).get(name, ()))


@query
def _mentioned_by(module: Module) -> dict[str, set[str]]:
    """The functions and classes of a module by the words in them: two for each word, since one may be the very one of that name."""
    facts, made = module.facts, dict[str, set[str]]()
    held = [(one.name, one.span) for one in facts.functions if one.holder == "module" and one.name not in LAZY]
    held += [(one.name, one.span) for one in facts.classes if one.holder == "module"]
    lines = (module.project.text(module.path) or "").splitlines() if held else []
    for owner, span in held:
        for word in set(WORD.findall("\n".join(lines[span.line - 1 : span.end_line]))):
            owners = made.setdefault(word, set())
            if len(owners) < 2:
                owners.add(owner)
    return made


def _may_ask(user: Module, text: str, name: str) -> bool:
    """Whether a file may look the name up at some module, as its text shows where nobody has parsed it: by a dot, or by an import in a function."""
    if user.path in user.project.looked_at_paths or "getattr(" in text or asked_by_dot(text, name):
        return True
    late = _named_late(user)
    return late is None or name in late or "" in late


@query
def _named_late(user: Module) -> frozenset[str] | None:
    """The names that imports in functions of a file may be of, as its text shows; None where it does not show them."""
    if not INDENTED.search(user.project.text(user.path) or ""):
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
        for one in user.facts.imports
        if one.scope
        and one.name
        and user.klass(one.scope) is None
        and user.project.find(absolute_name(user, one.module), user) is module
    )


@query
def _aliases(user: Module, module: Module) -> tuple[str, ...]:
    """What `module` is called in `user`."""
    return tuple(dict.fromkeys(_names_of(user, module)))


def _names_of(user: Module, module: Module) -> Iterator[str]:
    for one in user.facts.imports:
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


def _mentions(text: str, alias: str, name: str) -> bool:
    """`alias.name`, or `getattr(alias, …)`; not in a string that is this very name."""
    path = r"\s*\.\s*".join(map(re.escape, alias.split(".")))
    return re.search(rf"(?<![\w.'\"]){path}\s*\.\s*{re.escape(name)}\b|getattr\(\s*{path}\s*,", text) is not None


def named_in_text(module: Module) -> bool:
    """Whether code outside the tests holds the module's dotted name as a string, other than to have a worker or Django import it."""
    project = module.project
    if "." not in module.name:
        return False
    asked = fetched(module.name)
    failed = re.compile(
        rf"\(\s*(?:e|ex|exc|err|error)\s*,\s*[\"']{re.escape(module.name)}[\"']\s*\)"
    )  # what went wrong with it
    texts = [
        failed.sub("", asked.sub("", project.text(path) or ""))
        for path in project.search(module.name)
        if not in_tests(project.modules[path].path)
    ]
    return any(_named(text, module.name) and not any(word in text for word in TOLD) for text in texts)


def _named(text: str, dotted: str) -> bool:
    return f'"{dotted}"' in text or f"'{dotted}'" in text
