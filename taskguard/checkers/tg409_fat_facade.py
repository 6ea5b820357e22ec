from __future__ import annotations

from taskguard.rule import TOP, Finding, ProjectRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class FatFacade(ProjectRule, code="TG409", since="0.1.0", practice=True):
    """
    A facade is longer than its limit.

    ## Why is this bad?
    A facade should hold imports only. When it is long, code has stayed in it, or it re-exports so much that nobody can tell what
    is still asked for under the old name. It is said only of a facade that is one by the settings or a comment.

    ## Example
    `taskguard.toml`:
    ```toml
    [options.TG409]
    max-lines = 4
    ```
    `reports/__init__.py`:
    ```py
    ```
    `reports/weekly.py`:
    ```py
    def build_weekly(): ...

    def purge_weekly(): ...
    ```
    `report_tasks.py`:
    ```py
    # taskguard: facade  # error
    from reports.weekly import (
        build_weekly,
        purge_weekly,
    )
    ```

    ## Use instead
    `report_tasks.py`:
    ```py
    # taskguard: facade
    from reports.weekly import build_weekly, purge_weekly
    ```

    ## Options
    - `max-lines` (default 200): a facade may have so many lines, as an editor counts them.
    """

    max_lines: int = 200

    def check(self, project: Project) -> Findings:
        from taskguard.project.facades.facades import facades_of

        for facade in facades_of(project):
            lines = facade.module.facts.lines
            if facade.declared and lines > self.max_lines:
                yield Finding(
                    facade.module.path,
                    TOP,
                    f"the facade has {lines} lines, the limit is {self.max_lines}",
                    facade.module.name,
                    "move code to the sources; import with one statement a source; split the facade by who uses it",
                    measure=lines,
                )
