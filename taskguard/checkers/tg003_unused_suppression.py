from __future__ import annotations

from taskguard.rule import CommentRule, Finding, mended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.rule import Module, Unused


class UnusedSuppression(CommentRule, code="TG003", since="0.1.0", practice=True, hidden=True, silenceable=False):
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

    def check_comments(self, module: Module, unused: Iterable[Unused]) -> Iterator[Finding]:
        from taskguard.project.editing.edits import edits_of

        for one in unused:
            place = "in this file" if one.directive.kind == "ignore-file" else "here"
            rest = (
                "the comment"
                if len(one.idle) == len(one.directive.codes)
                else f"{' and '.join(one.idle)} from the comment"
            )
            yield Finding(
                module.path,
                one.directive.span,
                f"this suppression hides nothing: no {' and no '.join(one.idle)} {place}",
                help=f"remove {rest}",
                fix=mended(edits_of(module).unsuppressed(one.directive, one.idle)),
            )
