from __future__ import annotations

from taskguard.rule import ANY_LENGTH, FileRule, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


class SyntaxError(FileRule, code="TG001", since="0.1.0", skims=True):  # noqa: A001 - the rule's name comes from the class
    """
    The file is not valid Python.

    ## Why is this bad?
    The worker that imports it does not start. Until it is mended, nothing else is said of this file, and verdicts that rest on
    a name in it are withheld. Syntax that is newer than the interpreter which runs taskguard is no error.

    ## Example
    ```py
    from celery import shared_task


    @shared_task(name=)  # error
    def build():
        pass
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(name="reports.build")
    def build():
        pass
    ```

    ## Unknown
    A file that no other rule needs is not parsed unless it is passed, or this rule is selected by name.
    """

    def quiet_up_to(self) -> int:
        return ANY_LENGTH

    def check(self, module: Module) -> Findings:
        failure = module.skimmed.failure
        if failure is not None and failure.kind == "syntax":
            yield Finding(
                module.path,
                failure.span,
                failure.message,
                help="mend the syntax: nothing else can be said of this file until then",
            )
