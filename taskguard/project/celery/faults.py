"""What is wrong with a piece of the configuration, as the rules say it."""

from __future__ import annotations

from taskguard.diagnostics import Related, Span
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.system import System


class Fault(Record):
    """A mistake in the configuration, or with `doubt` a verdict that could not be given, and why.

    `symbol` is the subject, `depends` are further files on which it rests. One that is not `certain` is at most a warning.
    """

    path: str
    span: Span
    message: str
    help: str = ""
    symbol: str | None = None
    related: tuple[Related, ...] = ()
    depends: tuple[str, ...] = ()
    certain: bool = True
    doubt: str = ""


class Faults:
    """The mistakes of a configuration by kind. Nothing is looked for before it is asked for."""

    def __init__(self, system: System) -> None:
        self.system = system

    def beat_entries(self) -> Iterator[Fault]:
        """Entries that stop beat, fail at each run, or fire without pause."""
        from taskguard.project.celery.entry_faults import invalid

        return invalid(self.system)

    def overwritten(self) -> Iterator[Fault]:
        """Calls of `add_periodic_task` that replace an earlier one."""
        from taskguard.project.celery.entry_keys import overwritten

        return overwritten(self.system)

    def mismatched(self) -> Iterator[Fault]:
        """Entries whose key names another task than the one they run."""
        from taskguard.project.celery.entry_keys import mismatched

        return mismatched(self.system)

    def minuteless(self) -> Iterator[Fault]:
        """Crontabs that say when and leave out the minute."""
        from taskguard.project.celery.crontabs import every_minute

        return every_minute(self.system)

    def crontabs(self) -> Iterator[Fault]:
        """Crontabs that Celery refuses or misreads, or that never come."""
        from taskguard.project.celery.crontabs import invalid

        return invalid(self.system)

    def routes(self) -> Iterator[Fault]:
        """Routes with which each publish fails, or that match nothing although they look like patterns."""
        from taskguard.project.celery.route_faults import invalid

        return invalid(self.system)

    def dead(self) -> Iterator[Fault]:
        """Settings that Celery does not read."""
        from taskguard.project.celery.mixed_names import mixed
        from taskguard.project.celery.setting_faults import dead, differ

        yield from dead(self.system)
        yield from mixed(self.system, differ)

    def overridden(self) -> Iterator[Fault]:
        """Settings that two places set, so that the version of Celery decides which one counts."""
        from taskguard.project.celery.replaced import replaced
        from taskguard.project.celery.setting_faults import overridden

        yield from overridden(self.system)
        yield from replaced(self.system)

    def letters(self) -> Iterator[Fault]:
        """Strings where Celery walks a list."""
        from taskguard.project.celery.setting_faults import letters

        return letters(self.system)

    def missing_modules(self) -> Iterator[Fault]:
        """What the worker is told to import and the project has not."""
        from taskguard.project.celery.absent import missing_modules

        return missing_modules(self.system)

    def shadows(self) -> Iterator[Fault]:
        """Modules of the project that hide the library Celery."""
        from taskguard.project.celery.shadowing import library_shadows

        return library_shadows(self.system.project)

    def unloaded(self) -> Iterator[Fault]:
        """Apps that only a worker imports, though others send shared tasks."""
        from taskguard.project.celery.unloaded import unloaded
        from taskguard.project.celery.unloaded_web import unloaded_web

        yield from unloaded(self.system)
        yield from unloaded_web(self.system)

    def lost_handlers(self) -> Iterator[Fault]:
        """Receivers of the app's signals that are never called."""
        from taskguard.project.celery.handlers import lost_handlers

        return lost_handlers(self.system)

    def under_two_names(self) -> Iterator[Fault]:
        """Senders that import a module of tasks under another name than the worker."""
        from taskguard.project.celery.twofold import under_two_names

        return under_two_names(self.system)

    def priorities(self) -> Iterator[Fault]:
        """Priorities that the broker does not have, or that mean the opposite on it."""
        from taskguard.project.celery.priority_faults import out_of_range

        return out_of_range(self.system)
