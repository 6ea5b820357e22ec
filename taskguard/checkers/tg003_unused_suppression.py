from __future__ import annotations

from taskguard.rule import ANY_LENGTH, FileRule, Findings, Module


class UnusedSuppression(FileRule, code="TG003", since="0.1.0", practice=True, skims=True):
    """
    A `# noqa` or `# taskguard: ignore-file` names a code that has nothing to hide there.

    The suppression was needed once, or never: the code moved, was mended, or the comment stands on the wrong line.

    ## Why is this bad?
    It hides the next real finding of that code on the line, and a reader takes it for a known defect.

    A bare `# noqa` is never reported, since it may be meant for another tool. Nor is a code that did not run (switched
    off, not selected, or a project rule under `--no-project`), nor a prefix such as `TG2`. A suppression that names
    TG003 itself is left alone.

    ## Example
    ```py
    from celery import shared_task  # noqa: TG101  # error


    @shared_task(name="reports.build")
    def build(): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task


    @shared_task(name="reports.build")
    def build(): ...
    ```

    ## Fix
    Safe: takes the code out of the comment, or the comment out of the line where it names no other. What else the comment says stays.
    """

    def quiet_up_to(self) -> int:
        return ANY_LENGTH

    def check(self, module: Module) -> Findings:
        # What is unused shows when all other rules have run: the engine asks `suppressions.unused` then.
        yield from ()
