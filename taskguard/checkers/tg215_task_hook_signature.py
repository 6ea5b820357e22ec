from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.sending.narrowed import Narrowed
    from taskguard.project.hazards.sending.own_sending import OwnSending
    from taskguard.rule import Findings, Project


class TaskHookSignature(ProjectRule, code="TG215", since="0.1.0"):
    """
    A hook of a task class does not take the arguments that Celery passes.

    ## Why is this bad?
    Celery calls `before_start`, `on_success`, `on_failure`, `on_retry`, `after_return`, `shadow_name` and `on_replace` by itself, always with the same
    arguments by position. A hook with fewer or more parameters is a TypeError each time: the worker logs it, or takes the run for
    failed, as its version has it, and what the hook should do is not done. Tests that call the task or its hook directly see nothing. A function that is
    given to the decorator (`on_failure=note`) becomes a method: the task is passed first.
    So it is with an `apply_async` of the class: `delay` calls it with `args` and `kwargs` by position, and gives back what it gives back. An own
    `apply_async` without a place for `kwargs` is a TypeError at each `delay()`, although `apply_async(args=…)` goes well; one without `**options` is so at each retry.

    ## Example
    ```py
    from celery import Task, shared_task


    class Noted(Task):
        def on_failure(self, exc, task_id):  # error
            print("failed", task_id, exc)


    class Traced(Task):
        def apply_async(self, *args, **kwargs):
            kwargs["kwargs"] = kwargs.get("kwargs", {})  # error
            return super().apply_async(*args, **kwargs)


    class Marked(Task):
        def apply_async(self, args=None, **options):  # error
            return super().apply_async(args, headers={"mark": "1"}, **options)


    @shared_task(base=Noted)
    def send(): ...


    @shared_task(base=Traced)
    def post(): ...


    @shared_task(base=Marked)
    def pack(): ...


    def order():
        pack.delay()
    ```

    ## Use instead
    ```py
    from celery import Task, shared_task


    class Noted(Task):
        def on_failure(self, exc, task_id, args, kwargs, einfo):
            print("failed", task_id, exc)


    class Traced(Task):
        def apply_async(self, args=None, kwargs=None, **options):
            return super().apply_async(args, kwargs or {}, **options)


    class Marked(Task):
        def apply_async(self, args=None, kwargs=None, **options):
            return super().apply_async(args, kwargs, headers={"mark": "1"}, **options)


    @shared_task(base=Noted)
    def send(): ...


    @shared_task(base=Traced)
    def post(): ...


    @shared_task(base=Marked)
    def pack(): ...


    def order():
        pack.delay()
    ```

    ## Unknown
    Silent on classes that are not known to descend from Celery's `Task` and on which no such class is built, and on a hook of a base class that each class built on it has for itself. Undecided where a decorator of the hook may
    change its arguments, and for hooks that are defined under a condition. Parameters with just Celery's names in another order are a warning.
    Of `apply_async` it tells one that hands the task itself on, one that sets `kwargs["kwargs"]` and hands `*args, **kwargs` on without a look at `args`, and one that drops what
    `super().apply_async(…)` gives back and returns nothing, where somebody asks something of what `delay()` gives back.
    An `apply_async` that takes too little is told where the project calls it with more: by `delay`, by a signature that is sent at once, by `self.retry()` or `autoretry_for`, or itself with options; so is a `retry` that takes no `exc` where
    `autoretry_for` gives one, and a `__call__` that does not take what `delay` sends. Silent where a class of the same task has a `delay` or signatures of its own, or where some base class is not known.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.diagnosis.declarations.task_hooks import hook_mistakes
        from taskguard.project.hazards.sending.narrowed import narrowed_methods
        from taskguard.project.hazards.sending.own_sending import own_sendings

        for narrowed in narrowed_methods(project):
            yield _narrowed(narrowed)
        for sending in own_sendings(project):
            yield _sending(sending)
        for one in hook_mistakes(project):
            if one.doubt:
                yield Unsure(one.path, one.span, f"what {one.name} takes cannot be told: {one.doubt}")
                continue
            passed = one.wanted.partition("(")[2].rstrip(")").removeprefix("self, ")
            message = f"Celery calls {one.name} with ({passed})"
            yield Finding(
                one.path,
                one.span,
                f"{message}, in this order: here they are swapped"
                if one.swapped
                else f"{message}, which it does not take: {one.effect}",
                symbol=one.dotted,
                help=f"write `{one.wanted}`",
                certain=not one.swapped,
                lines=one.lines,
            )


def _narrowed(one: Narrowed) -> Finding:
    name, use, path = one.function.qualname, one.use, one.module.path
    method, where = one.function.name, f"{use.path}:{use.line}"
    if one.kind == "position":
        message = f"{use.said} at {where} gives args and kwargs by position, which {method} does not take: a TypeError each time"
    elif one.kind == "options":
        message = f"{use.said} at {where} gives options by name, which {method} does not take: a TypeError each time"
    elif one.kind == "automatic":
        message = (
            f"{use.said} at {where} calls retry(exc=…), which it does not take: a TypeError in place of each retry"
        )
    else:
        message = f"{use.said} at {where} sends what {method} does not take: the run is a TypeError"
    advice = "(self, *args, **kwargs)" if method == "__call__" else "(self, args=None, kwargs=None, **options)"
    return Finding(
        path, one.span, message, symbol=f"{one.module.name}.{name}" if one.module.name else name, help=f"write `def {method}{advice}`, and hand all of it on",
        lines=one.lines, depends=(use.path,) if use.path != path else (),
    )  # fmt: skip


def _sending(one: OwnSending) -> Finding:
    name = one.function.qualname
    if one.kind == "nothing":
        message = f"apply_async gives back nothing, and {one.path}:{one.line} asks something of that: an AttributeError of None"
        advice = "return what Celery's own gives back: `return super().apply_async(…)`"
    elif one.kind == "itself":
        message = f"`super()` hands on {one.name} by itself: here it takes the place of the arguments, and nothing can be sent"
        advice = f"leave {one.name} out"
    else:
        message = f"`delay()` and signatures give args and kwargs by position: with {one.name} by name as well each of them is a TypeError"
        advice = "declare them, and hand both on: `def apply_async(self, args=None, kwargs=None, **options)`"
    return Finding(
        one.module.path, one.span, message, symbol=f"{one.module.name}.{name}" if one.module.name else name, help=advice,
        depends=(one.path,) if one.path and one.path != one.module.path else (),
    )  # fmt: skip
