from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, Unsure, celery_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.misuses import Misuse
    from taskguard.rule import Findings, Project

# Options of a call that are seldom the name of a parameter.
OPTIONS = celery_options.CALL_ONLY | {"queue", "priority", "expires", "args", "kwargs"}


class CallArguments(ProjectRule, code="TG501", since="0.1.0"):
    """
    A task is sent with arguments that it does not take.

    ## Why is this bad?
    `delay` and `apply_async` compare the arguments with the parameters of the function, and raise TypeError where they do not fit. Nobody compares those of
    `send_task`, of a signature and of a schedule: the message is sent, and it fails in the worker, each time. Options as `countdown` belong to
    `apply_async`; `delay` hands all that it is given to the function. `args=(x)` is x and no tuple.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(bind=True)
    def remind(self, user_id, day): ...


    def go(user_id, today):
        remind.delay(user_id)  # error
        remind.apply_async((user_id, today), {"day": today})  # error
        remind.delay(user_id, today, countdown=60)  # error
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(bind=True)
    def remind(self, user_id, day): ...


    def go(user_id, today):
        remind.delay(user_id, today)
        remind.apply_async((user_id,), {"day": today})
        remind.apply_async((user_id, today), countdown=60)
    ```

    ## Unknown
    Silent on `*unpacked` and `**unpacked` arguments as far as they may fill what is missing, and on lists and dicts whose contents are not known. Undecided where a decorator
    stands between the task decorator and the `def`, where `typing=False` (or `strict_typing=False` of the app) switches the check off, where the base class
    has a `__call__`, `delay`, `apply_async` or signatures of its own or is outside the project, and where a name is bound more than once.
    Tests are left out: they fail by themselves.

    ## References
    - [Celery: argument checking](https://docs.celeryq.dev/en/stable/userguide/tasks.html#argument-checking)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.misuses import misuses

        for one in misuses(project):
            if one.doubt:
                yield Unsure(one.module.path, one.span, one.doubt)
            else:
                yield _said(one)


def _said(one: Misuse) -> Finding:
    task, path = one.taker.task, one.module.path
    if one.odd is not None:
        wanted = "list or tuple" if one.odd.part == "args" else "dict"
        text = f"{one.odd.part} is {one.odd.what}, and no {wanted}"
    else:
        text = "; ".join(fault.text for fault in one.faults)
    end = {"here": "a TypeError here", "run": "the run is a TypeError"}.get(one.where, "a TypeError in the worker")
    return Finding(
        path, one.span, f"{one.name}: {text}: {end}",
        symbol=".".join(part for part in (one.module.name, one.scope) if part), help=_help(one),
        related=(Related(task.path, task.line, "the task"),), depends=tuple(dict.fromkeys(file for file in (task.path, *task.depends) if file != path)),
    )  # fmt: skip


def _help(one: Misuse) -> str:
    if one.odd is not None:
        if one.odd.part == "kwargs":
            return "write kwargs as a dict"
        return "a tuple of one needs a comma: `(x,)`" if one.odd.bare else "write args as a tuple: `(x,)`"
    options = [name for fault in one.faults if fault.kind == "unknown" for name in fault.names if name in OPTIONS]
    last = one.call.callee.rpartition(".")[2]
    if options and last in ("delay", "s", "si"):
        return (
            f"{options[0]} is an option of `apply_async(args, kwargs, {options[0]}=…)`"
            if last == "delay"
            else f"give options by `.set({options[0]}=…)`"
        )
    missing = [name for fault in one.faults if fault.kind == "missing" for name in fault.names]
    swallowed = [name for name in missing if one.call.keyword(name) is not None]
    if swallowed and last not in ("delay", "s", "si"):
        return f"keywords of {last} are options: give {swallowed[0]} in `kwargs={{…}}`"
    params = ", ".join(f"{ {'var': '*', 'rest': '**'}.get(each.kind, '') }{each.name}" for each in one.taker.params)
    return f"it takes ({params})"
