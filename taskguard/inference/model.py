"""What is asked with, and what is answered."""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Source(Record):
    """The text of a module of the project; `is_package` where it is an `__init__`."""

    text: str
    is_package: bool = False


class Told(Record):
    """A literal (str, int, float, bool, None; list, tuple, set or dict of such), or a class: then `qualname` is its qualified name
    as Python gives it, in the module `module`. `modules` are the names of the modules that were read for it."""

    value: Any
    modules: tuple[str, ...] = ()
    module: str = ""
    qualname: str = ""
