"""What the god file did before all else, done in the package of its modules, where `__file__` is another file."""

from __future__ import annotations

import re

from taskguard.facts.lexer import LexError, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.splitting.god import God

FILE = "uses `__file__`"


def with_old_file(god: God, code: str, package: str) -> str | None:
    """Statements of the god file with its own path in the place of `__file__`, for the `__init__.py` of `package`; None where nobody can write that."""
    folder, _, file = god.path.rpartition("/")
    around, _, name = package.rpartition("/")
    if around != folder or god.is_package or not package:
        return None
    try:
        found = [one.start for one in tokens(code) if one.kind == "name" and code[one.start : one.end] == "__file__"]
    except LexError:
        return None
    if len(found) != len(re.findall("__file__", code)):
        return None  # in a text
    for start in reversed(found):
        code = f'{code[:start]}(__file__.rpartition("{name}")[0] + "{file}"){code[start + len("__file__") :]}'
    return code
