from __future__ import annotations

from taskguard.rule import ChangeRule, Finding, Related, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Change, Findings


class ContractUndefinedName(ChangeRule, code="TG707", since="0.1.0"):
    """
    Code uses a name that nothing binds since the change.

    ## Why is this bad?
    The function raises NameError when it runs, and a task runs in the worker, perhaps at night. The import or the constant stayed behind
    when the code moved. An import that leads nowhere from its new place counts as well: a relative one that is a folder too deep now.

    ## Example
    `before/shop/tasks.py`:
    ```py
    import json
    from celery import shared_task

    def as_text(order):
        return json.dumps(order)

    @shared_task(name="export")
    def export(order):
        print(as_text(order))
    ```
    `after/shop/tasks.py`:
    ```py
    from celery import shared_task
    from shop.texts import as_text

    @shared_task(name="export")
    def export(order):
        print(as_text(order))
    ```
    `after/shop/texts.py`:
    ```py
    def as_text(order):
        return json.dumps(order)  # error
    ```

    ## Use instead
    `after/shop/texts.py`:
    ```py
    import json

    def as_text(order):
        return json.dumps(order)
    ```

    ## Unknown
    Silent in files with a star import, where any name may be bound. A name that was unbound before is no finding.
    """

    def check(self, change: Change) -> Findings:
        from taskguard.project.change.symbols import unbound_names

        for one in unbound_names(change):
            name = one.missing.name
            where = f" in `{one.missing.scope}`" if one.missing.scope else ""
            lines = [str(other.span.line) for other in one.others]
            also = f" (and on line {listing(lines)})" if lines else ""
            source = (
                f"; {one.old.path} bound it"
                if one.old is not None and name in change.before.names(one.old.path)
                else ""
            )
            related = (Related(one.old.path, one.old.span.line, "the code was here"),) if one.old is not None else ()
            message = f"nothing binds `{name}`{where}{also}{source}"
            if one.missing.module:
                message = f"`{name}` cannot be imported{where}: there is no module `{one.missing.module}`"
            yield Finding(
                one.path,
                one.missing.span,
                message,
                change.after.module_name(one.path) + (f".{one.missing.scope}" if one.missing.scope else ""),
                "import it, or move it along",
                related,
                (one.old.path,) if one.old is not None else (),
            )
