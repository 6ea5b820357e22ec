"""Scraps: files that somebody wrote to run once, in a folder that says so, which nothing imports or starts and which import nothing of the project."""

from __future__ import annotations

import re

from taskguard.facts.import_lines import import_lines, plain_imports, plain_names
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.python import text_questions as texts
from taskguard.project.python.names import absolute_name
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module, Project

# What folders of such files are called.
FOLDERS = regex(
    r"\w+_scripts|_*(?:debug|debugging|fix|fixes|hotfix(?:es)?|scratch(?:es|_?pads?)?|te?mp|tmp_\w+|temp_\w+|one_?offs?|ad_?hoc|throwaway|junk|trash|unneed(?:ed)?|unused|discarded|\w*archived?_\w+|archived?)"
)
# What single files are called: those that an editor, a formatter or a session leaves, and that change other files once.
FILES = regex(r"_*(?:te?mp|scratch|untitled)(?:_\w+|\d*)|_*(?:te?mp|scratch)|patch_\w+")
TYPED = regex(r"\A(?:[ \t]*(?:#[^\n]*)?\n)*>>> ")
INDENTED, NOT_INDENTED = regex(r"^[ \t]+\S", re.M), regex(r"^\S", re.M)
TASK = regex(r"@[\w.]*task\b|\bCelery\(")


def is_typed(module: Module) -> bool:
    """Whether a file begins with what was typed at a prompt, blank lines and comments left out."""
    return finds(module.project, module.path, TYPED)


@query
def is_piece(module: Module) -> bool:
    """Whether a file is a piece of a function: each line is indented, so no Python has ever read it. Neither does it speak of tasks, nor does anybody import or name it."""
    project, path = module.project, module.path
    return finds(project, path, INDENTED) and not finds(project, path, NOT_INDENTED) and on_its_own(module)


@query
def is_scrap(module: Module) -> bool:
    """Whether a file was written to run once, by hand: its folder or its name says so, nobody imports it, no deployment file names it, and it imports
    neither Celery nor the project. The file need not be Python that can be read."""
    *folders, last = module.path.removesuffix(".py").split("/")
    named = any(FOLDERS.fullmatch(one) for one in folders) or FILES.fullmatch(last)
    if not named or last == "__init__":
        return False
    project = module.project
    return not (_at_work(module) or _imported(project, module, last) or started(project, module, last))


@query
def on_its_own(module: Module) -> bool:
    """Whether a file has nothing to do with tasks, nobody imports it, and no deployment file names it. It need not be Python that can be read."""
    text = module.project.text(module.path) or ""
    return not any(one.partition(".")[0] == "celery" for one in _written(text)) and is_left(module)


@query
def is_left(module: Module) -> bool:
    """Whether a file declares neither task nor app, nobody imports it, and no deployment file names it. It need not be Python that can be read."""
    last = module.path.removesuffix(".py").rpartition("/")[2]
    if last == "__init__" or TASK.search(module.project.text(module.path) or ""):
        return False
    return not (_imported(module.project, module, last) or started(module.project, module, last))


def _at_work(module: Module) -> bool:
    """Whether a file declares tasks, or imports Celery or a module of the project."""
    text = module.project.text(module.path) or ""
    if TASK.search(text):
        return True
    for written in _written(text):
        if written.partition(".")[0] == "celery":
            return True
        absolute = absolute_name(module, written)
        if written.startswith(".") or module.project.find(absolute, module) is not None:
            return True
    return False


def _written(text: str) -> Iterator[str]:
    """The modules that the import statements of a text name, as far as they can be told without a parser, which this text may have defied."""
    yield from plain_names(text)
    for written, _ in import_lines(text) or ():
        yield written
    yield from re.findall(r"^[ \t]*from[ \t]+([\w.]+)[ \t]+import\b", text, re.MULTILINE)


def _imported(project: Project, module: Module, last: str) -> bool:
    """Whether another file imports a module of that name, or may do so by a string."""
    quoted = re.compile(rf"[\"'](?:[\w./-]*[./])?{re.escape(last)}(?:\.py|[.:]\w+)?[\"']")
    for path in project.search(last):
        if path == module.path:
            continue
        text = project.text(path) or ""
        told = texts.imports_word(project, path, last)
        if told or quoted.search(text):
            return True
        if any(last in re.findall(r"\w+", listed) for listed in plain_imports(text)):
            return True
        if told is None and re.search(rf"\b(?:from|import)\b[^#]*\b{re.escape(last)}\b", text):
            return True
    return False


def started(project: Project, module: Module, last: str) -> bool:
    """Whether a deployment file names the file or the module."""
    named = re.compile(rf"(?<![\w-]){re.escape(last)}\.py\b|(?<![\w.]){re.escape(module.name or last)}(?![\w./-])")
    return any(finds(project, path, named) for path in sorted(project.markers))
