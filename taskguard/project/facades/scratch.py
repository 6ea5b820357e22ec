"""Scratch pads: files that somebody once ran by hand to try something out, and that nothing else runs, imports or names.

They define nothing. They make ready what a process has ready (`django.setup()`, a folder put on `sys.path`) and call what they import, with the values of that day.
"""

from __future__ import annotations

import re

from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.loaded import importing
from taskguard.project.facades.worker_side import app_modules
from taskguard.project.python.scraps import started
from taskguard.project.python.scripts import MAIN
from taskguard.project.tasks.declarations import tasks_in
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Module

# What a file does for itself only where no server, worker, command or runner of tests has done it.
SET_UP = regex(
    r"^(?:\w+\.)?setup\(\)|^sys\.path\.(?:append|insert)\(|^(?:os\.)?environ\.setdefault\([\"']DJANGO_SETTINGS_MODULE",
    re.M,
)
# What calls itself a demonstration.
SHOWS = regex(r"(?:.*_)?demo(?:_.*)?")
# What makes an application that a server or a worker is given by the path of the file, or starts one.
SERVED = regex(
    r"\b(?:Celery|Flask|FastAPI|Sanic|Starlette|Dash|get_[aw]sgi_application|create_\w*app|(?:create|make|init|get)_(?:\w*_)?celery(?:_\w+)?|execute_from_command_line)\("
    r"|\.(?:start|run|run_polling|run_forever|serve|serve_forever|worker_main|main)\("
)


@query
def scratch(module: Module) -> bool:
    """Whether a file is a scratch pad or a demonstration, is run by hand and can be run by nobody else."""
    project, path = module.project, module.path
    last = path.rpartition("/")[2].removesuffix(".py")
    if module.is_package or last in ("conftest", "manage", "setup"):
        return False
    if not (_tries_out(module) or (SHOWS.fullmatch(last) and finds(project, path, MAIN))):
        return False
    if tasks_in(module) or module in app_modules(project) or finds(project, path, SERVED):
        return False
    return not (
        started(project, module, last) or any(importing(project, module, tests=True)) or _is_named(module, last)
    )


def _tries_out(module: Module) -> bool:
    """Whether a file defines nothing, makes something ready and then calls something."""
    facts, project, path = module.facts, module.project, module.path
    if facts.failure is not None or facts.functions or facts.classes or not facts.logic:
        return False
    return finds(project, path, SET_UP) or finds(project, path, MAIN)


def _is_named(module: Module, last: str) -> bool:
    """Whether a string in another file names the module or the file, or what is written about the project names the file."""
    project = module.project
    quoted = re.compile(rf"[\"'/]{re.escape(last)}\.py[\"' ]|[\"']{re.escape(module.name)}(?:[\"']|[.:]\w)")
    if any(path != module.path and finds(project, path, quoted) for path in project.search(last)):
        return True
    told = re.compile(rf"(?<![\w-]){re.escape(last)}\.py(?!\w)")
    return any(finds(project, path, told) for path in project.notes)
