"""Diagnostics to text. A file `as_NAME.py` here is the output format NAME: it has one function, `render`."""

from __future__ import annotations

import os

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from taskguard.request import Outcome

PREFIX = "as_"


class View(Record):
    """How to show an outcome. `quiet` leaves out the summary line, `undecided` lists the verdicts that could not be given,
    `statistics` counts codes in place of the diagnostics, `fixes` lists what was fixed. `person` says that somebody reads it on a
    terminal: what matters most then comes first, and sizes are told together unless `show_all`. `no_settings` says that the project has no settings."""

    colour: bool = False
    quiet: bool = False
    undecided: bool = False
    statistics: bool = False
    fixes: bool = False
    person: bool = False
    show_all: bool = False
    no_settings: bool = False


def names() -> tuple[str, ...]:
    """The output formats, from the files that make them."""
    folder = os.path.dirname(os.path.abspath(__file__))
    found = sorted(name for name in os.listdir(folder) if name.startswith(PREFIX) and name.endswith(".py"))
    return tuple(name[len(PREFIX) : -len(".py")] for name in found)


def reporter(name: str) -> Callable[[Outcome, View], Iterator[str]]:
    """The `render` of a format, which yields pieces of text. Raises ModuleNotFoundError for a name that is no format."""
    from importlib import import_module

    render: Callable[[Outcome, View], Iterator[str]] = import_module(f"{__name__}.{PREFIX}{name}").render
    return render
