from __future__ import annotations

from taskguard.rule import ChangeRule, Finding, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Change, Findings


class ContractOptionChanged(ChangeRule, code="TG702", since="0.1.0"):
    """
    An option of a task differs: its queue, base, limits, retry, its route, its schedule.

    ## Why is this bad?
    A task that goes to another queue may have no worker; one that lost its time limit blocks one. A refactoring should leave all of it as it was.
    Options are compared as they work: a policy that was spelled out, a constant that moved, or a queue that a route gives now, is no difference.
    So are routes, the default queue, and the entries of schedules: one that is gone, or that runs another task, or at another time, is told.

    ## Example
    `before/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task(name="send_receipt", queue="mail", time_limit=60)
    def send_receipt(order_id):
        print(order_id)
    ```
    `after/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task(name="send_receipt", queue="mail")  # error
    def send_receipt(order_id):
        print(order_id)
    ```

    ## Use instead
    `after/shop/tasks.py`:
    ```py
    from celery import shared_task

    @shared_task(name="send_receipt", time_limit=60, queue="mail")
    def send_receipt(order_id):
        print(order_id)
    ```

    ## Unknown
    Where a value cannot be told, its expression is compared. Silent about an option whose value failed before, by a name that nothing bound, about options that a `**spread` may still set, about routes that a
    function decides, and about an entry whose task is gone as well. A warning where the schedule may have an entry that cannot be seen.
    """

    def check(self, change: Change) -> Findings:
        from taskguard.project.change.verdicts import changed_options
        from taskguard.project.change.ways import changed_ways

        for pair, found in changed_options(change):
            old, new = pair.old, pair.new
            said = "; ".join(f"`{one.name}` is {one.after}, it was {one.before}" for one in found)
            yield Finding(
                new.path,
                new.where,
                f"`{new.qualname.rpartition('.')[2]}` differs: {said}",
                new.dotted,
                "give it the options that it had, or accept the change",
                (Related(old.path, old.where.line, "the task was declared here"),),
                tuple(dict.fromkeys((old.path, *new.depends))),
                lines=new.lines,
            )
        for way in changed_ways(change):
            path, span = (way.path, way.span) if way.path is not None else change.place_of_gone(way.old[0])
            yield Finding(
                path,
                span,
                way.said,
                way.subject,
                "put it back as it was, or accept the change",
                (Related(*way.old, "it was here"),),
                tuple(dict.fromkeys((way.old[0], *way.files))),
                certain=way.sure,
            )
