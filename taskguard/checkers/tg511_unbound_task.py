from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.hazards.bodies.unbound import Unseen
    from taskguard.rule import Findings, Project


# What a name stands in that is told wherever it stands there.
ENDS = {"task": "task", "signal": "handler of a signal, which Celery logs and passes over"}


class UnboundTask(ProjectRule, code="TG511", since="0.1.0"):
    """
    A task is sent, declared or run by a name that nothing binds, or sent with one.

    ## Why is this bad?
    It is a NameError: the import was forgotten, or changed while a use stayed behind. Where a task is sent, it comes when that line runs, in a request or in
    the midst of another task, and nothing is sent; so does a name in the options or arguments of `delay` and `apply_async` (`expires=datetime.now()`); a decorator fails when the module is imported, and the worker does not start. What Celery has (`crontab`, `worker_ready`, `SoftTimeLimitExceeded`) is told wherever it stands; in the body of a task, which
    nobody sees fail but the worker, and in what a signal of Celery calls, whose failures it logs and passes over, any name; and of a module with tasks the first name that it asks for when it is loaded, such as the type of a
    parameter (Python 3.14 asks for that later). So is a name that a module with tasks or an app asks for when it is loaded, above the first line that binds it. An import in the body of a class binds an
    attribute of the class: its methods do not see it by the bare name.

    ## Example
    `shop/tasks.py`:
    ```py
    from celery import shared_task


    @shared_task
    def remind(pk): ...
    ```
    `shop/views.py`:
    ```py
    def book(request):
        remind.delay(request.POST["pk"])  # error
    ```

    ## Use instead
    `shop/views.py`:
    ```py
    from shop.tasks import remind


    def book(request):
        remind.delay(request.POST["pk"])
    ```

    ## Unknown
    Silent in tasks that nobody sends, schedules or names, where other files send some. Each name is told once a file, with all places. Silent in files with a star import, in modules that nothing loads, and those with tasks that no worker does (TG304), about names and tasks of which a comment says that they are still to be written, in those that write `globals()` or run code of their own (`exec`), about names that are deleted somewhere or were built into Python 2, and in tests, which fail by themselves. A
    name that is bound under some condition counts as bound.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.hazards.bodies.unbound import unbound_tasks

        for one in unbound_tasks(project):
            yield _said(one)


def _said(one: Unseen) -> Finding:
    use, path, task = one.use, one.module.path, one.meant
    also = f" (and on line {listing([str(line) for line in use.lines])})" if use.lines else ""
    end = (
        "the module cannot be imported"
        if use.declares
        else f"a NameError in the {ENDS[one.within]}"
        if one.within
        else "a NameError here"
    )
    message = f"nothing binds {use.name}{also}: {end}"
    if use.use == "early":
        message = f"{use.name} is bound on line {use.lines[0]} alone, below this one: {end}"
    elif use.holder:
        message = f"{use.name} is bound in the body of {use.holder}, which its methods do not see{also}: {end}"
    related = [Related(task.path, task.line, "the task")] if task is not None else []
    related += [Related(path, each.span.line, f"{each.scope} has it, too") for each in one.again]
    return Finding(
        path, use.span, message, symbol=".".join(part for part in (one.module.name, use.scope) if part), help=_help(one),
        related=tuple(related), depends=(task.path,) if task is not None else (),
    )  # fmt: skip


def _help(one: Unseen) -> str:
    if one.use.use == "early":
        return f"move it below line {one.use.lines[0]}"
    if one.use.holder:
        return f"import it at the top of the module, or write `self.{one.use.name}`"
    return f"import it: `from {one.home} import {one.use.name}`" if one.home else "import it"
