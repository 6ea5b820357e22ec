from __future__ import annotations

from taskguard.rule import TOP, Finding, FrontEndRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class InvalidSettings(FrontEndRule, code="TG005", since="0.1.0", hidden=True):
    """
    The settings of taskguard cannot be read, or something in them is wrong, and flake8 is running.

    `taskguard` itself prints every mistake and ends with exit code 2. flake8 and the editors that run it go on with all other
    plugins and show this line in each file they check.

    ## Why is this bad?
    Nothing else can be said of the file: what the settings want is not known. Without this line an editor would show a clean file.

    No settings change this rule, since it says that they cannot be believed. In a file `# taskguard: ignore-file[TG005] reason`
    hides it, everywhere `flake8 --extend-ignore TG005`.

    ## Example
    `taskguard.toml`:
    ```toml
    packs = ["croe"]
    ```

    `tasks.py`:
    ```py
    from celery import shared_task  # error


    @shared_task
    def send(): ...
    ```

    ## Use instead
    `taskguard.toml`:
    ```toml
    packs = ["core"]
    ```
    """

    @staticmethod
    def finding(path: str, problems: Sequence[str]) -> Finding:
        """What is said of the file `path`; `problems` are all mistakes in words, at least one."""
        first, *others = problems
        rest = f" (and {len(others)} more: `taskguard settings` lists all)" if others else ""
        return Finding(
            path, TOP, first + rest, help="mend the settings: nothing else can be said of this file until then"
        )
