from __future__ import annotations

from taskguard.rule import GrowthRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Finding


class GodFileGrew(GrowthRule, code="TG102", since="0.1.0", practice=True, hidden=True, of="TG101"):
    """
    A file that is too long is longer than the baseline says.

    ## Why is this bad?
    The baseline is the team's word that old god files will get shorter. Each task that is put beside the others moves the day of
    the split further away, and it is the one moment at which a module of its own costs nothing.

    It speaks in the place of TG101, whose limit it shares, also where TG101 is off; without a baseline it is silent. `taskguard
    check --prune-baseline` lowers the recorded length when the file has shrunk.

    ## Example
    `reports/tasks.py`:
    ```py
    from celery import shared_task  # error


    @shared_task(name="reports.build")
    def build(): ...


    @shared_task(name="reports.send")
    def send(): ...
    ```
    `taskguard.toml`:
    ```toml
    [options.TG101]
    max-lines = 4
    ```
    `taskguard-baseline.json`:
    ```json
    {"what": "taskguard baseline", "schema": 1, "entries": [
      {"path": "reports/tasks.py", "code": "TG101", "symbol": "reports.tasks", "fingerprint": "", "measure": 5}
    ]}
    ```

    ## Use instead
    `reports/tasks.py`:
    ```py
    from celery import shared_task


    @shared_task(name="reports.build")
    def build(): ...
    ```
    `reports/send.py`:
    ```py
    # One more task, in a module of its own.
    ```
    """

    def grown(self, one: Finding, before: int) -> Finding:
        return one.replace(
            message=f"{one.measure} lines, {one.measure - before} more than the {before} of the baseline",
            help="put what is new into a module of its own: a file that is too long may shrink, never grow",
        )
