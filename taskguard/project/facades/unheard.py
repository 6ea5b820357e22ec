"""Files of receivers that nobody imports: what they are to hear of is never sent to them."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.facts.selections import own_imports
from taskguard.project.python.imports import imports_of
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

# What Django, Celery and other packages import by its name.
BY_NAME = frozenset(
    "__init__ __main__ admin api apps celery checks cms_apps cms_plugins conftest documents lookups models permissions rules search_indexes settings"
    " tasks translation urls views wagtail_hooks".split()
)
# What imports all files of a folder.
WALKING = (
    "walk_packages",
    "iter_modules",
    "import_module(",
    "__import__(",
    "find_modules",
    "import_submodules",
    "load_module",
)


@query
def is_unheard(module: Module) -> bool:
    """Whether surely nobody imports a file of functions alone, as `receivers.py` in an application without `ready`: no file of the project does, tests aside, and
    none has its name in a string."""
    project, stem = module.project, module.path.rpartition("/")[2].removesuffix(".py")
    if (
        stem in BY_NAME
        or not module.name
        or module.facts.classes
        or tasks_in(module)
        or not project.can_search
        or in_tests(module.path)
    ):
        return False
    if any(folder in ("management", "migrations", "templatetags", "models") for folder in module.path.split("/")[:-1]):
        return False
    named = re.compile(rf"[\"'][^\"'\n]*\b{re.escape(stem)}\b[^\"'\n]*[\"']")
    names = imports_of(project)
    for path in project.search(stem):
        if path == module.path or in_tests(path):
            continue
        other = project.modules[path]
        if other.facts.failure or finds(project, path, named):
            return False
        if any(
            module.path in names.targets(other, one.module, one.name) for one in own_imports(other.facts, project.heads)
        ):
            return False
    folder = module.path.rpartition("/")[0]
    return not any(
        folder.startswith(path.rpartition("/")[0]) for path in project.search(*WALKING) if not in_tests(path)
    )
