from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class DuplicateTaskName(ProjectRule, code="TG301", since="0.1.0"):
    """
    Two declarations have one task name.

    ## Why is this bad?
    An app holds one task for a name. The other one never runs: whoever calls it runs its namesake, and nothing is said of it. Which of
    the two wins is not defined; it can differ from one start to the next.

    ## Example
    `shop/mail/tasks.py`:
    ```py
    from celery import shared_task


    @shared_task(name="shop.send")  # error
    def send_mail(): ...
    ```
    `shop/sms/tasks.py`:
    ```py
    from celery import shared_task


    @shared_task(name="shop.send")  # error
    def send_sms(): ...
    ```

    ## Use instead
    `shop/sms/tasks.py`:
    ```py
    from celery import shared_task


    @shared_task(name="shop.send_sms")
    def send_sms(): ...
    ```

    ## Unknown
    Names are compared within a service. Silent for branches of which only one runs, for names that are computed, and for tasks
    that tests make.
    """

    def check(self, project: Project) -> Findings:
        for name, tasks in project.registry.collisions():
            for task in tasks:
                others = [one for one in tasks if project.registry.collide(task, one)]
                yield Finding(
                    task.path,
                    task.span,
                    f'{"two" if len(others) == 1 else len(others) + 1} tasks are named "{name}": only one of them is ever run, and which is not defined',
                    symbol=name,
                    help="give each a `name=` of its own",
                    related=tuple(Related(one.path, one.line, f"{one.dotted} has the same name") for one in others),
                    depends=tuple(dict.fromkeys(path for one in others for path in (one.path, *one.depends))),
                    certain=not any(one.guard for one in (task, *others)),
                    lines=task.noqa_lines,
                )
