from __future__ import annotations

import re

from taskguard.project.python.aside import kept_for_reading
from taskguard.project.python.scraps import is_piece, is_scrap, is_typed, on_its_own
from taskguard.rule import ANY_LENGTH, FileRule, Finding, Unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Module


NOT_MEANT = {"dialect": "written for an older Python", "template": "a template, and no Python yet"}
FOLDERS = frozenset(
    "doc docs demo demos example examples sample samples template templates extern externals extlib extlibs third_party thirdparty third-party"
    " vendor vendors vendored _vendor site-packages dist-packages".split()
)
# `vendor-local`, `vendor_src`, `my_vendored`; and what an interpreter keeps: `lib/python`, `lib/python2.7`.
BROUGHT = r"vendor(?:ed)?[-_]\w+|\w+[-_]vendor(?:ed)?"
KEPT = r"(?:^|/)lib(?:64)?/python[\d.]*/"
# What only Python 2 takes, whatever else the file has.
OLD = "Missing parentheses in call to "
# What is left where a shell escaped quotes, or a chat made typographic ones of them.
QUOTING = (
    "unexpected character after line continuation character",
    *(f"invalid character '{one}'" for one in "\u201c\u201d\u2018\u2019"),
)
RELEASED = r"[A-Za-z][\w.]*-\d+(?:\.\d+)+"


class SyntaxError(FileRule, code="TG001", since="0.1.0", skims=True, hidden=True, silenceable=False):  # noqa: A001 - the rule's name comes from the class
    """
    The file is not valid Python.

    ## Why is this bad?
    The worker that imports it does not start. Until it is mended, nothing else is said of this file, and verdicts that rest on
    a name in it are withheld. Syntax that is newer than the interpreter which runs taskguard is no error.

    An `await`, an `async with` or an `async for` in a plain `def` is refused in the same way, when the file is compiled. The rest of the file is judged nevertheless.

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
    A file that no other rule needs is not parsed unless it is passed, or this rule is selected by name. Undecided for what was never meant
    for this Python: Python 2 (tabs that count for eight blanks, too), names that are words of the language by now (`async`), templates with `${…}` or `{{…}}` in place of code;
    the rest of a file of Python 2 is judged nevertheless, where its statements can be read as those of today; and for files of documentation, of demos and of vendored packages (`vendor…`, `lib/python…`, `site-packages`). So for `print x` in a file that has nothing to do with
    tasks and that nobody imports, and for a file of that kind with quotes that a shell or a chat has spoilt (`\\"a\\"`). So for what was typed at a prompt (`>>> `), for a piece of a function, each line of it indented, that has nothing to do with tasks and that nobody imports or names, and for scripts for one occasion: in a folder that is called
    `…_scripts`, `debug`, `fix`, `scratch`, `tmp`, `archived` or alike, or with a name such as `temp_format.py`, as long as no file imports them, no deployment file names them,
    and they import neither Celery nor the project; and for what is kept for reading (`old/`, `unused/`, `archive/`), which nothing imports.
    """

    def quiet_up_to(self) -> int:
        return ANY_LENGTH

    def check(self, module: Module) -> Findings:
        failure = module.skimmed.failure or (module.facts.misplaced if module.skimmed.parsed else None)
        if failure is None or failure.kind == "unreadable":
            return
        if failure.kind in NOT_MEANT:
            yield Unsure(module.path, failure.span, NOT_MEANT[failure.kind])
        elif beside(module.path):
            yield Unsure(module.path, failure.span, "a file beside the project's own code")
        elif failure.message.startswith(OLD) and on_its_own(module):
            yield Unsure(module.path, failure.span, "a script for an older Python, which nothing imports")
        elif failure.message.startswith(QUOTING) and on_its_own(module):
            yield Unsure(module.path, failure.span, "a script that a shell or a chat has spoilt, which nothing imports")
        elif is_typed(module):
            yield Unsure(module.path, failure.span, "what was typed at a prompt, which no Python can import")
        elif is_piece(module):
            yield Unsure(module.path, failure.span, "a piece of a function, which nothing imports")
        elif is_scrap(module):
            yield Unsure(module.path, failure.span, "a script for one occasion, which nothing imports")
        elif kept_for_reading(module):
            yield Unsure(module.path, failure.span, "a file that is kept for reading, which nothing imports")
        else:
            yield Finding(
                module.path,
                failure.span,
                failure.message,
                help=(
                    "mend the syntax: nothing else can be said of this file until then"
                    if module.skimmed.failure
                    else "make it an `async def`, or run the coroutine (`asyncio.run`): no Python imports this file"
                ),
            )


def beside(path: str) -> bool:
    """Whether a file is there to be shown or copied, or was brought along with a package."""
    folders = path.split("/")[:-1]
    return any(one in FOLDERS or re.fullmatch(f"{RELEASED}|{BROUGHT}", one) for one in folders) or (
        re.search(KEPT, path) is not None
    )
