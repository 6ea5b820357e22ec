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
    Names are compared within a service. Only a warning where no worker is known to import both declarations today. Silent for branches of which only one runs, for names that are computed, and for tasks
    that tests make; and for tasks within a function that reads neither them nor their name, as nobody can send them. Silent for a file that no worker and no other code imports, if its code is that of the other declaration, its tasks are named as those of the file beside it, or it lies in a folder for scraps: one whose name
    begins with an underscore, that is no package, and that no file outside names.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.registry.collisions import collisions

        for name, met in collisions(project):
            for one in met:
                task, shown = one.task, one.others
                count = "two" if one.count == 1 else one.count + 1
                what = "only one of them is ever run, and which is not defined"
                if not one.sure:
                    both = "both" if one.count == 1 else "several"
                    what = f"where one process imports {both}, only one of them runs, and which is not defined"
                yield Finding(
                    task.path,
                    task.span,
                    f'{count} tasks are named "{name}": {what}',
                    symbol=name,
                    help="give each a `name=` of its own",
                    related=tuple(Related(two.path, two.line, f"{two.dotted} has the same name") for two in shown),
                    depends=tuple(dict.fromkeys(path for two in shown for path in (two.path, *two.depends))),
                    certain=one.sure and not any(two.guard for two in (task, *shown)),
                    lines=task.noqa_lines,
                )
