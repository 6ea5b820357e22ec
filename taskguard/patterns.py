"""Regular expressions that are compiled when they are first asked.

A check of one edited file loads the patterns of all rules and asks few of them, and to compile one takes longer than to load a module.
"""

from __future__ import annotations

UNICODE = 32  # `re.UNICODE`, which is on for each pattern of text

DOT, NEVER = r"[\s\\]*\.[\s\\]*", "(?!)"

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable
    from typing import Any, AnyStr

    def regex(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]: ...

else:

    class regex:
        """Behaves as `re.compile(source, flags)` does: its methods are those of the compiled pattern, from the first call on."""

        def __init__(self, source, flags=0):
            # As the compiled pattern has them: who asks for a pattern's source and flags has it compiled elsewhere.
            self.pattern, self.flags = source, int(flags) | (isinstance(source, str) and UNICODE)

        def __getattr__(self, name):
            import re

            value = self.__dict__[name] = getattr(re.compile(self.pattern, self.flags), name)
            return value


def unled(word: str, by: str = r"[\w.]") -> str:
    """The source of a pattern for a word before which nothing of `by` stands. It begins with the letters of the word: a text is searched for
    these ten times as fast as for a place where it might begin."""
    import re

    escaped = re.escape(word)
    return f"{escaped}(?<!{by}{escaped})"


def any_dotted(names: Iterable[str]) -> str:
    """The source of a pattern for texts that hold one of some dotted names, however their dots are written: each letter is asked for once, where
    alternatives of whole names ask at every place of a text for each of them. It matches no more of a name than tells that one is there."""
    import re

    tree: dict[str, Any] = {}
    for name in names:
        at = tree
        for letter in name:
            at = at.setdefault(letter, {})
        at[""] = {}

    def source(at: dict[str, Any]) -> str:
        if "" in at:
            return ""
        parts = [(DOT if letter == "." else re.escape(letter)) + source(below) for letter, below in sorted(at.items())]
        return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"

    return source(tree) if tree else NEVER
