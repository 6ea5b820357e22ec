"""Formats of messages and results that kombu does not know under that name (kombu/serialization.py, `dumps`, `prepare_accept_content`; seen with 5.3 to 5.7)."""

from __future__ import annotations

from taskguard.diagnostics import Related
from taskguard.project.celery.configuration import configuration
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import apart
from taskguard.project.diagnosis.settings.serializers import TYPES
from taskguard.project.python.evaluate import value_of
from taskguard.project.python.testing import in_tests
from taskguard.project.tasks.declarations import all_tasks
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Place
    from taskguard.project.celery.system import System

AUTH = "auth"
WRITTEN = {
    "task_serializer": "SerializerNotInstalled as soon as a task is sent",
    "result_serializer": "a KeyError as soon as a result is kept",
    "accept_content": "SerializerNotInstalled as soon as a worker starts or a task is sent",
}
# What makes `auth` known, and other formats. Whoever has these words may have both.
REGISTERS = (
    "setup_security",
    "register_auth",
    "kombu.serialization",
    "serialization.register",
    "from kombu import serialization",
)


class Odd(Record):
    """A place that names a format which is not known, and what comes of it."""

    path: str
    span: Span
    name: str
    outcome: str


def unregistered(system: System) -> Iterator[Fault]:
    """The first place in each file, with the others beside it."""
    if system.project.search(*REGISTERS):
        return
    by_file: dict[str, dict[Span, Odd]] = {}
    for one in (*_settings(system), *_tasks(system)):
        by_file.setdefault(one.path, {}).setdefault(one.span, one)
    for path, held in sorted(by_file.items()):
        first, *others = sorted(held.values(), key=lambda one: one.span)
        known = TYPES.get(first.name, "")
        message = (
            f'"{first.name}" is the type of what is written, and no serializer: {first.outcome}'
            if known
            else f"auth is a serializer once `setup_security()` was called, which nothing here does: {first.outcome}"
        )
        advice = (
            f'write "{known}"'
            if known
            else "call `app.setup_security()`, which wants a key and certificates, or write JSON"
        )
        yield Fault(
            path, first.span, message, advice, None,
            tuple(Related(path, one.span.line, f'"{one.name}" here, too') for one in others if one.name == first.name),
        )  # fmt: skip


def _settings(system: System) -> Iterator[Odd]:
    for service in system.live:
        for name, outcome in WRITTEN.items():
            setting = configuration(service).get(name) if not service.test else None
            for place in setting.places if setting is not None else ():
                odd = "" if apart(place) else _odd(place)
                if odd:
                    yield Odd(place.path, place.span, odd, outcome)


def _odd(place: Place) -> str:
    """The format that a place names and that is not known."""
    value = value_of(place.value).value
    if place.setting == "accept_content":
        return AUTH if isinstance(value, list | tuple | set) and AUTH in value else ""
    return value if isinstance(value, str) and (value == AUTH or value in TYPES) else ""


def _tasks(system: System) -> Iterator[Odd]:
    for task in all_tasks(system.project):
        held = task.options.get("serializer")
        name = held.value.value if held is not None and held.origin in ("decorator", "class") else None
        if isinstance(name, str) and (name == AUTH or name in TYPES) and not in_tests(task.path):
            yield Odd(task.path, task.span, name, WRITTEN["task_serializer"])
