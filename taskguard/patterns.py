"""Regular expressions that are compiled when they are first asked.

A check of one edited file loads the patterns of all rules and asks few of them, and to compile one takes longer than to load a module.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import AnyStr

    def regex(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]: ...

else:

    class regex:
        """Behaves as `re.compile(source, flags)` does: its methods are those of the compiled pattern, from the first call on."""

        def __init__(self, source, flags=0):
            self._given = source, flags

        def __getattr__(self, name):
            import re

            value = self.__dict__[name] = getattr(re.compile(*self._given), name)
            return value
