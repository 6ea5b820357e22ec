"""Parts of Celery that are Django applications, asked for in a project that has not installed them: the scheduler of
django-celery-beat, the result backend of django-celery-results.

Their models cannot be imported then (django/db/models/base.py, `ModelBase.__new__`: a RuntimeError).
"""

from __future__ import annotations

from taskguard.diagnostics import Related, Span
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.configuration import SOURCE_LOSES, beats_app, configuration
from taskguard.project.celery.django import names_settings, reads_settings, settings_modules
from taskguard.project.celery.entries import started_by
from taskguard.project.celery.installed import installed_apps
from taskguard.project.celery.same_values import origin
from taskguard.project.diagnosis.apps.text_questions import chosen_scheduler
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import to_copy
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.pins import pinned_below
from taskguard.project.python.requirements import is_listed, is_pinned
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Place, Service, Setting
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Project

BEAT, RESULTS = "django_celery_beat", "django_celery_results"
# What names them: the short names are entry points of the two packages.
SCHEDULERS = regex(r"django|django_celery_beat\b.*")
STORES = regex(r"django-db|django-cache|django_celery_results\b.*")
TWICE = "set in the source and on the app: the version of Celery decides which counts"

# Django in the code of a project, other than as the beginning of the names of these packages.
DJANGO = regex(r"(?<![\w-])django(?![\w-])|\bDJANGO_")


def uninstalled_apps(system: System) -> Iterator[Fault]:
    """Each application that is not installed once, at the first place that asks for it, with the others: one entry in the same settings mends them all.
    What a project without Django asks for has to be mended at each place."""
    missing: dict[object, Fault] = {}
    for service, one in _by_places(system):
        if one.doubt or not (reads_settings(service) or names_settings(service)):
            yield one
            continue
        key = (one.symbol, one.message, *(module.path for module in settings_modules(service).modules))
        first = missing.setdefault(key, one)
        if first is not one:
            also = Related(one.path, one.span.line, "it is asked for here, too")
            missing[key] = first.replace(related=(*first.related, also))
    yield from missing.values()


def _by_places(system: System) -> Iterator[tuple[Service, Fault]]:
    """Each setting and each file of a deployment once, with the service for which it counts."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        reads = reads_settings(service) or names_settings(service)
        for path, span, app, what, doubt in (*_settings(service), *_commands(service)):
            if (path, span) in seen or in_tests(path) or to_copy(path):
                continue
            if not reads and not knows_no_django(system.project):
                continue
            seen.add((path, span))
            judged = _judged if reads else _without_settings
            for one in [Fault(path, span, "", doubt=doubt)] if doubt else judged(service, path, span, app, what):
                yield service, one


def _settings(service: Service) -> Iterator[tuple[str, Span, str, str, str]]:
    """The settings that ask for a part of these packages: path, span, application, what follows, and why another place may beat it."""
    for name, app, pattern, what in (
        ("beat_scheduler", BEAT, SCHEDULERS, "beat does not start"),
        ("result_backend", RESULTS, STORES, "no task can be sent"),
    ):
        setting = configuration(service).get(name)
        for place in setting.places if setting is not None else ():
            value = value_of(place.value).value
            if setting is None or not isinstance(value, str) or not pattern.fullmatch(value):
                continue
            counts = _counts(service, setting, place)
            if counts is not False:
                yield place.path, place.span, app, what, "" if counts else f"{name} is {TWICE}"


def _counts(service: Service, setting: Setting, place: Place) -> bool | None:
    """Whether what a place sets is not beaten by another place; None where the version of Celery decides, and may be either."""
    if any(origin(place.value) == origin(one) for one in setting.past):
        return False
    namespace = configuration(service).namespace
    whole = [one for one in setting.places if not one.guard and not one.partial]
    rivals = [one for one in whole if (one.direct or beats_app(one, namespace)) and one.direct is not place.direct]
    if not rivals or not (place.direct or beats_app(place, namespace)):
        return True
    older = pinned_below(service.project, SOURCE_LOSES)
    return None if older is None else older is not place.direct


def _commands(service: Service) -> Iterator[tuple[str, Span, str, str, str]]:
    for path in dict.fromkeys(one.path for one in service.project.evidence.deployment.launches if one.beat):
        spot = chosen_scheduler(service.project, path)
        if spot is not None:
            yield path, Span(*spot), BEAT, "beat does not start", ""


@query
def knows_no_django(project: Project) -> bool:
    """Whether no code of a project speaks of Django, and no deployment names settings: whoever imports a model there, has none (`ImproperlyConfigured`)."""
    held = project.evidence.deployment
    return not held.settings and not any(finds(project, path, DJANGO) for path in project.search("django", "DJANGO_"))


def _without_settings(service: Service, path: str, span: Span, app: str, what: str) -> Iterator[Fault]:
    """What a service without Django takes of it, in its own settings or in a command that starts it."""
    beats = [one for one in service.project.evidence.deployment.launches if one.beat]
    if path not in service.project.modules and not started_by(service, [one for one in beats if one.path == path]):
        return
    yield Fault(
        path, span, f"this is a part of {_package(app)}, and the project has no Django, whose settings it asks for: {what}",
        "leave it out: Celery's own is at work then" if app == BEAT else "name a backend that needs no Django",
        app, certain=app != BEAT or bool(beats),
    )  # fmt: skip


def _package(app: str) -> str:
    return app.replace("_", "-")


def _is_nobodys(project: Project, app: str) -> bool:
    """Whether the requirements name Celery and not the package of an application, and no code has its name: it can be neither imported nor listed."""
    return is_pinned(project, app) is False and not is_listed(project, app) and not project.search(app)


def _judged(service: Service, path: str, span: Span, app: str, what: str) -> Iterator[Fault]:
    held, launches = installed_apps(service), service.project.evidence.deployment.launches
    if any(one.written.partition(".")[0] == app or one.package == app for one in held.apps):
        return
    package = _package(app)
    if (held.open or not held.apps) and _is_nobodys(service.project, app):
        yield Fault(
            path, span, f"this is a part of {package}, which no requirements and no settings name: {what}",
            f'require {package}, and add "{app}" to INSTALLED_APPS', app, certain=app != BEAT or any(one.beat for one in launches),
        )  # fmt: skip
    elif held.open or not held.apps:
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
