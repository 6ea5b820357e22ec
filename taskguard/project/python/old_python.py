"""Whether a project is written for Python 2, where `import helpers` in a package finds `helpers` in that package first."""

from __future__ import annotations

import re
import sys

from taskguard.facts.questions import Question, finds
from taskguard.patterns import regex
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module, Project

FILES = ("runtime.txt", ".python-version", ".travis.yml", "circle.yml", "Pipfile", "setup.py", "setup.cfg", "tox.ini", "Vagrantfile")  # fmt: skip
OLD = regex(
    r"Python :: 2|\bpython-?2\b(?!-)|python[:-]2\.|python_version\s*=\s*[\"']2|requires?[_-]python\s*=[^\n]*<\s*3|python_requires\s*=[^\n]*<\s*3"
    r"|^\s*-\s*[\"']?2\.[67]\b|^python:[^\n]*\b2\.[67]\b|\bpy2[67]\b|\A2\.[67]",
    re.M,
)
NEW = regex(
    r"Python :: 3|\bpython-?3\b|python[:-]3\.|python_version\s*=\s*[\"']3|(?:requires-python|python_requires)\s*=[^\n]*[>~=]=?\s*3"
    r"|^\s*-\s*[\"']?3\.\d|^python:[^\n]*\b3\.\d|\bpy3\d|\A3\.\d",
    re.M,
)
# Said of the whole project, in its own pyproject.toml.
REQUIRES = regex(r"^(?:requires-)?python\s*=\s*[\"'][\^~>=]+\s*3", re.M)
# What only Python 3 reads.
MODERN = regex(r"^\s*async def |^\s*nonlocal |[\s(=,]f[\"'][^\"'\n]*\{|\byield from ", re.M)
# One of these stands in each text in which OLD finds something.
OLD_PARTS = (
    "ython :: 2",
    "ython2",
    "ython-2",
    "ython:2",
    "ython_version",
    "equire",
    "2.6",
    "2.7",
    "python:",
    "py26",
    "py27",
)
MOST_FILES, FEW = 60, 2
# Copies of somebody else's code.
ASIDE = ("vendor", "third_party", "node_modules", "site-packages")
# Nobody means a module beside by these, although Python 2 finds it.
FOREIGN = frozenset(("celery", "django", "flask", "kombu", *sys.stdlib_module_names))


@Question
def _says_old(text: str) -> bool:
    """Whether a text says that Python 2 is in use."""
    return any(part in text for part in OLD_PARTS) and OLD.search(text) is not None


@query
def speaks_python_2(project: Project) -> bool | None:
    """Whether the project runs on Python 2 alone; None where some of it may, or where that cannot be told."""
    if finds(project, "pyproject.toml", REQUIRES):
        return False
    names = [*project.markers, *FILES, *(f"{root}/{name}" for root in project.roots if root for name in FILES)]
    names = [one for one in dict.fromkeys(names) if project.is_readable(one)]
    said_old = any(_says_old(project, one) for one in names)
    ours = [module for module in project.looked_at if not any(word in module.path for word in ASIDE)]
    refused = (one.facts.failure or one.facts.misplaced for one in ours)
    written_old = sum(1 for one in refused if one is not None and one.kind == "dialect")
    if not said_old and written_old < FEW:
        return None if written_old and not any(finds(project, one, NEW) for one in names) else False
    if any(finds(project, one, NEW) for one in names):
        return None
    return None if any(finds(project, one.path, MODERN) for one in ours[:MOST_FILES]) else True


def meant_beside(module: Module, name: str) -> bool | None:
    """Whether an absolute import means a module of the file's own package, as in Python 2; None where that cannot be told."""
    if speaks_python_2(module.project) is False:
        return False
    if beside(module, name) is None or module.places.future_imports:
        return False
    return speaks_python_2(module.project)


def beside(module: Module, name: str) -> Module | None:
    """The module of the file's own package that Python 2 finds under an absolute name."""
    package = module.package
    if not package or not name or name.startswith(".") or name.partition(".")[0] in FOREIGN:
        return None
    found = module.project.find(f"{package}.{name}", module)
    return None if found is None or found is module or found.root != module.root else found
