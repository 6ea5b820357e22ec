"""Which modules may list names in `__all__` that they do not bind, told by their texts: most modules bind what they list, and need not be parsed."""

from __future__ import annotations

import re

from taskguard.facts.questions import Question, finds
from taskguard.patterns import regex
from taskguard.project.python.testing import in_test_path
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.python.project import Module, Project

# Not in quotes: that is what Django's `fields = "__all__"` says.
_ALL = regex(r"__all__(?<![\w\"']__all__)(?![\w\"'])")
_LIST = regex(r"__all__(?<=^__all__)[ \t]*(?::[^=\n]+)?(?:\+?=)[ \t]*[\[(]([^\])]*)[\])]", re.MULTILINE)
_STRING = regex(r"[\"'](\w+)[\"']")
# What binds names, by its first words: a definition, an assignment, an import with all that it lists.
_DEFINED = regex(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|^[ \t]*(\w+)[ \t]*(?::[^=\n]*)?=", re.MULTILINE)
_IMPORTED = regex(r"^[ \t]*(?:from[ \t]+\S+[ \t]+)?import[ \t]*(\([^)]*\)|[^\n]*)", re.MULTILINE)
_QUIET = regex(r"[\"'][^\"'\n]*[\"']|#[^\n]*")
_JOINED = regex(r"[\"'][ \t]*(?:#[^\n]*)?\s+[\"']")
_WORD = regex(r"\w+")
# What stands before and behind a name that something is given, and whatever `setattr` is called with.
_OWNER, MOST_BLANKS = regex(r"\w\s*\.\s*\Z"), 40
_GIVEN = regex(r"\s*(?::[^=\n]*)?=(?!=)")
_SETATTR = regex(r"setattr\([^)\n]*")
# What a comment says of names that are listed and not imported on purpose, and such comments right above a list.
_MEANT = r"(?:\bimport(?:s|ed)?\b[^\n#]*\b(?:on[- ]demand|lazy|lazily|deliberately|intentionally|on purpose)\b|\b(?:lazily|deliberately|intentionally|on purpose|not|never)\b[^\n#]*\bimport(?:ed)?\b)"
_ABOVE = regex(rf"^#[^\n]*{_MEANT}[^\n]*\n(?:#[^\n]*\n)*(?:[ \t]*\n)?__all__\b", re.M | re.I)
_SAYS = regex(_MEANT, re.I)
_DOCSTRING = regex(r"(?:#[^\n]*\n|\s)*[rR]?(?:\"\"\"([\s\S]*?)\"\"\"|'''([\s\S]*?)''')")


def listing_modules(project: Project) -> Iterator[Module]:
    """The modules, tests left out, whose text does not show that they bind all that their `__all__` lists; by path."""
    for path in project.search("__all__"):
        if in_test_path(path) or path.endswith(".pyi"):
            continue
        if project.is_readable(path) and not _surely_bound(project, path):
            yield project.modules[path]


@Question
def _surely_bound(text: str) -> bool:
    lists = _LIST.findall(text)
    if not lists:
        return _ALL.search(text) is None
    if any(_WORD.search(_QUIET.sub("", listed)) or _JOINED.search(listed) for listed in lists):
        return False  # something else than strings, or two that are one for want of a comma
    bound = {one or other for one, other in _DEFINED.findall(text)}
    for listed in _IMPORTED.findall(text):
        bound.update(_WORD.findall(listed))
    return len(_ALL.findall(text)) == len(lists) and bound.issuperset(
        name for listed in lists for name in _STRING.findall(listed)
    )


def set_from_outside(module: Module, name: str) -> bool:
    """Whether other code gives the module the name: `module.name = …`, `setattr(module, "name", …)`."""
    project, last = module.project, module.name.rpartition(".")[2]
    paths = [path for path in project.holders(name) & project.holders(last) if path != module.path]
    paths = [path for path in paths if not in_test_path(path)]
    return any(_sets(project, path, name) for path in paths)


@Question
def _sets(text: str, name: str) -> bool:
    """Whether a text gives something an attribute of that name. The letters are looked for first: a pattern for what stands before them takes ten times as long."""
    if any(f'"{name}"' in one or f"'{name}'" in one for one in _SETATTR.findall(text)):
        return True
    at = text.find(name)
    while at >= 0:
        if _GIVEN.match(text, at + len(name)) and _OWNER.search(text, max(at - MOST_BLANKS, 0), at):
            return True
        at = text.find(name, at + 1)
    return False


def read_as_values(module: Module) -> bool:
    """Whether other code takes the list for what it holds (`init(models.__all__)`), and none imports by a star from the module."""
    project, last = module.project, re.escape(module.name.rpartition(".")[2])
    paths = [path for path in project.search("__all__") if path != module.path]
    reads = re.compile(rf"\b{last}\.__all__\b(?!\s*(?:=(?!=)|\+=))")
    if not any(finds(project, path, reads) for path in paths):
        return False
    return not _is_starred(module)


def _is_starred(module: Module) -> bool:
    """Whether some code may import by a star from a module."""
    project, last = module.project, module.name.rpartition(".")[2]
    star = re.compile(rf"^[ \t]*from[ \t]+(?:[\w.]*\b{re.escape(last)}|\.)[ \t]+import[ \t]*\*", re.M)
    return any(finds(project, path, star) for path in project.holders(last))


def meant_unbound(module: Module, name: str, whole: bool) -> bool:
    """Whether a comment says that a listed name is not imported on purpose, and none imports by a star from the module: a comment in the line of the name, or,
    where the module binds nothing of the list (`whole`), one directly above it, or the docstring of the module."""
    quoted = re.compile(rf"[\"']{re.escape(name)}[\"'][ \t]*,?[ \t]*\]?[ \t]*#[^\n]*{_MEANT}", re.I)
    project, path = module.project, module.path
    said = finds(project, path, quoted) or (whole and (finds(project, path, _ABOVE) or _says_so(project, path)))
    return said and not _is_starred(module)


@Question
def _says_so(text: str) -> bool:
    """Whether a sentence in the docstring of a module says that it imports on purpose what is not there."""
    found = _DOCSTRING.match(text)
    words = " ".join((found[1] or found[2] or "").split()) if found is not None else ""
    return any(_SAYS.search(sentence) is not None for sentence in words.split(". "))


@query
def folders_below(project: Project) -> frozenset[str]:
    """The dotted names of all folders with modules of the project."""
    made: set[str] = set()
    for name in project.by_name:
        while (name := name.rpartition(".")[0]) and name not in made:
            made.add(name)
    return frozenset(made)


def has_folder(module: Module, name: str) -> bool:
    """Whether a package has a folder of that name with modules of the project, though without `__init__.py`."""
    return module.is_package and f"{module.name}.{name}" in folders_below(module.project)


def given_from_outside(module: Module, name: str) -> bool:
    """Whether a module has a name that none of its statements binds: other code sets it, or it is a folder of modules."""
    return has_folder(module, name) or set_from_outside(module, name)
