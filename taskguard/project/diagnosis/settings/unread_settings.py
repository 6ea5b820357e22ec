"""Settings that Celery does not read, or that two places set."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.facts.model import Ref, Seq
from taskguard.patterns import regex
from taskguard.project.celery.configuration import SOURCE_LOSES, beats_app, configuration
from taskguard.project.celery.django import settings_modules
from taskguard.project.celery.loaded import in_use
from taskguard.project.celery.says_default import says_default
from taskguard.project.celery.setting_names import NOT_ALONE, by_words, is_called, is_invented, meaning, option_of
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.beside_conf import beside_conf
from taskguard.project.diagnosis.settings.flask_names import is_of_flask_alone
from taskguard.project.diagnosis.settings.from_environment import unasked_variable
from taskguard.project.diagnosis.settings.handed_on import is_handed_on
from taskguard.project.diagnosis.settings.mixed_names import mixed
from taskguard.project.diagnosis.settings.module_variables import stranded, unhanded
from taskguard.project.diagnosis.settings.no_source import without_source
from taskguard.project.diagnosis.settings.read_by_project import read_elsewhere
from taskguard.project.python.evaluate import Bound, mapping_of, value_of
from taskguard.project.python.pins import celery_pin, pinned_below
from taskguard.project.python.testing import in_test_settings
from taskguard.project.python.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Dead, Expression, Place, Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.values import Value

CLOSE = 0.88
# No setting has a shorter name.
MIN_NAME = 9
# What these options of a task are where nothing gives them (celery/app/task.py).
DEFAULTS: dict[str, object] = {"max_retries": 3, "default_retry_delay": 180}
# So many names that are no settings are looked for in the whole project.
MOST = 500
# The machine itself, as a host in an URL.
OWN_MACHINE = regex(r"(\A[\w+]+://(?:[^/@\s]*@)?)127\.0\.0\.1(?=[:/]|\Z)")
# All that kombu takes for one broker.
OWN_RABBIT = regex(r"(?:py)?amqp://(?:guest(?::guest)?@)?(?:localhost)?(?::5672)?/{0,2}")
# Celery 3.1 read these names, and no later version does, under no other name either (celery/app/defaults.py).
READ_BY_3 = frozenset(("CELERY_ENABLE_UTC",))
# So did it these, for which there is nothing any more (docs: "What's new in Celery 4.0", removed settings), each with what it was by default: what it
# said then is what later versions do.
GONE_WITH_3: dict[str, object] = {
    "CELERYD_AUTORELOADER": "celery.worker.autoreload:Autoreloader", "CELERYD_FORCE_EXECV": False, "CELERYD_TASK_LOG_LEVEL": None,
    "CELERY_AMQP_TASK_RESULT_EXPIRES": None, "CELERY_CHORD_PROPAGATES": True, "CELERY_SEND_TASK_ERROR_EMAILS": False, "CELERY_TASK_ERROR_WHITELIST": (),
}  # fmt: skip


def dead(system: System) -> Iterator[Fault]:
    """Each place once, however many services read the source. What the source sets under its right name too is left out."""
    seen: set[tuple[str, Span]] = set()
    asked: set[tuple[str, Span]] = set()
    for service in in_use(system):
        for one in configuration(service).dead:
            place = one.place
            if (one.why == "unprefixed" or place.how == "flask") and _read_by_another(system, service, place):
                continue
            if (place.path, place.span) in seen or (service.test and in_test_settings(place.path)):
                continue
            asked.add((place.path, place.span))
            if len(asked) > MOST:
                doubt = "there are more names here that Celery does not know than are compared with its settings"
                seen.add((place.path, place.span))
                yield Fault(place.path, place.span, "", doubt=doubt)
                continue
            if _lives(service, one):
                continue
            namespace = configuration(service).namespace
            invented = one.why == "unknown" and (
                (is_invented(place.written) and _for_celery_alone(place))
                or (place.written.isupper() and bool(option_of(place.written, namespace)))
            )
            lost = place.written in GONE_WITH_3 and pinned_below(service.project, (4, 0)) is False
            if one.why == "unknown" and not (
                lost or invented or _is_near(one, namespace) or torn_apart(one, namespace)
            ):
                continue
            if one.why == "old" and pinned_below(service.project, SOURCE_LOSES) is False:
                continue
            if says_default(service, one) or is_handed_on(service, one) or _gives_its_default(one, namespace):
                continue
            if place.written in READ_BY_3 and pinned_below(service.project, (4, 0)):
                continue
            if one.why == "old" and not _meant_for_celery(service, place.written):
                continue
            if place.how == "flask" and is_of_flask_alone(service, one, differ):
                continue
            if (
                (one.why == "unknown" or not place.direct)
                and not _leaves_without(service, one)
                and read_elsewhere(system.project, place.written, _others(service, one))
            ):
                continue
            seen.add((place.path, place.span))
            yield Fault(
                place.path,
                place.span,
                _why_dead(service, one),
                _cure(one, service),
                symbol=place.written,
                depends=_readers(service, place.path),
            )


def _leaves_without(service: Service, one: Dead) -> bool:
    """Whether the app surely has no broker but for a name that it does not read: it does not help that other code reads that name."""
    if one.place.setting != "broker_url" or one.why not in ("old", "unprefixed") or configuration(service).open:
        return False
    held = configuration(service).get("broker_url")
    return held is None or all(place.written == one.place.written for place in held.places)


def _read_by_another(system: System, service: Service, place: Place) -> bool:
    """Whether another app reads the same source under another prefix, and this name in it."""
    return any(
        (place.path, place.span) == (held.path, held.span)
        for other in system.services
        if other is not service and configuration(other).namespace != configuration(service).namespace
        for setting in configuration(other).settings.values()
        for held in setting.places
    )


def _gives_its_default(one: Dead, namespace: str | None) -> bool:
    """Whether an option of tasks, named like a setting, or a setting that is gone is given the value that it has anyhow."""
    given = value_of(one.place.value)
    if one.place.written in GONE_WITH_3:
        was = GONE_WITH_3[one.place.written]
        return isinstance(given, Known) and (_plain(given.value) == was or (was == () and given.value == []))
    option = option_of(one.place.written, namespace) if one.place.written.isupper() else ""
    return option in DEFAULTS and given.value == DEFAULTS[option]


def _meant_for_celery(service: Service, written: str) -> bool:
    """Whether an old name that others have, too, is Celery's here: its results go where the name says."""
    backend = next((kind for start, kind in NOT_ALONE.items() if written.startswith(start)), "")
    if not backend:
        return True
    setting = configuration(service).get("result_backend")
    value = value_of(setting.value).value if setting is not None else None
    return isinstance(value, str) and value.startswith(backend)


def _others(service: Service, one: Dead) -> frozenset[str]:
    """The names of the source that Celery reads, but not those that the dead name may help to make: what they take from it says nothing of it.

    A near-miss that is only a plural may be a helper: `CELERY_TASK_QUEUE` beside `CELERY_TASK_DEFAULT_QUEUE`.
    """
    if one.why not in ("old", "unprefixed", "namespaced") and one.place.written.rstrip("S") == one.meant.rstrip("S"):
        return frozenset()
    settings = configuration(service).settings.values()
    return frozenset(
        place.written for setting in settings if setting.name != one.place.setting for place in setting.places
    )


def _readers(service: Service, path: str) -> tuple[str, ...]:
    """The file that says how the source is read."""
    return (service.path,) if service.path != path else ()


def _lives(service: Service, one: Dead) -> bool:
    """Whether the source sets the meant setting where Celery reads it, too: the dead name then helps to make the live one.

    It does not where the two are an old and a new name, both with values of their own that differ.
    """
    called = is_called(one.place.written, None if one.place.direct else configuration(service).namespace)
    if called and one.why == "unknown" and configuration(service).get(called) is not None:
        return True
    if one.place.direct:
        return False
    held = configuration(service).get(one.place.setting)
    live = [place for place in held.places if place.written != one.place.written] if held is not None else []
    if one.why == "old" and live and all(differ(one.place, place) for place in live):
        return False
    return bool(live) or any(
        one.meant == place.written for setting in configuration(service).settings.values() for place in setting.places
    )


def _for_celery_alone(place: Place) -> bool:
    """Whether a setting stands where only Celery looks: on the app, or in a file of its own."""
    return place.direct or "celery" in place.path.rpartition("/")[2].lower()


def torn_apart(one: Dead, namespace: str | None) -> tuple[str, ...]:
    """The two settings of which a name is made, without the line between them: `CELERY_TASK_SERIALIZERBROKER_URL`; empty where it is not."""
    written = one.place.written
    for place in range(MIN_NAME, len(written) - MIN_NAME + 1) if written.isupper() else ():
        halves = written[:place], written[place:]
        told = [meaning(half, namespace) for half in halves]
        if written[place - 1] != "_" and all(setting and not why for setting, why in told):
            return halves
    return ()


def _cure(one: Dead, service: Service) -> str:
    if one.place.written in GONE_WITH_3:
        return "take it out: Celery has nothing of the kind since 4.0"
    halves = torn_apart(one, configuration(service).namespace)
    if halves:
        return f"these are two names, {halves[0]} and {halves[1]}: between them a value and a line are lost"
    if is_called(one.place.written, configuration(service).namespace) == "broker_transport_options":
        return f'write {one.meant} with the key "visibility_timeout"'
    if one.why != "unknown" or _is_near(one, configuration(service).namespace):
        return f"write {one.meant}"
    word = option_of(one.place.written, configuration(service).namespace)
    if word:
        return f"give the tasks `{word}`, by their declarations, a base class or `task_annotations`"
    return "leave it out, or write what is meant"


def _is_near(one: Dead, namespace: str | None) -> bool:
    """Whether the name is a setting misspelt, and not one of the project's own or of a library."""
    from difflib import SequenceMatcher

    if not one.meant:
        return False
    if one.meant == by_words(one.place.written, None if one.place.direct else namespace):
        return True
    if one.meant.replace("_", "") == one.place.written.replace("_", ""):
        return True  # `CELERY_TASK_TIMELIMIT`
    ours, theirs = set(one.place.written.split("_")), set(one.meant.split("_"))
    close = SequenceMatcher(None, one.place.written, one.meant).ratio() >= CLOSE
    return close and len(ours - theirs) <= 1 and len(theirs - ours) <= 1


def _why_dead(service: Service, one: Dead) -> str:
    written, namespace = one.place.written, configuration(service).namespace
    if one.place.how == "flask":
        return f"{written} is not read: Celery gets Flask's configuration as it is, and looks for {one.meant} there"
    if one.why == "old":
        return (
            f'{written} is an old name: in a source with the namespace "{namespace}" only Celery 5.7 and later read it'
            + _here(service, ", but {pin} is pinned")
        )
    if one.why == "unprefixed" and one.place.how == "source":
        return f"{written} is not read: the source's names begin with {namespace or 'no prefix, in lower case'}" + (
            "_" if namespace else ""
        )
    if one.why == "lower":
        return f"{written} is not read: Django hands on names in upper case alone"
    if one.why == "namespaced":
        return f"{written} is not read: the source is read without a namespace"
    if one.why == "unprefixed":
        return f"{written} is not read: on the app, settings are in lower case"
    return f"{written} is no setting of Celery: nobody reads it"


def overridden_settings(system: System) -> Iterator[Fault]:
    """With a namespace, up to Celery 5.6 the source beats what is set on the app, from 5.7 on it is the reverse (celery/app/utils.py)."""
    seen: set[tuple[str, Span]] = set()
    for service in in_use(system):
        if configuration(service).namespace is None:
            continue
        # Nobody knows of a settings module that nothing names whether any process reads it beside the app.
        guessed = {one.name for one in settings_modules(service).guessed}
        for setting in configuration(service).settings.values():
            source = [
                one
                for one in setting.places
                if one.how == "source"
                and beats_app(one, configuration(service).namespace)
                and one.written not in _old(service)
                and one.deployment not in guessed
            ]
            for place in setting.places:
                if not place.direct or place.partial or place.guard or not source or (place.path, place.span) in seen:
                    continue
                if any(one.direct and one.path == place.path and one.span > place.span for one in setting.places):
                    continue  # what the same file sets once more below is a start value
                seen.add((place.path, place.span))
                yield from _judged(service, place, source, setting.name)


def _old(service: Service) -> set[str]:
    return {one.place.written for one in configuration(service).dead}


def _judged(service: Service, place: Place, source: list[Place], name: str) -> Iterator[Fault]:
    answers = [differ(place, one) for one in source]
    if all(answer is False for answer in answers):
        return
    variable = unasked_variable(place, source, name) if True not in answers else ""
    if variable and pinned_below(service.project, SOURCE_LOSES):
        other = source[0]
        yield Fault(
            place.path, place.span,
            f"{name} is taken from {variable} here, and {other.written} beats it{_here(service, ' with {pin}')}: whatever the environment says, it does not count",
            f"let {other.written} ask for {variable}, and leave this out", symbol=name,
            related=(Related(other.path, other.span.line, "this counts"),), depends=(other.path,),
        )  # fmt: skip
        return
    if True not in answers:
        yield Fault(
            place.path,
            place.span,
            "",
            doubt=f"{name} is set in {source[0].path} too, and whether to the same value cannot be told",
        )
        return
    other = source[answers.index(True)]
    yield Fault(
        place.path, place.span, f"{name} is set here and as {other.written}: {_which(service)}",
        "set it in one place", symbol=name, related=(Related(other.path, other.span.line, "the other place"),), depends=(other.path,),
    )  # fmt: skip


def _which(service: Service) -> str:
    """Which of two places counts; where the version is pinned, that one first."""
    before = pinned_below(service.project, SOURCE_LOSES)
    if before is None:
        return "up to Celery 5.6 the latter counts, from 5.7 on this one"
    other = "from 5.7 on this one would" if before else "before 5.7 the latter did"
    return f"{'the latter' if before else 'this one'} counts{_here(service, ' with {pin}')}, {other}"


def _here(service: Service, text: str) -> str:
    """A remark about the pinned version, nothing where both sides of what differs are possible."""
    pin = celery_pin(service.project)
    if pin is None or pin.before(SOURCE_LOSES) is None:
        return ""
    return text.format(pin=f"Celery {pin.text.lstrip('=')} ({pin.path})")


def differ(one: Place, other: Place) -> bool | None:
    """Whether two places give different values; None where that cannot be told."""
    if (
        isinstance(one.value, Bound)
        and isinstance(one.value.expr, Ref)
        and one.value.expr.name.rpartition(".")[2] == other.written
    ):
        return False
    left, right = value_of(one.value), value_of(other.value)
    if (_is_nothing(left) and _holds_something(other.value)) or (_is_nothing(right) and _holds_something(one.value)):
        return True
    if isinstance(left, Known) and isinstance(right, Known):
        return bool(_plain(left.value) != _plain(right.value))
    if left.name and left.name == right.name:
        return False
    first, second = mapping_of(one.value), mapping_of(other.value)
    if (
        first.entries
        and second.entries
        and not first.open
        and not second.open
        and set(first.entries) != set(second.entries)
    ):
        return True
    return None


def _is_nothing(value: Value) -> bool:
    """Whether a value is surely no more than an empty list or dict."""
    return isinstance(value, Known) and (value.value is None or value.value in ({}, [], ()))


def _holds_something(given: Expression) -> bool:
    """Whether a dict or list has something in it, whatever that is."""
    if isinstance(given, Bound) and isinstance(given.expr, Seq):
        return bool(given.expr.items)
    return bool(mapping_of(given).entries)


def _plain(value: object) -> object:
    """A value; an URL with one name for the own machine, and without what is taken anyhow: the database of a Redis, host, user and port of RabbitMQ."""
    if not isinstance(value, str):
        return value
    value = OWN_MACHINE.sub(r"\1localhost", value)
    if value.startswith(("redis://", "rediss://")):
        return value.rstrip("/").removesuffix("/0").rstrip("/")
    return "amqp://" if OWN_RABBIT.fullmatch(value) else value


def dead_settings(system: System) -> Iterator[Fault]:
    """Settings that Celery does not read."""
    yield from beside_conf(system)
    yield from dead(system)
    yield from mixed(system, differ)
    yield from stranded(system)
    yield from unhanded(system)
    yield from without_source(system)
