"""Options of schedule entries with values that each send chokes on: `apply_async` is given them as they are (celery/beat.py, `Scheduler.apply_async`)."""

from __future__ import annotations

from taskguard.project.celery.schedulers import has_own_beat
from taskguard.project.diagnosis.declarations.option_values import wrong_value
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.python.evaluate import Bound, mapping_of, value_of
from taskguard.project.python.values import Instance, Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import BeatEntry

JUDGED = ("expires", "queue", "soft_time_limit", "time_limit")


def unsent_options(entry: BeatEntry) -> Iterator[Fault]:
    """The options of an entry with which no send of it succeeds.

    Only where the scheduler is Celery's own: django-celery-beat keeps a few options in its rows, and drops the others.
    """
    if entry.service is None or has_own_beat(entry.service) is False:
        return
    key = entry.key.value
    for name, held in mapping_of(entry.options).entries.items():
        if not isinstance(held, Bound) or name not in (*JUDGED, "countdown"):
            continue
        value = value_of(held)
        said = _wrong(str(name), value.value) if isinstance(value, Known) else None
        if said is not None:
            symbol = key if isinstance(key, str) else None
            yield Fault(
                held.module.path, held.expr.span, f"{said[0]}, and beat never sends the task", said[1], symbol=symbol
            )


def _wrong(name: str, value: object) -> tuple[str, str] | None:
    if name == "countdown":
        timed = isinstance(value, Instance) and value.name == "datetime.timedelta"
        return ("countdown is a timedelta: each send is a TypeError", "write seconds") if timed else None
    wrong = wrong_value(name, value)
    return (wrong.what, wrong.help) if wrong is not None else None
