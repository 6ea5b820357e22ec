from __future__ import annotations

from taskguard.rule import TOP, FileRule, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from taskguard.rule import Findings, Module


class GodFile(FileRule, code="TG101", since="0.1.0", practice=True, skims=True, hidden=True):
    """
    The file is longer than the limit.

    ## Why is this bad?
    A module of that length has many reasons to change: every branch touches it, its tests load everything it imports, and nobody
    knows all of it. Task modules grow this way first, because each new task is put beside the old ones.

    ## Example
    `reports/tasks.py`:
    ```py
    from celery import shared_task  # error


    @shared_task(name="reports.build")
    def build():
        ...


    @shared_task(name="reports.send")
    def send():
        ...
    ```
    `taskguard.toml`:
    ```toml
    [options.TG101]
    max-lines = 8
    ```

    ## Use instead
    ~~`reports/tasks.py`~~

    `reports/tasks/build.py`:
    ```py
    from celery import shared_task


    @shared_task(name="reports.build")
    def build():
        ...
    ```
    `reports/tasks/send.py`:
    ```py
    from celery import shared_task


    @shared_task(name="reports.send")
    def send():
        ...
    ```
    `reports/tasks/__init__.py`:
    ```py
    from reports.tasks.build import build
    from reports.tasks.send import send

    __all__ = ["build", "send"]
    ```

    ## Options
    - `max-lines` (default 600): a file may have so many lines. `[[overrides]]` gives a place a limit of its own.
      Pack `core` only warns of tests and of generated migrations; it is an error there in `strict`, where `levels` say so, and above a limit of
      the place's own.
    - `count` (default `"physical"`): `"physical"` counts lines as an editor does; `"code"` leaves out blank lines, comments and
      docstrings.
    """

    max_lines: int = 600
    count: Literal["physical", "code"] = "physical"

    def quiet_up_to(self) -> int:
        return self.max_lines

    def check(self, module: Module) -> Findings:
        lines = module.skimmed.lines
        if lines <= self.max_lines:
            return
        if self.count == "code":
            lines = module.code_lines()
            if lines <= self.max_lines:
                return
        unit = "lines of code" if self.count == "code" else "lines"
        yield Finding(
            module.path,
            TOP,
            f"{lines} {unit}, the limit is {self.max_lines}",
            symbol=module.name or None,
            help="split the file by subject (`taskguard plan` proposes how), and leave a facade that re-exports what others import from it",
            measure=lines,
        )
