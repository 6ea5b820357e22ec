"""What migrations leave in the table of django-celery-beat: what an applied one wrote, a later one may have renamed or deleted."""

from __future__ import annotations

import re

from taskguard.patterns import regex
from taskguard.project.celery.migration_files import in_migrations, undoing
from taskguard.project.celery.schedules import loose_entries
from taskguard.project.celery.system import celery_of
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import BeatEntry
    from taskguard.project.python.project import Module, Project

TABLE = regex(r"periodic_?task", re.IGNORECASE)
# What changes rows of which no name is written out.
BROAD = regex(
    r"objects\s*\.\s*(?:all|exclude|iterator|delete|raw)\(|\b(?:task|name)__(?!in\b)\w+\s*=|\.replace\(|\.startswith\(|\bDROP\b|\bTRUNCATE\b"
)
EMPTIES = regex(r"periodic_?tasks?\w*\s*\.\s*objects\s*\.\s*(?:all\(\)\s*\.\s*delete|exclude)\(", re.IGNORECASE)


def forwards(module: Module) -> str:
    """The text of a migration without the functions that only take it back."""
    lines = (module.project.text(module.path) or "").splitlines()
    for name in undoing(module):
        function = module.function(name)
        if function is not None:
            for place in range(function.span.line - 1, min(function.span.end_line, len(lines))):
                lines[place] = ""
    return "\n".join(lines)


class Rows:
    """What is known of the rows of a project, each question once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.memo: dict[object, object] = {}
        self.written: dict[str, list[BeatEntry]] = {}
        for one in loose_entries(celery_of(project)):
            if in_migrations(one.path):
                self.written.setdefault(one.path, []).append(one)

    def gone(self, path: str, name: str, keys: tuple[str, ...]) -> str:
        """Why the row that a migration wrote may have another task by now: empty where nothing touches it, or the file that does so."""
        for other in self.project.search(*dict.fromkeys((name, *keys))):
            if other != path and self._after(path, other) and self._touches(other, name, keys):
                return other
        for other in self.project.search("PeriodicTask"):
            text = self._text(other)
            if other == path or not self._after(path, other):
                continue
            if (BROAD if in_migrations(other) else EMPTIES).search(text):
                return other
        return ""

    def _after(self, path: str, other: str) -> bool:
        """Whether a file runs after a migration, or may."""
        folder, _, stem = path.rpartition("/")
        beside, _, its = other.rpartition("/")
        if folder != beside or not (stem[:4].isdigit() and its[:4].isdigit()):
            return True
        return its > stem

    @query
    def _text(self, path: str) -> str:
        return forwards(self.project.modules[path])

    def _touches(self, path: str, name: str, keys: tuple[str, ...]) -> bool:
        """Whether a file names the task, or the row, in order to change the table: elsewhere than where it writes that task itself."""
        text = self._text(path)
        if not TABLE.search(text):
            return False
        if not in_migrations(path) and not re.search(r"\.delete\(|\.update\(|\.save\(", text):
            return False
        own = sum(1 for one in self.written.get(path, ()) if one.task.value == name)
        if len(re.findall(rf"[\"']{re.escape(name)}[\"']", text)) > own:
            return True
        return any(re.search(rf"[\"']{re.escape(key)}[\"']", text) for key in keys)


@query
def rows_of(project: Project) -> Rows:
    """What the migrations of a project leave in the table of django-celery-beat."""
    return Rows(project)
