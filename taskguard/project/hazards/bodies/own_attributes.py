"""What the body of a bound task asks of itself, and of its request, that neither has."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.model import Call, Ref
from taskguard.facts.questions import finds
from taskguard.facts.statements import Define
from taskguard.patterns import regex
from taskguard.project.hazards.bodies.task_words import REQUEST, REQUEST_METHODS, TASK
from taskguard.project.hazards.calls.handling import is_caught
from taskguard.project.python.flow import bound_in, parts_of
from taskguard.project.python.text_questions import words_behind
from taskguard.project.python.values import Unknown
from taskguard.project.registry.effective import base_attributes, base_of, lineage_of
from taskguard.project.tasks.bases import IDLE_BASES, locate
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.hazards.calls.runs import Run

# The classes of Celery of which all attributes are known, with what each has beside those of a task.
KNOWN = {
    "celery.Task": (),
    "celery.app.Task": (),
    "celery.app.task.Task": (),
    "celery.contrib.abortable.AbortableTask": ("is_aborted",),
    "celery.contrib.django.task.DjangoTask": (),
}
# Who catches one of these expects that it may not be there.
EXPECTED = frozenset(("AttributeError",))
# Somebody may give tasks attributes whose names nobody sees.
_COMPUTED = regex(
    r"\bsetattr\(\s*(?:self|cls|task|sender|\w*[tT]ask)\b|\.__dict__\b|\bTask\.__getattr|\b__getattr(?:ibute)?__"
)


class Lacking(Record):
    """An attribute that a body asks of `of`, itself or its request, and that is not there. `meant` is what may be, as it would be written."""

    of: str
    name: str
    span: Span
    meant: str


def lacking(run: Run) -> Iterator[Lacking]:
    """Each name once, where it first stands."""
    own, task = run.own, run.task
    if not own or task.form != "function" or task.open or task.sources or task.below:
        return
    words = words_behind(run.module.project, run.module.path, run.function, own)
    if not any(_lacks(*one) for one in words) or not _is_known(run):
        return
    body = run.body
    if body is None or bound_in(body, own):
        return
    seen: set[str] = set()
    for spot, expr, within in parts_of(body):
        if not isinstance(expr, Ref) or not expr.name.startswith(f"{own}.") or isinstance(spot.statement, Define):
            continue
        first, second, *more = (*expr.name.split(".")[1:], "")
        key = second if first == "request" else f".{first}"
        if key in seen or not _lacks(first, second) or is_caught(spot, EXPECTED):
            continue
        seen.add(key)
        if first == "request":
            # A message may bring any name in its headers, and nothing that can be called.
            if not more[1:] and within and isinstance(within[-1], Call) and within[-1].func is expr:
                yield Lacking(f"{own}.request", second, expr.span, f"{own}.{second}" if second in TASK else "")
        elif not _is_given(run, first):
            yield Lacking(own, first, expr.span, f"{own}.request.{first}" if first in REQUEST else "")


def _lacks(first: str, second: str) -> bool:
    if first == "request":
        return bool(second) and second not in REQUEST and second not in REQUEST_METHODS
    return first not in TASK and not (first.startswith("__") and first.endswith("__"))


def _is_known(run: Run) -> bool:
    """Whether all classes of the task are known: Celery's own, and those of the project."""
    task, project = run.task, run.module.project
    if isinstance(base_of(task), Unknown):
        return False
    names, files, opened = lineage_of(task)
    if opened or any(
        one not in KNOWN and locate(project, one, task.module) is None and not one.startswith(IDLE_BASES)
        for one in names
    ):
        return False
    return not any(finds(project, path, _COMPUTED) for path in dict.fromkeys((run.module.path, *files)))


def _is_given(run: Run, name: str) -> bool:
    """Whether something may give a task an attribute of that name: its options, its classes, whoever has the task in hand; a word in quotes may be for `setattr`."""
    task, project = run.task, run.module.project
    names, files, _ = lineage_of(task)
    if name in task.options or name in base_attributes(task) or any(name in KNOWN.get(one, ()) for one in names):
        return True
    word, function = re.escape(name), re.escape(run.function.name)
    set_ = r"\s*(?::[^=\n]+)?=(?!=)"
    given = rf"(?:{function}|task|celery_task|current_task|sender|func|fn|wrapper|Task)"
    holders = rf"(?:{re.escape(run.own)}|{given})"
    outside = re.compile(
        rf"\b{given}\.{word}{set_}|\b(?:set|(?:has|get)(?=attr\(\s*{holders}\b))attr\(\s*[\w.]+\s*,\s*[\"']{word}[\"']"
    )
    inside = re.compile(rf"\b(?:self|cls)\.{word}(?:{set_}|,[^=\n]*=(?!=))|\bas (?:self|cls)\.{word}\b")
    near, noted = (
        {run.module.path, *files},
        project.search("task_annotations", "CELERY_ANNOTATIONS", "CELERY_TASK_ANNOTATIONS"),
    )
    return any(
        finds(project, path, outside)
        or (path in near and finds(project, path, inside))
        or (path in noted and finds(project, path, re.compile(rf"[\"']{word}[\"']")))
        for path in project.search(name)
    )
