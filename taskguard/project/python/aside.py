"""Packages that are kept for reading: put into a folder that says so or left over, and imported by nobody."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.python import text_questions as texts
from taskguard.project.python.exported import binds_name
from taskguard.project.python.names import dunder_all
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project

NAMES = regex(
    r"__init__\w+|_*(?:old|bak|deprecated|unneed(?:ed)?|unused|disabled|obsolete|discarded|archived?|archives|archived?_\w+|\w+_archived?|legacy|legacy_\w+|old_\w+|\w+_old|backups?|backups?_\w+|\w+_backups?(?:_\w+)?)"
)
# A folder of whole projects that are kept: what is called `old` or `legacy` may well be a service of its own.
ARCHIVES = regex(
    r"_*(?:unneed(?:ed)?|unused|obsolete|discarded|archived?|archives|archived?_\w+|\w+_archived?|backups?|backups?_\w+|\w+_backups?(?:_\w+)?)"
)
# What starts something where it lies.
STARTERS = ("Dockerfile", "Procfile", "manage.py", "docker-compose", "compose")

# How what lies outside of a package says that a site or a worker is started of it.
STARTED = r"\bDJANGO_SETTINGS_MODULE\b[^\n]*(?<![\w.]){0}\.\w|(?<!\S)(?:-A|--app)[ =]?{0}(?![\w/-])"


@query
def put_aside(module: Module) -> bool:
    """Whether a module, or a package on the way to it, is called like what somebody has put aside (`__init___new.py`, `old/`), and nobody outside of it
    imports anything of it."""
    parts = module.name.split(".")
    for length, part in enumerate(parts, 1):
        if NAMES.fullmatch(part):
            return not is_imported(module.project, ".".join(parts[:length]), module)
    return False


def old_copy(module: Module) -> bool:
    """Whether a file lies in a folder that is called like what somebody has put aside, and a file elsewhere has the same path below it.

    Not where a file outside imports something of the folder or says a path in it, nor where a service may be started in there, or is by its name: a
    site may archive things, and be called so.
    """
    parts, project = module.path.split("/")[:-1], module.project
    for place, name in enumerate(parts):
        folder = "/".join(parts[: place + 1])
        tail = module.path[len(folder) :]
        if not NAMES.fullmatch(name) or tail == "/__init__.py":
            continue
        others = [path for path in project.modules if f"/{path}".endswith(tail) and not path.startswith(f"{folder}/")]
        if not others or any(path.startswith(f"{folder}/") for path in project.markers):
            return False
        first, deeper, _ = tail[1:].partition("/")
        inner = re.escape(first.removesuffix(".py")) + (r"\b(?!\.py\b)" if deeper else r"\b")
        own = re.escape(name)
        said = re.compile(rf"(?<!\w){own}(?:\.|/|[ \t]+import[ \t(]+){inner}|{STARTED.format(own)}")
        outside = (path for path in {*project.search(name), *project.markers} if not path.startswith(f"{folder}/"))
        return not any(finds(project, path, said) for path in outside)
    return False


@query
def _archived(module: Module) -> bool:
    """Whether imports of a file count from a folder in an archive, which nothing outside of it names and nothing in it starts."""
    folders, project = module.root.split("/"), module.project
    at = next((place for place, name in enumerate(folders) if ARCHIVES.fullmatch(name)), None)
    if at is None:
        return False
    name, folder = re.escape(folders[at]), "/".join(folders[: at + 1])
    files = [path for path in {*project.markers, *project.modules} if path.startswith(f"{folder}/")]
    if any(path.rpartition("/")[2].startswith(STARTERS) for path in files):
        return False
    code = re.compile(rf"(?<!\w){name}(?:\.|/|[ \t]+import[ \t(]+)\w|sys\.path\.[^\n]*\b{name}\b")
    if any(finds(project, path, code) for path in project.search(folders[at]) if not path.startswith(f"{folder}/")):
        return False
    said = re.compile(rf"^(?!.*(?:exclude|ignore|omit|skip)).*(?<![\w-]){name}(?![\w-])", re.M)
    return not any(finds(project, path, said) for path in project.markers if not path.startswith(f"{folder}/"))


@query
def left_over(module: Module) -> bool:
    """Whether a package that nobody imports lists nothing but modules which are all gone: it does nothing else, so the names are theirs."""
    facts, listed = module.facts, dunder_all(module)
    if not module.is_package or not module.name or listed is None or not listed.complete or not listed.names:
        return False
    if facts.imports or facts.logic or facts.functions or any(not one.name.startswith("__") for one in facts.bindings):
        return False
    if any(binds_name(module, name) is not False for name, _ in listed.names):
        return False
    return not is_imported(module.project, module.name, module)


def is_imported(project: Project, package: str, inner: Module) -> bool:
    """Whether a file outside of a package imports it or what lies in it, or may do so by a string."""
    last = package.rpartition(".")[2]
    for path in project.search(last):
        user = project.modules[path]
        if _within(user.name, package) and user.root == inner.root:
            continue
        if texts.imports_word(project, path, last) is not False or texts.names_last(project, path, last):
            return True
    return False


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def kept_for_reading(module: Module) -> bool:
    """Whether the module is kept for reading: in a package or folder that is called so and that nobody imports, or as what is left of one."""
    return put_aside(module) or left_over(module) or old_copy(module) or _archived(module)
