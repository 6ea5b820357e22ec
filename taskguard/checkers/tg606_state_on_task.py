from __future__ import annotations

from taskguard.project.python.testing import in_tests
from taskguard.rule import FileRule, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.bodies.task_state import State
    from taskguard.rule import Findings, Module

GUESSED = frozenset(("left", "shared", "earlier"))


class StateOnTask(FileRule, code="TG606", since="0.1.0"):
    """
    The body of a task changes the task itself, which the next runs share.

    ## Why is this bad?
    `self` is one object in each process of a worker, and serves all runs of the task there, one after another, and at once with threads or
    gevent. What a run sets on it the next one finds: `self.max_retries = 10` holds for every message from then on, `self.count += 1` counts
    on, and a list that is filled is filled further.

    ## Example
    ```py
    from celery import Task, shared_task


    class Counting(Task):
        done = 0


    @shared_task(bind=True, base=Counting)
    def collect(self, pks):
        self.max_retries = len(pks)  # error
        for pk in pks:
            self.done += 1  # error
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(bind=True)
    def collect(self, pks):
        done = 0
        for pk in pks:
            done += 1
    ```

    ## Unknown
    Said of options of Celery (`max_retries`, `rate_limit`, `queue`…), of what is counted on (`+=`, `self.done = self.done + 1`), both also where the body names the task by its name in the module, of empty lists
    that the task's class or a base class has, or makes in its `__init__`, which the body adds to and nothing empties or sets anew (to give them back is none of that), and, as a warning, of what is set in some of the runs only and read by
    the body all the same, or read before it is set. Methods of the task's classes that the body calls count, where they stand in the same file. Silent on what each run sets anew before it reads it, unless all workers that the project names run with threads, gevent or eventlet (a warning), on `self.request`, and on what is kept on
    purpose: where the body asks first whether it is there (`if self.client is None`, `hasattr`).

    ## References
    - [Celery: instantiation](https://docs.celeryq.dev/en/stable/userguide/tasks.html#instantiation)
    """

    def check(self, module: Module) -> Findings:
        from taskguard.project.hazards.bodies.task_state import states, states_within
        from taskguard.project.hazards.calls.runs import runs_in

        seen: set[object] = set()
        for run in runs_in(module) if not in_tests(module.path) else ():
            for one in (*states(run), *states_within(run)):
                if one.span in seen:
                    continue
                seen.add(one.span)
                yield Finding(
                    module.path, one.span, _said(one), symbol=run.task.dotted, certain=one.kind not in GUESSED,
                    help=_advice(one),
                )  # fmt: skip


def _said(one: State) -> str:
    if one.kind == "option":
        return f"{one.name} is set on the task itself: it holds for all later runs in this process, and not for this message"
    if one.kind == "counted":
        return f"{one.name} is the task's own, which all runs in a process share: the next run goes on from here"
    if one.kind == "filled":
        return f"{one.name} is a list, dict or set of the class, which all runs in a process share: what this run adds the next one finds there"
    if one.kind == "shared":
        return f"{one.name} is set on the task, which runs in one process share and take turns with: this run may read what another has set"
    if one.kind == "earlier":
        return f"{one.name} is read before this run sets it: it is what another run in this process has left, and each process has its own"
    return f"{one.name} stays on the task, which all runs in a process share: a run that does not set it reads what another has left"


def _advice(one: State) -> str:
    if one.kind == "option":
        return f"pass it to `retry` or `apply_async`, or set it where the task is declared: `{one.name.rpartition('.')[2]}=…`"
    return "keep it in a local variable"
