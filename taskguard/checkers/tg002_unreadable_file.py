from __future__ import annotations

from taskguard.rule import ANY_LENGTH, FileRule, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class UnreadableFile(FileRule, code="TG002", since="0.1.0", skims=True, hidden=True, silenceable=False):
    """
    The file cannot be read or decoded.

    ## Why is this bad?
    Python cannot import it either, and taskguard can say nothing of what it holds: it may be bytes that the declared encoding does
    not have, an encoding that nobody knows, a file without read permission, or no regular file at all.

    ## Example
    ```py
    # coding: latin-99  # error
    from celery import shared_task
    ```

    ## Use instead
    ```py
    # coding: latin-1
    from celery import shared_task
    ```

    ## Unknown
    Silent where only comments have such bytes: Python up to 3.13 imports the file, and all else of it is judged. A file that no other rule needs is not decoded unless it is passed, or this rule is selected by name.
    """

    def quiet_up_to(self) -> int:
        return ANY_LENGTH

    def check(self, module: Module) -> Findings:
        failure = module.skimmed.failure
        if failure is not None and failure.kind == "unreadable":
            yield Finding(
                module.path,
                failure.span,
                failure.message,
                help="save the file as UTF-8 and readable, or leave it out with `exclude`",
            )
