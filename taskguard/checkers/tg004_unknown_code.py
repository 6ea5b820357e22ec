from __future__ import annotations

from taskguard.rule import ANY_LENGTH, FileRule, Finding, Findings, Module
from taskguard.settings.catalogue import is_planned, is_prefix, nearest_code

# So many wrong codes of a file are compared with those that there are.
MOST_GUESSES = 100


class UnknownCode(FileRule, code="TG004", since="0.1.0", practice=True, skims=True, hidden=True, silenceable=False):
    """
    A suppression names a code that does not exist, or is written so that it has no effect.

    ## Why is this bad?
    The comment looks as if it hid something, and hides nothing. A wrong code in the settings stops the run; a wrong
    code in a comment would go unseen.

    Codes of other tools in a `# noqa` are none of our business. An `ignore-file` wants a reason behind it: it hides
    what nobody will see again.

    ## Example
    ```py
    from celery import shared_task

    @shared_task  # noqa: TG999  # error
    def report(): ...
    ```

    ## Use instead
    ```py
    from celery import shared_task

    @shared_task  # noqa: TG302
    def report(): ...
    ```
    """

    def quiet_up_to(self) -> int:
        return ANY_LENGTH

    def check(self, module: Module) -> Findings:
        guessed: dict[str, str | None] = {}
        for directive in module.skimmed.directives:
            if directive.kind == "malformed":
                yield Finding(module.path, directive.span, directive.reason)
            for code in directive.codes:
                if not is_prefix(code) and (code.startswith("TG") or not module.has_plugins):
                    if code not in guessed:
                        guessed[code] = nearest_code(code) if len(guessed) < MOST_GUESSES else None
                    hint = f"did you mean {guessed[code]}? " if guessed[code] else ""
                    later = is_planned(code)
                    yield Finding(
                        module.path,
                        directive.span,
                        f"{code} is not available in this version" if later else f"there is no rule {code}",
                        help=f"{hint}`taskguard rules` lists all codes",
                    )
