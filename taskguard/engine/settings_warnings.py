"""What settings name and the project does not have: certain mistakes, and what may be right tomorrow.

A mistake is certain only where the project's own text settles it: a module of the project that has no such name, or a name that
no file holds. What libraries have, and what lies in excluded folders, is nobody's mistake.
"""

from __future__ import annotations

from taskguard.errors import Problem, nearest
from taskguard.globs import WILD, matcher
from taskguard.project.facades.broken import may_be_module
from taskguard.project.facades.facades import module_left_out, settings_in_force
from taskguard.project.python.exported import binds_name
from taskguard.project.python.names import resolve
from taskguard.project.registry.effective import lineage_of
from taskguard.project.tasks.bases import locate
from taskguard.project.tasks.declarations import all_tasks
from taskguard.settings.per_file import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from taskguard.project.python.project import Module, Project
    from taskguard.settings.model import Mention, Settings

    # What is wrong, and whether that is certain.
    Verdict = tuple[str, bool]


def warnings_of(project: Project) -> tuple[Problem, ...]:
    """Everything that the settings in force name in vain, by file and line, and what is doubtful in those of inner folders.

    The project must be complete.
    """
    everywhere = settings_in_force(project)
    made = {
        _problem(one, verdict): None
        for settings in everywhere
        for one in settings.mentions
        if (verdict := CHECKS[one.kind](project, settings, one.word)) is not None
    }
    made.update((one, None) for settings in everywhere[1:] for one in settings.warnings)
    return tuple(sorted(made))


def missing_bases(project: Project) -> tuple[Problem, ...]:
    """Those of `warnings_of` that are certain and about base classes: for a run that blames tasks for them."""
    made = {
        _problem(one, verdict): None
        for settings in settings_in_force(project)
        for one in settings.mentions
        if one.kind == "class" and (verdict := _class(project, settings, one.word)) is not None and verdict[1]
    }
    return tuple(sorted(made))


def _problem(one: Mention, verdict: Verdict) -> Problem:
    return Problem(one.file, one.line, one.key, *verdict)


def _place(project: Project, settings: Settings, glob: str) -> Verdict | None:
    match = matcher((glob,))
    if any(match(path) for one in project.modules if (path := within(settings, one)) is not None):
        return None
    folders: dict[str, None] = {}
    for path in (inside for one in project.modules if (inside := within(settings, one)) is not None):
        parts = path.split("/")
        folders.update(dict.fromkeys("/".join(parts[:end]) for end in range(1, len(parts))))
    return f"`{glob}` matches no file{_meant(_near_glob(glob, folders))}", False


def _near_glob(glob: str, folders: Iterable[str]) -> str | None:
    """The glob with the folder that it most likely means; None where its folder is there, or none is near."""
    parts = glob.split("/")
    plain = next((place for place, part in enumerate(parts) if WILD & set(part)), len(parts))
    head = "/".join(parts[:plain])
    near = nearest(head, folders) if head and head not in folders else None
    return "/".join((near, *parts[plain:])) if near else None


def _class(project: Project, settings: Settings, name: str) -> Verdict | None:
    if "." not in name:
        if project.search(name):
            return None
        known = {one.qualname for module in project.looked_at for one in module.facts.classes}
        return f"no file of the project holds the word `{name}`{_meant(nearest(name, known))}", _all_lineages_known(
            project
        )
    if locate(project, name) is not None:
        return None
    said = _dotted(project, name) or _no_class(project, name)
    own = any(one.partition(".")[0] == name.partition(".")[0] for one in project.by_name)
    return (said, own or _all_lineages_known(project)) if said is not None else None


def _no_class(project: Project, name: str) -> str | None:
    """Why what a dotted name leads to is no class; None where it may be one."""
    holder, _, last = name.rpartition(".")
    while holder:
        module = project.find(holder)
        if module is not None:
            found = resolve(module, last)
            function = found.module.function(found.path.partition(".")[0]) if found.module is not None else None
            return f"`{name}` is a function, no class" if found.kind == "symbol" and function is not None else None
        holder, _, more = holder.rpartition(".")
        last = f"{more}.{last}"
    return None


def _all_lineages_known(project: Project) -> bool:
    """Whether there are tasks, and the base class of none has ancestors that only a library knows."""
    return bool(all_tasks(project)) and not any(lineage_of(task)[2] for task in all_tasks(project))


def _decorator(project: Project, settings: Settings, name: str) -> Verdict | None:
    if "." not in name:
        return None if project.search(name) else (f"no file of the project holds the word `{name}`", False)
    said = _dotted(project, name)
    return (said, False) if said is not None else None


def _call(project: Project, settings: Settings, name: str) -> Verdict | None:
    last = name.rpartition(".")[2]
    return None if project.search(last) else (f"no file of the project holds the word `{last}`", False)


def _module(project: Project, settings: Settings, pattern: str) -> Verdict | None:
    from fnmatch import fnmatchcase

    if any(fnmatchcase(name, pattern) for name in project.by_name) or module_left_out(project, pattern):
        return None
    return f"the project has no module `{pattern}`{_meant(nearest(pattern, project.by_name))}", False


def _app(project: Project, settings: Settings, word: str) -> Verdict | None:
    module, _, name = word.partition(":")
    said = _dotted(project, f"{module}.{name}")
    return (said, False) if said is not None else None


def _nothing(project: Project, settings: Settings, word: str) -> Verdict | None:
    return None  # folders are looked for when the settings are read


def _preview(project: Project, settings: Settings, word: str) -> Verdict | None:
    from taskguard.selection import codes, rule_class

    there = any(rule_class(code).preview for code in codes(settings))
    return None if there else ("no rule of this version is in preview", False)


def _dotted(project: Project, name: str) -> str | None:
    """Why the project has no `module.name`; None where it has one, or where that cannot be told."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        module = project.find(".".join(parts[:cut]))
        if module is not None:
            return _lacks(project, module, parts[cut:]) if cut < len(parts) else None
    head = ".".join(parts[:-1])
    if module_left_out(project, head):
        return None
    own = any(one.partition(".")[0] == parts[0] for one in project.by_name)
    if not own and project.search(parts[0]):
        return None  # a library, or what is mentioned in a way that nobody follows
    near = nearest(head, project.by_name)
    return f"the project has no module `{head}`" + _meant(f"{near}.{parts[-1]}" if near else None)


def _lacks(project: Project, module: Module, rest: list[str]) -> str | None:
    """Why a module has no `rest`."""
    name = rest[0]
    dotted = f"{module.name}.{name}"
    if binds_name(module, name) is not False or may_be_module(module, name) or module_left_out(project, dotted):
        return None
    if any(one.startswith(f"{dotted}.") for one in project.by_name):  # a folder that is no package
        return None
    inner = [
        one.removeprefix(f"{module.name}.").partition(".")[0]
        for one in project.by_name
        if one.startswith(f"{module.name}.")
    ]
    return f"`{module.name}` has no `{name}`{_meant(nearest(name, (*module.table(), *inner)))}"


def _meant(guess: str | None) -> str:
    return f"; did you mean `{guess}`?" if guess else ""


CHECKS: dict[str, Callable[[Project, Settings, str], Verdict | None]] = {
    "place": _place, "class": _class, "decorator": _decorator, "call": _call, "module": _module, "app": _app,
    "folder": _nothing, "preview": _preview,
}  # fmt: skip
