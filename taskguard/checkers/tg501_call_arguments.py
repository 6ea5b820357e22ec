from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, Unsure, celery_options, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.arguments.crossed import Crossed
    from taskguard.project.hazards.arguments.misuses import Gone, Misuse
    from taskguard.project.hazards.arguments.newer_methods import Newer
    from taskguard.project.hazards.arguments.slips import Plain, Slip
    from taskguard.project.hazards.arguments.spilled import Spilled
    from taskguard.project.hazards.arguments.state_by_position import AsId
    from taskguard.project.hazards.bodies.plain_calls import Unfitting
    from taskguard.project.hazards.canvases.listed_steps import Listed
    from taskguard.rule import Findings, Fix, Module, Project

# Options of a call that are seldom the name of a parameter.
OPTIONS = celery_options.CALL_ONLY | {"queue", "priority", "expires", "args", "kwargs"}

ENDS = {
    "here": "a TypeError here",
    "run": "the run is a TypeError",
    "worker": "a TypeError in the worker",
    "beat": "a TypeError each time that it is due",
    "commit": "a TypeError after the commit",
    "later": "a TypeError when it is called",
}
AFTER = {
    "": "", "result": " gets the result before it as its first argument", "header": " gets the list of results before it as its first argument",
    "failed": " gets the id of the task that failed", "error": " gets the request, the error and the traceback of the task that failed",
}  # fmt: skip


class CallArguments(ProjectRule, shares="bodies", code="TG501", since="0.1.0"):
    """
    A task is sent with arguments that it does not take, or calls a function of the project with such.

    ## Why is this bad?
    `delay` and `apply_async` compare the arguments with the parameters of the function, and raise TypeError where they do not fit. Nobody compares those of
    `send_task`: the message is sent, and it fails in the worker, each time. A signature is compared when it is sent: within a chain only when the task before has
    ended, which then counts as failed, and all that follows is never sent. A misspelt method (`deley`, `apply_asinc`) is an AttributeError where it is called, and so is `delay` or `s` of a function that is no task, and `delay_on_commit` before Celery 5.4. Options as `countdown` belong to
    `apply_async`; `delay` hands all that it is given to the function. A list is all that a `chain` or `group` is made of, or nothing of it: beside other members it is no signature. `args=(x)` is x and no tuple, and `*kwargs` are the names of the keywords and not what they are worth. Names count for nothing where arguments are given by position: `delay(order_id, user_id)` of `def send(user_id, order_id)` is sent, and is wrong. A schedule (`add_periodic_task`) wants a signature, too.
    `update_state` takes the id of a task, the state and the meta, in this order: `self.update_state("PROGRESS", {…})` keeps a dict as the state of a task that is called PROGRESS, which is a TypeError.
    `retry` keeps what it is not given: beside `kwargs={"pk": pk}` there are still the arguments by position of the run, up to Celery 5.6 (undecided where no older version is pinned).

    What a task calls is no more compared before it runs: a function, a method, another task that is called like a function (Celery gives it `self`) or the constructor of a class of the project that got a parameter more, and is called as before, ends each run of the task that comes there.

    In a chain each signature but the first gets the result of the one before it as its first argument, the body of a chord and what stands behind a group
    gets the list of all results, and so does a `link`; `si` makes signatures that take nothing.

    ## Example
    ```py
    from celery import chain, shared_task


    @shared_task(bind=True)
    def remind(self, user_id, day): ...


    @shared_task
    def load(user_id): ...


    def go(user_id, today):
        remind.delay(user_id)  # error
        remind.apply_async((user_id, today), {"day": today})  # error
        remind.delay(user_id, today, countdown=60)  # error
        chain(load.s(user_id), load.s(user_id)).delay()  # error
    ```

    ## Use instead
    ```py
    from celery import chain, shared_task


    @shared_task(bind=True)
    def remind(self, user_id, day): ...


    @shared_task
    def load(user_id): ...


    def go(user_id, today):
        remind.delay(user_id, today)
        remind.apply_async((user_id,), {"day": today})
        remind.apply_async((user_id, today), countdown=60)
        chain(load.s(user_id), load.si(user_id)).delay()
    ```

    ## Fix
    Unsafe: makes a tuple of what stands alone for `args`: `args=(x)` becomes `args=(x,)`, `apply_async(pk)` becomes `apply_async((pk,))`, where the
    task takes one such argument; and `delay(*args, **kwargs)` of `delay(*args, *kwargs)`. What is missing, or too much, is left to you.

    ## Unknown
    What a task calls counts in the functions of tasks that somebody sends, and in those of their files that these call, run or await, or define and call: functions without a decorator, that are bound once and that no code replaces,
    methods of objects that are surely of one class, of which all bases are the project's, and the `__init__` of such a class, unless it has a decorator, a `__new__` or a class of its own. Not where a handler of TypeError is around.
    A function, a static method or a class method of the project that hands all of its `*args` and `**kwargs` on to a task, or to one that it is given, counts as that task. So does a method that is handed to a BackgroundTasks of FastAPI (`add_task(send.delay, 1)`), `asyncio.to_thread`, `run_in_executor`, `run_in_threadpool`,
    `sync_to_async`, a Thread or a Timer with what it is called with. Silent on `*unpacked` and `**unpacked` arguments as far as they may fill what is missing, and on lists and dicts whose contents are not known. Undecided where a decorator
    stands between the task decorator and the `def`, where `typing=False` (or `strict_typing=False` of the app) switches the check off, where the base class
    has a `__call__`, `delay`, `apply_async` or signatures of its own that do not hand on what they are given as it is, or is outside the project, and where a name is bound more than once; in a function whose task decorator is a comment by now and that nobody names; in a class that nothing but its name leads to, where that
    stands nowhere else, tests included, and other code takes what else the file has; in a module that nothing loads (TG405 says which); about a schedule that a function gives which only tests
    call, where a beat reads another one; about a misspelt method where something in the project has its name (of `delay_on_commit` nothing is said then, nor unless a file pins Celery below 5.4 and no other leaves one from there on), and about `delay` of a function where a loop may make tasks of functions. What is missing in a signature is
    told where it is seen to be sent, or to stand behind another one; nowhere else where code of the project writes into the arguments of signatures (`step.kwargs["run"] = pk`). A task that is called within a chain may give back a signature.
    Of `update_state` it is told where a state stands first (a name of Celery's `states`, capitals, a text alone) or a dict second, of the task itself, one by its name and `current_task`; not where a class of the project, or one outside it, may have the method.
    Names that are those of other parameters are a warning, and told where nothing else of the call is wrong; not of a task that sends itself, nor where the file sends it in both orders.
    Tests are left out: they fail by themselves.

    ## References
    - [Celery: argument checking](https://docs.celeryq.dev/en/stable/userguide/tasks.html#argument-checking)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.arguments.crossed import crossed
        from taskguard.project.hazards.arguments.handed_over import handed_over
        from taskguard.project.hazards.arguments.misuses import Gone, misuses
        from taskguard.project.hazards.arguments.newer_methods import newer_methods
        from taskguard.project.hazards.arguments.passed_on import passed_on
        from taskguard.project.hazards.arguments.retry_arguments import again
        from taskguard.project.hazards.arguments.scheduled import scheduled_misuses
        from taskguard.project.hazards.arguments.slips import covered, plain_functions, slips
        from taskguard.project.hazards.arguments.spilled import spilled
        from taskguard.project.hazards.arguments.state_by_position import states_by_position
        from taskguard.project.hazards.arguments.uncalled import uncalled_methods
        from taskguard.project.hazards.canvases.listed_steps import listed_steps

        for one in (
            *misuses(project),
            *scheduled_misuses(project),
            *passed_on(project),
            *handed_over(project),
            *uncalled_methods(project),
            *again(project),
        ):
            if isinstance(one, Gone):
                yield _where_run(one.module, one.scope, _gone(one))
            elif one.doubt:
                yield Unsure(one.module.path, one.span, one.doubt)
            else:
                yield _where_run(one.module, one.scope, _said(one))
        for slip in slips(project):
            yield _where_run(slip.module, slip.site.scope, _misspelt(slip))
        for newer in newer_methods(project):
            yield _where_run(newer.module, newer.site.scope, _newer(newer))
        for as_id in states_by_position(project):
            yield _where_run(as_id.module, as_id.site.scope, _as_id(as_id))
        for one_star in spilled(project):
            yield _where_run(one_star.module, one_star.site.scope, _spilled(one_star))
        for other in crossed(project):
            yield _where_run(other.module, other.site.scope, _crossed(other))
        for plain in plain_functions(project):
            yield _where_run(plain.module, plain.site.scope, _plain(plain))
        for listed in listed_steps(project):
            yield _where_run(listed.module, listed.scope, _listed(listed))
        if project.complete:
            from taskguard.project.hazards.bodies.plain_calls import unfitting

            for one_call in unfitting(project):
                yield _where_run(one_call.module, one_call.scope, _unfitting(one_call))
        for held in covered(project):
            finding = Finding(
                held.module.path, held.site.call.func.span, f"{held.name} is the parameter here, {held.default} by default, and not the task: an AttributeError",
                symbol=f"{held.module.name}.{held.site.scope}", help="give the parameter another name", related=(Related(held.task.path, held.task.line, "the task"),),
            )  # fmt: skip
            yield _where_run(held.module, held.site.scope, finding)


def _where_run(module: Module, scope: str, said: Finding | Unsure) -> Finding | Unsure:
    """What is said of a place, unless nobody runs it: that is looked for in the whole project, and so at last."""
    from taskguard.project.facades.never_named import why_idle

    why = why_idle(module, scope) if isinstance(said, Finding) else ""
    return Unsure(module.path, said.span, why) if why else said


def _said(one: Misuse) -> Finding:
    task, path = one.taker.task, one.module.path
    return Finding(
        path, one.span, f"{one.name}{_text(one)}",
        symbol=".".join(part for part in (one.module.name, one.scope) if part), help=_help(one),
        related=(Related(task.path, task.line, "the task"),), depends=tuple(dict.fromkeys(file for file in (task.path, *task.depends) if file != path)),
        certain=one.sure, fix=_fix(one),
    )  # fmt: skip


def _gone(one: Gone) -> Finding:
    where = one.holder.name or one.holder.path
    return Finding(
        one.module.path, one.call.func.span, f"{where} has no {one.name}: an AttributeError here",
        symbol=".".join(part for part in (one.module.name, one.scope) if part), help="name a task that is there",
        depends=() if one.holder is one.module else (one.holder.path,),
    )  # fmt: skip


def _misspelt(one: Slip) -> Finding | Unsure:
    path, task, span = one.module.path, one.taker.task, one.site.call.func.span
    if one.doubt:
        return Unsure(path, span, f"whether {one.name} has {one.written} cannot be told: {one.doubt}")
    return Finding(
        path, span, f"a task has no {one.written}: an AttributeError here",
        symbol=".".join(part for part in (one.module.name, one.site.scope) if part), help=f"write `{one.name}.{one.meant}(…)`",
        related=(Related(task.path, task.line, "the task"),), depends=tuple(dict.fromkeys(file for file in (task.path, *task.depends) if file != path)),
    )  # fmt: skip


def _newer(one: Newer) -> Finding:
    path, task = one.module.path, one.taker.task
    return Finding(
        path, one.site.call.func.span, f"a task has no {one.method} before Celery 5.4, and {one.pin.path} has {one.pin.text}: an AttributeError here",
        symbol=".".join(part for part in (one.module.name, one.site.scope) if part),
        help=f"write `transaction.on_commit(partial({one.name}.{one.method.removesuffix('_on_commit')}, …))`, or require Celery 5.4",
        related=(Related(task.path, task.line, "the task"),), depends=tuple(dict.fromkeys(file for file in (task.path, *task.depends) if file != path)),
    )  # fmt: skip


def _as_id(one: AsId) -> Finding:
    taken = f"{one.written} is taken for the id of a task" if one.written else "what stands first is the id of a task"
    end = ", and the dict for the state: a TypeError" if one.mapping else ", and the state of this one stays as it is"
    return Finding(
        one.module.path, one.site.call.args[0].span, f"update_state takes (task_id, state, meta): {taken}{end}",
        symbol=".".join(part for part in (one.module.name, one.site.scope) if part), help="name them: `update_state(state=…, meta=…)`",
    )  # fmt: skip


def _spilled(one: Spilled) -> Finding:
    from taskguard.project.editing.edits import edits_of

    return Finding(
        one.module.path, one.star.span, f"*{one.name} sends the names of the keywords, and not what they are worth",
        symbol=".".join(part for part in (one.module.name, one.site.scope) if part), help=f"write `**{one.name}`",
        fix=mended(edits_of(one.module).around(one.star.span, "*", ""), safe=False),
    )  # fmt: skip


def _crossed(one: Crossed) -> Finding:
    also = f", and {one.lands} for {one.named}" if one.swapped else f", and nothing for {one.named}"
    task = one.taker.task
    return Finding(
        one.module.path, one.given.span, f"{one.name}: {one.named} is given for the parameter {one.lands}{also}",
        symbol=".".join(part for part in (one.module.name, one.site.scope) if part),
        help="give them in the order of the parameters" if one.swapped else f"write `{one.named}={one.named}`, or give {one.lands} before it",
        related=(Related(task.path, task.line, "the task"),), depends=tuple(dict.fromkeys(file for file in (task.path, *task.depends) if file != one.module.path)),
        certain=False,
    )  # fmt: skip


def _listed(one: Listed) -> Finding:
    what = f"{one.name} is a list" if one.name else "a list stands"
    end = "a TypeError here" if one.kind == "chain" else "an AttributeError where it is sent"
    return Finding(
        one.module.path, one.at.span, f"{what} among the members of a {one.kind}, and is no signature: {end}",
        symbol=".".join(part for part in (one.module.name, one.scope) if part),
        help=f"write `*{one.name}`" if one.name else "write a star before it, or its members one by one",
    )  # fmt: skip


def _unfitting(one: Unfitting) -> Finding:
    path = one.module.path
    return Finding(
        path, one.call.span, f"{one.call.method or one.name}: {'; '.join(fault.text for fault in one.faults)}: a TypeError here",
        symbol=".".join(part for part in (one.module.name, one.scope) if part), help="give it what it takes",
        related=(Related(one.holder.path, one.line, "this is called"),), depends=() if one.holder is one.module else (one.holder.path,),
    )  # fmt: skip


def _plain(one: Plain) -> Finding | Unsure:
    path, span = one.module.path, one.site.call.func.span
    if one.doubt:
        return Unsure(path, span, f"whether {one.name} is a task cannot be told: {one.doubt}")
    return Finding(
        path, span, f"{one.name} is a function and no task, and has no {one.method}: an AttributeError here",
        symbol=".".join(part for part in (one.module.name, one.site.scope) if part), help="give the function a task decorator, or call it",
        related=(Related(one.holder.path, one.function.span.line, "the function"),), depends=() if one.holder is one.module else (one.holder.path,),
    )  # fmt: skip


def _fix(one: Misuse) -> Fix | None:
    from taskguard.project.editing.edits import edits_of

    if one.odd is None or not one.single:
        return None
    return mended(
        edits_of(one.module).around(one.odd.expr.span, "" if one.odd.bare else "(", "," if one.odd.bare else ",)"),
        safe=False,
    )


def _text(one: Misuse) -> str:
    kind = one.faults[0].kind if one.faults else ""
    if kind == "ran":
        return f" is run here, and the {one.faults[0].text} gets what it gives back, which is no signature"
    if kind == "sent":
        return f" is sent here, and the {one.faults[0].text} gets its result, which is no signature"
    if kind == "called":
        return f" is run here, and what it gives back has no {one.faults[0].names[0]}: an AttributeError"
    if one.odd is not None:
        wanted = "list or tuple" if one.odd.part == "args" else "dict"
        text = f"{one.odd.part} is {one.odd.what}, and no {wanted}"
    else:
        text = "; ".join(fault.text for fault in one.faults)
    if one.through:
        there = "there" if one.where == "here" else "in the worker"
        return f", to which {one.through} hands its arguments on: {text}: a TypeError {there}"
    return f"{AFTER[one.after]}: {text}: {ENDS[one.where]}"


def _help(one: Misuse) -> str:
    if one.faults and one.faults[0].kind in ("ran", "sent"):
        return f"write `{one.name}.s(…)`"
    if one.faults and one.faults[0].kind == "called" and one.faults[0].names[0] in ("s", "si", "signature", "subtask"):
        return f"write `{one.name}.{one.faults[0].names[0]}(…)`"
    if one.faults and one.faults[0].kind == "called":
        return f"write `{one.name}.delay(…)`, or `{one.name}.apply_async(args)`"
    if one.odd is not None:
        if one.odd.caught and one.call.callee.endswith(".retry"):
            return f"the first parameter of `retry` is `args`: write `exc={one.odd.caught}`"
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
    if swallowed and not one.through and last not in ("delay", "s", "si"):
        return f"keywords of {last} are options: give {swallowed[0]} in `kwargs={{…}}`"
    if one.after == "failed" and one.taker.task.option("bind").value is True:
        return "a task with bind=True gets the id alone: take it away, or ask for the rest by the id"
    if last == "retry" and any(fault.kind == "twice" for fault in one.faults):
        return "give `args=()` beside it, or leave both away: the arguments are kept"
    if one.after and any(fault.kind in ("many", "twice") for fault in one.faults):
        return "`si` makes a signature that takes no result"
    params = ", ".join(f"{ {'var': '*', 'rest': '**'}.get(each.kind, '') }{each.name}" for each in one.taker.params)
    return f"it takes ({params})"
