"""Parts of Celery that are Django applications, asked for in a project that has not installed them: the scheduler of
django-celery-beat, the result backend of django-celery-results.

Their models cannot be imported then (django/db/models/base.py, `ModelBase.__new__`: a RuntimeError).
"""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.django import names_settings, reads_settings, settings_modules
from taskguard.project.celery.installed import installed_apps
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.kept_apart import to_copy
from taskguard.project.python.commands import COMMENT
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System

BEAT, RESULTS = "django_celery_beat", "django_celery_results"
# What names them: the short names are entry points of the two packages.
SCHEDULERS = regex(r"django|django_celery_beat\b.*")
STORES = regex(r"django-db|django-cache|django_celery_results\b.*")
CHOSEN = regex(r"(?:--scheduler|[ \"']-S)(?:=|[ \"',]+)(django(?:_celery_beat[\w.:]*)?)(?![\w.:-])")


def uninstalled_apps(system: System) -> Iterator[Fault]:
    """Each setting and each file of a deployment once."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        if not (reads_settings(service) or names_settings(service)):
            continue
        for path, span, app, what in (*_settings(service), *_commands(service)):
            if (path, span) in seen or in_tests(path) or to_copy(path):
                continue
            seen.add((path, span))
            yield from _judged(service, path, span, app, what)


def _settings(service: Service) -> Iterator[tuple[str, Span, str, str]]:
    for name, app, pattern, what in (
        ("beat_scheduler", BEAT, SCHEDULERS, "beat does not start"),
        ("result_backend", RESULTS, STORES, "no task can be sent"),
    ):
        setting = configuration(service).get(name)
        for place in setting.places if setting is not None else ():
            value = value_of(place.value).value
            if isinstance(value, str) and pattern.fullmatch(value):
                yield place.path, place.span, app, what


def _commands(service: Service) -> Iterator[tuple[str, Span, str, str]]:
    for path in dict.fromkeys(one.path for one in service.project.evidence.deployment.launches if one.beat):
        spot = chosen_scheduler(service.project, path)
        if spot is not None:
            yield path, Span(*spot), BEAT, "beat does not start"


@Question
def chosen_scheduler(text: str) -> tuple[int, int, int, int] | None:
    """Where a command first takes the scheduler of django-celery-beat: line, column, line, column behind it."""
    for found in CHOSEN.finditer(text):
        start = text.rfind("\n", 0, found.start(1)) + 1
        if not text[start:].lstrip().startswith(COMMENT):
            line, column = text.count("\n", 0, start) + 1, found.start(1) - start + 1
            return line, column, line, column + len(found[1])
    return None


def _judged(service: Service, path: str, span: Span, app: str, what: str) -> Iterator[Fault]:
    held, launches = installed_apps(service), service.project.evidence.deployment.launches
    if any(one.written.partition(".")[0] == app or one.package == app for one in held.apps):
        return
    package = app.replace("_", "-")
    if held.open or not held.apps:
        yield Fault(
            path, span, "", doubt=f"whether {app} is among the installed applications cannot be told: {held.open}"
        )
    elif service.project.search(f"{app}.apps"):
        yield Fault(path, span, "", doubt=f"the project has a configuration of its own for {app}")
    else:
        yield Fault(
            path, span, f"this is a part of {package}, which is not among the installed applications: {what}", f'add "{app}" to INSTALLED_APPS',
            app, depends=tuple(one.path for one in settings_modules(service).modules), certain=app != BEAT or any(one.beat for one in launches),
        )  # fmt: skip
