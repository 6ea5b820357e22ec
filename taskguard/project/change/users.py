"""Who relies on a name of a module: imports, attributes of the module, and strings such as the targets of patches."""

from __future__ import annotations

import re

from taskguard.facts.dotted_uses import dotted_uses
from taskguard.project.change.terms import User
from taskguard.project.diagnosis.deployment import launch_texts
from taskguard.project.python.names import absolute_name, resolve
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module, Project

PATCHES = "patches it"
AS_ATTRIBUTE = "uses it as"
# What `celery -A` looks for in a module.
APPS = ("app", "celery")
GUARDED = ("try", "except", "type_checking")


class Users:
    """Answers for one project; what it has read it keeps."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._near: dict[str, dict[str, str]] = {}

    def of(self, module: str, name: str) -> tuple[User, ...]:
        """The places that use `name` of the module called `module`, whether or not it has it; in order of path and line."""
        found: dict[User, None] = dict.fromkeys(_started(self.project, module, name))
        dotted = f"{module}.{name}"
        for path, text in self._texts(module).items():
            if name not in text:
                continue
            if dotted in text:
                found.update(dict.fromkeys(strings(path, text, dotted)))
            user = self.project.modules[path]
            if user.name != module and may_use(text, module, name) and not user.unreadable:
                found.update(dict.fromkeys(_imports(user, module, name)))
                uses = attribute_uses(user, module)
                found.update(dict.fromkeys(one.user for one in uses if one.needed and one.name == name))
        return tuple(sorted(found))

    def attributes(self, module: str) -> dict[str, list[User]]:
        """Who reads, sets or deletes which name as an attribute of the module, also where nobody minds that it is missing."""
        any_name = re.compile(rf"\b{re.escape(module.rpartition('.')[2])}\s*(?:\.|as\b)")
        made: dict[str, list[User]] = {}
        for path, text in self._texts(module).items():
            user = self.project.modules[path]
            if user.name != module and any_name.search(text) and not user.unreadable:
                for one in attribute_uses(user, module):
                    made.setdefault(one.name, []).append(one.user)
        return made

    def _texts(self, module: str) -> dict[str, str]:
        """The files that mention the module, or are in its package, with their texts."""
        if module not in self._near:
            word = module.rpartition(".")[2]
            paths = set(self.project.search(word)) if word else set()
            paths.update(path for path, one in self.project.modules.items() if one.package == module)
            texts = {path: self.project.text(path) for path in sorted(paths)}
            self._near[module] = {
                path: text for path, text in texts.items() if text is not None and leads(text, module)
            }
        return self._near[module]


def _started(project: Project, module: str, name: str) -> Iterator[User]:
    """The starts of Celery that take the app of that name from the module (celery/app/utils.py, `find_app`)."""
    for launch in project.evidence.deployment.launches:
        start, _, attribute = launch.app.partition(":")
        same = start == module or (not attribute and f"{start}.celery" == module)
        if launch.app == f"{module}.{name}" or (same and (attribute == name or (not attribute and name in APPS))):
            line = launch_texts.place(project.text(launch.path) or "", launch.app).line
            yield User(launch.path, line, "starts Celery from it")


def leads(text: str, module: str) -> bool:
    """Whether a text may reach a module at all: by its dotted name, from its package, or relatively."""
    package = module.rpartition(".")[0]
    return module in text or "from ." in text or (bool(package) and package in text)


def may_use(text: str, module: str, name: str) -> bool:
    """Whether a text may import the name or use it as an attribute: parsing every file that holds the word would take long."""
    last = re.escape(module.rpartition(".")[2])
    word = re.escape(name)
    given = rf"(?:\([^)]*|[^\n(]*)\b{word}\b"
    if re.search(rf"from\s+[\w.]*(?:\b{last}|\.)\s+import\s*{given}", text) or re.search(
        rf"\b{last}\s*\.\s*{word}\b", text
    ):
        return True
    return re.search(rf"\b{last}\s+as\b", text) is not None and re.search(rf"\.\s*{word}\b", text) is not None


def _imports(user: Module, module: str, name: str) -> Iterator[User]:
    for one in user.facts.imports:
        if one.name == name and one.guard not in GUARDED and absolute_name(user, one.module) == module:
            yield User(user.path, one.span.line, "imports it")


class AttributeUse(Record):
    """A use of a name as an attribute of the module, `user` says where. `needed`: the code fails where the module has no such name."""

    name: str
    user: User
    needed: bool


@query
def attribute_uses(user: Module, module: str) -> tuple[AttributeUse, ...]:
    """What a file reads, sets or deletes at the module, by whatever name it has that."""
    held = frozenset(one.bound for one in user.facts.imports if _binds_module(user, one.module, one.name, module))
    text = user.project.text(user.path) if held else None
    made = []
    for one in dotted_uses(text, held) if text is not None else ():
        parts = one.dotted.split(".")
        for place in range(1, len(parts)):
            head, name = ".".join(parts[:place]), parts[place]
            if _is_module(user, head, one.scope, module):
                sets = one.sets and place == len(parts) - 1
                needed = not sets and not one.guarded and not _asks(text or "", head, name)
                made.append(AttributeUse(name, User(user.path, one.line, f"{AS_ATTRIBUTE} `{head}.{name}`"), needed))
                break
    return tuple(made)


def _asks(text: str, head: str, name: str) -> bool:
    """Whether a file asks first whether the module has the name."""
    return "hasattr" in text and re.search(rf"hasattr\(\s*{re.escape(head)}\s*,\s*[\"']{name}[\"']", text) is not None


def _binds_module(user: Module, written: str, name: str | None, module: str) -> bool:
    absolute = absolute_name(user, written)
    if name is None:
        return (
            module == absolute
            or module.startswith(absolute.partition(".")[0] + ".")
            or module == absolute.partition(".")[0]
        )
    if name == "":
        return module == absolute or module.startswith(absolute + ".")
    return name != "*" and (module == f"{absolute}.{name}" or module.startswith(f"{absolute}.{name}."))


def _is_module(user: Module, head: str, scope: str, module: str) -> bool:
    found = resolve(user, head, scope)
    return found.kind in ("module", "external") and found.dotted == module


def strings(path: str, text: str, dotted: str) -> Iterator[User]:
    """The lines that hold the dotted name in quotes, alone or with an attribute behind it."""
    openings = [f"{quote}{dotted}{end}" for quote in "\"'" for end in (quote, ".")]
    if not any(one in text for one in openings):
        return
    for number, line in enumerate(text.split("\n"), 1):
        if any(one in line for one in openings) and not line.lstrip().startswith("#"):
            yield User(path, number, PATCHES if "patch" in line or "setattr" in line else "names it")


def references(project: Project, name: str) -> tuple[User, ...]:
    """The strings in the project that are this task name."""
    found = [user for path in project.search(name) for user in strings(path, project.text(path) or "", name)]
    return tuple(one for one in found if one.how != PATCHES)
