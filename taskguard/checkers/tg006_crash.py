from __future__ import annotations

from taskguard.rule import TOP, Finding, FrontEndRule


class Crash(FrontEndRule, code="TG006", since="0.1.0", hidden=True):
    """
    taskguard, or a checker of another package, crashed while flake8 was running.

    `taskguard` itself says so on standard error and ends with exit code 3, or with 2 where the checker of another package is to
    blame. flake8 and the editors that run it go on with all other plugins and show this line in each file whose verdict is not complete.

    ## Why is this bad?
    Findings may be missing. The message names the file that holds the traceback: please report it, or send it to the authors of
    the checker. Until it is mended, leave the rule out that crashed, or the checker.

    No settings change this rule. In a file `# taskguard: ignore-file[TG006] reason` hides it, everywhere
    `flake8 --extend-ignore TG006`.

    ## Example
    `installed/acme.py`:
    ```py
    from taskguard.rule import FileRule


    class Hasty(FileRule, code="AC101"):
        def check(self, module):
            raise RuntimeError("not today")
    ```

    `taskguard.toml`:
    ```toml
    checkers = ["acme"]
    ```

    `tasks.py`:
    ```py
    from celery import shared_task  # error


    @shared_task
    def send(): ...
    ```

    ## Use instead
    `installed/acme.py`:
    ```py
    from taskguard.rule import FileRule


    class Hasty(FileRule, code="AC101"):
        def check(self, module):
            yield from ()
    ```
    """

    @staticmethod
    def finding(path: str, title: str, kept: str | None, *, ours: bool) -> Finding:
        """What is said of the file `path`; `title` is the crash in a line, `kept` where the traceback is."""
        if ours:
            where = f"please report it with {kept}" if kept else "please report it"
            return Finding(path, TOP, f"taskguard crashed: {title}; {where}")
        where = f"; its authors will want the traceback in {kept}" if kept else ""
        return Finding(path, TOP, f"a checker crashed: {title}{where}")
