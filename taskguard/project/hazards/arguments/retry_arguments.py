"""Arguments of `retry` beside those of the run: `self.retry(kwargs={"pk": pk})` keeps what was given by position, and each of the names in it is then given twice."""

from __future__ import annotations

from taskguard.facts.model import Attr
from taskguard.project.hazards.arguments.misuses import Misuse
from taskguard.project.hazards.calls.call_arguments import Odd, direct, names_of, packed
from taskguard.project.hazards.calls.fitting import PLACED, Misfit
from taskguard.project.hazards.calls.functions import sites_in
from taskguard.project.hazards.calls.takers import takers
from taskguard.project.python.aside import put_aside
from taskguard.project.python.pins import pinned_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import Call, CallSite
    from taskguard.project.hazards.calls.fitting import Given
    from taskguard.project.hazards.calls.takers import Taker
    from taskguard.project.python.project import Module, Project

# From here on `retry` leaves out of the arguments by position what it is given by name.
NAMES_WIN = (5, 7)
DIRECT = ("delay", "delay_on_commit")
PACKED = ("apply_async", "apply_async_on_commit")


def again(project: Project) -> Iterator[Misuse]:
    """One for each such `retry` of a task that code sends with one of the names by position. Celery from 5.7 on takes the names out of what was given by
    position (celery/app/task.py, `retry`): nothing there, and a doubt where no version is pinned."""
    older = pinned_below(project, NAMES_WIN)
    if older is False:
        return
    doubt = "" if older else "Celery from 5.7 on takes the names for those of the run"
    for module, site in sites_in(project, project.search(".retry("), ("retry",)):
        names = _named_alone(module, site.scope, site.call)
        held = takers(module, site.call.callee.rpartition(".")[0], site.scope) if names else ()
        if len(held) != 1 or held[0].doubt or put_aside(module):
            continue
        found = _sent_so(project, held[0], names)
        if found is not None:
            twice, sender, line = found
            where = "above" if sender is module and line < site.call.span.line else f"by {sender.path}:{line}"
            text = f"{', '.join(twice)} of kwargs {'is' if len(twice) == 1 else 'are'} given twice, since retry keeps the args of the run, which is sent {where} with as many by position"
            name = site.call.callee.rpartition(".")[0]
            yield Misuse(
                module,
                site.scope,
                site.call.span,
                name,
                held[0],
                (Misfit("twice", twice, text),),
                "worker",
                site.call,
                doubt=doubt,
            )


def _named_alone(module: Module, scope: str, call: Call) -> tuple[str, ...]:
    """The names of the arguments that a `retry` gives, where it gives none by position."""
    given = call.keyword("kwargs")
    if given is None or call.args or call.keyword("args") is not None or any(one.name is None for one in call.keywords):
        return ()
    made = names_of(module, scope, given)
    return () if isinstance(made, Odd) else made.names


def _sent_so(project: Project, taker: Taker, names: tuple[str, ...]) -> tuple[tuple[str, ...], Module, int] | None:
    """The names that a call gives by position when it sends the task, with the place of that call: the first one."""
    order = [one.name for one in taker.params if one.kind in PLACED]
    word = taker.task.qualname.rpartition(".")[2]
    for module, site in sites_in(project, project.search(word), (*DIRECT, *PACKED)):
        if isinstance(site.call.func, Attr) or put_aside(module):
            continue
        held = takers(module, site.call.callee.rpartition(".")[0], site.scope)
        if len(held) != 1 or held[0].task is not taker.task:
            continue
        before = order[: _given(module, site).places]
        twice = tuple(one for one in names if one in before)
        if twice:
            return twice, module, site.call.span.line
    return None


def _given(module: Module, site: CallSite) -> Given:
    if site.call.callee.rpartition(".")[2] in DIRECT:
        return direct(module, site.scope, site.call)
    return packed(module, site.scope, site.call).given
