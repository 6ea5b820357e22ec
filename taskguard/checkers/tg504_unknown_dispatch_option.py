from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, Unsure, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.sending.dispatch_options import Stray
    from taskguard.project.hazards.sending.swallowed_options import Swallowed
    from taskguard.rule import Findings, Fix, Project


TIMES = {
    "countdown": "give it seconds", "expires": "give it seconds, or a datetime", "eta": "give it a datetime, or `countdown` seconds",
}  # fmt: skip


class UnknownDispatchOption(ProjectRule, shares="bodies", code="TG504", since="0.1.0"):
    """
    A call that sends a task, or has it run again, gives an option that Celery does not read there, or a value that it cannot use.

    ## Why is this bad?
    `apply_async`, `send_task`, `set` and `retry` take any keyword and hand it to the broker, which throws it away. A misspelt option, one that belongs to the
    declaration of the task, or an argument that is meant for the task, is no error anywhere: the task is sent without it.
    `countdown` and `expires` want seconds and `eta` a moment: with a timedelta, `countdown="60"` or `eta=60` the call fails, and nothing is sent.
    A moment without a time zone is read as UTC, whatever `timezone` says: with `eta=datetime.now()`, which is the time of Django's `TIME_ZONE`, the task runs hours too late or at once, and with `expires` it may never run.
    `retry(exc=…)` raises what it is given when the retries are used up: a text there is a TypeError, and nobody learns what went wrong.
    `delay` takes no options at all: `countdown` and `eta` become arguments of the task, and where its `**kwargs` swallow them it runs at once.
    A group takes no `link` and no `link_error`: what runs when all of it has, is the body of a chord, and errors are those of its members.

    ## Example
    ```py
    from celery import shared_task


    def fetch(pk): ...


    @shared_task
    def send(pk): ...


    def order(pk):
        send.apply_async((pk,), coutdown=60)  # error
        send.apply_async((pk,), max_retries=5)  # error


    @shared_task
    def remind(pk, **context): ...


    def leave(pk):
        remind.delay(pk, countdown=300)  # error


    @shared_task(bind=True, max_retries=2)
    def load(self, pk):
        try:
            fetch(pk)
        except ConnectionError as error:
            self.retry(exc=str(error), countdown=60)  # error
    ```

    ## Use instead
    ```py
    from celery import shared_task


    def fetch(pk): ...


    @shared_task(max_retries=5)
    def send(pk): ...


    def order(pk):
        send.apply_async((pk,), countdown=60)


    @shared_task
    def remind(pk, **context): ...


    def leave(pk):
        remind.apply_async((pk,), countdown=300)


    @shared_task(bind=True, max_retries=2)
    def load(self, pk):
        try:
            fetch(pk)
        except ConnectionError as error:
            self.retry(exc=error, countdown=60)
    ```

    ## Fix
    Unsafe where Celery has another name for it (`delay` for `countdown`), safe where only the spelling is wrong: the option gets the name that Celery reads, and the task
    is sent with what the call says. Not where the call gives that one as well.

    ## Unknown
    A local name counts where all that it is bound to is such a value, and of `a if x else b` one side is enough.
    Said of names that resemble those that Celery reads, of options that only the declaration of a task has, and of parameters of the task that have a default.
    So it is with `**OPTIONS`, where the dict is written out and nothing changes it; what is misspelt there is mended by hand.
    Of times without a zone it is said in projects whose apps all read Django's settings, where each of these writes a `TIME_ZONE` other than UTC: of `datetime.now()`, and of `timezone.now()` where they say `USE_TZ = False`, with what is added to it.
    A warning for what `delay` is given: `countdown` and `eta`, where the task has no such parameter and its body asks its `**kwargs` for other keys only, copies them, logs them or fills a written text with them; silent where it hands them on, goes over them, or reads `self.request.kwargs`,
    and where a base class or a signal of Celery in a file that names the option may read it.
    Silent about other names, which a broker may read, about times that are computed otherwise, and about `exc` where `max_retries` is None or the body asks for `request.retries`. Undecided where the base class of the task sends it in its own way, or is outside the project.

    ## References
    - [Celery: calling tasks](https://docs.celeryq.dev/en/stable/userguide/calling.html)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.sending.dispatch_options import strays
        from taskguard.project.hazards.sending.swallowed_options import swallowed_options

        for one in strays(project):
            if one.doubt:
                yield Unsure(one.module.path, one.keyword.span, one.doubt)
            else:
                yield _said(one)
        for lost in swallowed_options(project):
            yield _swallowed(lost)


def _swallowed(one: Swallowed) -> Finding:
    name, task = one.keyword.name, one.task
    return Finding(
        one.module.path, one.keyword.span, f"{name} is an option of apply_async: delay hands it to {one.name}, where **{one.rest} swallows it, and the task runs at once",
        symbol=".".join(part for part in (one.module.name, one.scope) if part), help=f"write `{one.name}.apply_async(args, kwargs, {name}=…)`", certain=False,
        related=(Related(task.path, task.line, "the task"),), depends=() if task.path == one.module.path else (task.path,),
    )  # fmt: skip


def _said(one: Stray) -> Finding:
    name = one.keyword.name
    if one.kind == "argument":
        message, advice = f"{name} is an argument of the task: {one.method} throws it away", "put it into `kwargs`"
    elif one.kind == "declaration":
        message, advice = f"{one.method} reads no {name}: it is thrown away", "give it where the task is declared"
    elif one.kind == "value":
        message, advice = f"{name} is {one.meant}: the call fails, and nothing is sent", TIMES[name or ""]
    elif one.kind == "zone":
        message = f"{name} is the time of {one.meant} and does not say so: Celery reads it as UTC, hours off"
        advice = "give a time with its zone: `django.utils.timezone.now()` with USE_TZ, `datetime.now(timezone.utc)`"
    elif one.kind == "exception":
        message = f"exc is {one.meant}, and no exception: the run in which the retries are used up ends with a TypeError in its place"
        advice = "give the exception itself"
    elif one.kind == "linked":
        message = f"a group takes no {name}: a TypeError here, and nothing is sent"
        advice = (
            "give it to the signatures: `send.s(…).on_error(…)`"
            if name == "link_error"
            else "make a chord: `chord(group, callback)`"
        )
    elif one.kind == "twice":
        message, advice = f"{one.method} knows no option {name}; {one.meant} is given as well", "leave it out"
    else:
        message, advice = f"{one.method} knows no option {name}: it is thrown away", f"did you mean `{one.meant}`?"
    if one.source:
        message = f"**{one.source} gives {name}: {message}"
    return Finding(
        one.module.path, one.keyword.span, message, symbol=f"{one.module.name}.{one.scope}" if one.module.name else one.scope,
        help=advice, fix=_fix(one),
    )  # fmt: skip


def _fix(one: Stray) -> Fix | None:
    from taskguard.project.editing.edits import edits_of

    if one.source or one.kind not in ("spelling", "name"):
        return None
    edits = edits_of(one.module).keyword(one.call, one.keyword.name or "", one.meant)
    return mended(edits, safe=one.kind == "spelling")
