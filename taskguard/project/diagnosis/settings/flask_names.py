"""Names in the configuration of a Flask application that Celery does not read, where it is handed all of that: whether they are meant for it."""

from __future__ import annotations

import re

from taskguard.facts.questions import finds, holds
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.says_default import VARIABLES
from taskguard.project.diagnosis.settings.from_environment import variable_asked
from taskguard.project.diagnosis.settings.read_by_project import read_elsewhere
from taskguard.project.python.bound import Bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.project.celery.model import Dead, Place, Service
    from taskguard.project.python.project import Project


def is_of_flask_alone(service: Service, one: Dead, differ: Callable[[Place, Place], bool | None]) -> bool:
    """Whether a name may be the application's own, or nothing is lost with it: code asks for it, the setting has the same value, or what starts the processes
    sets the variable that Celery reads itself."""
    project, written = service.project, one.place.written
    held = configuration(service).get(one.place.setting)
    live = held.places if held is not None else ()
    if not all(differ(one.place, place) for place in live):
        return True
    if read_elsewhere(project, written) or _asks_for(project, written):
        return True
    value = one.place.value
    variable = variable_asked(value) if isinstance(value, Bound) else ""
    said = bool(variable) and variable == VARIABLES.get(one.place.setting)
    return said and any(holds(project, path, variable) for path in (*project.markers, *project.notes))


def _asks_for(project: Project, written: str) -> bool:
    """Whether code asks a dict for the name, other than the environment for the variable that is called so."""
    asking = re.compile(rf"(?<!environ)(?<!env)\.get\(\s*[\"']{re.escape(written)}[\"']")
    return any(finds(project, path, asking) for path in project.search(written))
