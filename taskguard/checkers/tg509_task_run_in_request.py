from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.sending.called_directly import CalledDirectly
    from taskguard.rule import Findings, Project


class TaskRunInRequest(ProjectRule, shares="bodies", code="TG509", since="0.1.0"):
    """
    A task is called like a function where somebody waits for the answer: in a view, in a receiver of a signal, in the `save` of a model, a serializer or a form, or in the admin; or wherever it cannot be.

    ## Why is this bad?
    A call of a task runs its function here and now. Nothing is sent, no worker sees it, nothing is tried again: the request takes as long as the
    task does, and fails where it fails. The code looks right, and in tests all is well. Mostly `.delay` was forgotten.

    A task that updates its own state (`self.update_state(state="PROGRESS")`) has an id to do so only where a worker runs it. Called like a function, by another task as well, it has none: Redis, and each backend that keeps results by a key, takes no
    state without one, and the call is a ValueError (a TypeError in older versions).

    ## Example
    ```py
    from celery import shared_task


    @shared_task
    def remind(pk): ...


    def order(request):
        remind(request.POST["pk"])  # error
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task
    def remind(pk): ...


    def order(request):
        remind.delay(request.POST["pk"])
    ```

    ## Unknown
    In the admin that is what saves a row, an action, and each method that is given the request.
    Of tasks that update their state: those that do it on each way through them, without naming an id, where all their apps have a backend of that kind, as a warning where it cannot be read and nothing names another kind; not where the base class has a method of its own for it.
    Else a warning. Said of calls that stand alone as statements, or under a name that nobody reads: who takes what the task gives back wants it here. Silent where a condition, a handler of an
    exception or a comment near by says that it is so on purpose (words like `sync`, `eager`, `now`, `test`, or that there is no broker or worker), where the function sends the same
    task elsewhere, where the settings have each task run at once, in tests, and in functions that nothing shows to belong to a request (all who call it being receivers of signals shows it), unless the
    file, which has no tasks itself and is no command, sends the same task in other places.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.sending.called_directly import called_directly
        from taskguard.project.hazards.sending.run_in_request import unsent

        for one in unsent(project):
            name = one.call.callee
            yield Finding(
                one.module.path,
                one.call.span,
                f"{name} is called and not sent: {one.role} waits until it has run",
                one.function.qualname,
                f"write `{name}.delay(…)`, or call a function that is no task",
                depends=(one.task.path,) if one.task.path != one.module.path else (),
                certain=False,
            )
        for direct in called_directly(project):
            yield _said(direct)


def _said(one: CalledDirectly) -> Finding:
    name, task, path = one.call.callee, one.task, one.module.path
    return Finding(
        path, one.call.span, f"{name} is called and not sent, so that it has no id: its update_state in line {one.line} fails",
        ".".join(part for part in (one.module.name, one.scope) if part),
        f"write `{name}.delay(…)`, or call a function that is no task",
        related=(Related(task.path, one.line, "it updates its state here"),), depends=() if task.path == path else (task.path,),
        certain=one.sure,
    )  # fmt: skip
