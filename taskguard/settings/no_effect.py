"""What settings say to no effect: tables that say nothing, what is turned on and left out in one breath, options of rules that are off.

A contradiction within one file, and a table without a word in it, are mistakes. What another pack or a later version may give an
effect is doubtful.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from taskguard.errors import Problem
from taskguard.settings.merge import Merge, level_of, plain_levels
from taskguard.settings.model import Mention
from taskguard.settings.validate import written

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from taskguard.settings.layers import Layer
    from taskguard.settings.model import CommandLine

    Codes = Callable[[Iterable[str]], list[str]]

# The rule that measures what another one says where it is on.
ALONG = {"TG101": "TG102"}
POLICY = ("base", "require", "allowed", "calls", "queue_in")


def mistakes(layer: Layer, codes: Codes) -> Iterator[Problem]:
    """What a file or pack certainly says to no effect. `codes` gives the codes that words (codes, prefixes, `ALL`) stand for."""
    table = layer.table
    for place, one in enumerate(table.overrides or ()):
        if not one.levels and not one.options:
            yield _problem(layer, "says nothing: it has neither levels nor options", "overrides", place)
        yield from _empty(layer, one.options, "overrides", place, "options")
    yield from _empty(layer, table.options, "options")
    for place, one in enumerate((table.tasks and table.tasks.policy) or ()):
        if all(getattr(one, field) is UNSET for field in POLICY):
            known = ", ".join(field.replace("_", "-") for field in POLICY)
            yield _problem(layer, f"says nothing: it has none of {known}", "tasks", "policy", place)
    ignored = set(codes(getattr(table, "ignore", ()) or ()))
    if not ignored:
        return
    line = layer.lines.get((*layer.prefix, "ignore"), 0)
    why = f"has no effect, for `ignore`{f' in line {line}' if line else ''} leaves it out again"
    for word, level in (table.levels or {}).items():
        if level != "off" and ignored.issuperset(codes((word,))):
            yield _problem(layer, why, "levels", word)
    for place, word in enumerate(getattr(table, "select", ()) or ()):
        if ignored.issuperset(codes((word,))):
            yield _problem(layer, f"`{word}` {why}", "select", place)


def _empty(layer: Layer, options: Any, *path: str | int) -> Iterator[Problem]:
    for code, values in (options or {}).items():
        if not values:
            yield _problem(layer, "says nothing: it sets no option", *path, code)


def _problem(layer: Layer, message: str, *path: str | int, certain: bool = True) -> Problem:
    full = (*layer.prefix, *path)
    line = next((layer.lines[full[:n]] for n in range(len(full), 0, -1) if full[:n] in layer.lines), 0)
    return Problem(layer.shown if certain else layer.path or layer.shown, line, written(full), message, certain)


def of_command_line(cli: CommandLine, codes: Codes) -> Iterator[Problem]:
    """The words of the command line that others leave out again; both may come from different hands, as a hook's and its `args`."""
    ignored = set(codes(cli.ignore))
    given = (("--select", cli.select), ("--extend-select", cli.extend_select), ("--only", cli.only))
    for option, words in given if ignored else ():
        for word in words or ():
            if (meant := codes((word,))) and ignored.issuperset(meant):
                why = f"`{word}` has no effect, for --ignore leaves it out again"
                yield Problem("command line", 0, option, why, certain=False)


def warnings(
    layers: Sequence[Layer], own: Sequence[Layer], plugins: Collection[str], codes: Codes
) -> Iterator[Problem]:
    """What the settings file has no effect with as the packs are. `layers` are those of files, lowest first, `own` those that are no packs."""
    said = _Said(layers, plugins, codes)
    for layer in own:
        table = layer.table
        if table.packs is not UNSET and not table.packs and not any(map(said.on, codes(("ALL",)))):
            yield _problem(
                layer, "no pack, and nothing else turns a rule on: leave it out for `core`", "packs", certain=False
            )
        if table.select is not UNSET and not table.select:
            yield _problem(
                layer, "selects no rule: leave it out for those that the packs have on", "select", certain=False
            )
        for word, level in (table.levels or {}).items():
            if level != "off" and said.select is not None and not said.selected.intersection(codes((word,))):
                yield _problem(layer, "has no effect while `select` leaves it out", "levels", word, certain=False)
        for code in table.options or {}:
            if not said.on(code):
                yield _problem(layer, _off(code), "options", code, certain=False)
        for place, one in enumerate(table.overrides or ()):
            for code in one.options or {}:
                if not said.on(code):
                    yield _problem(layer, _off(code), "overrides", place, "options", code, certain=False)


def previewed(layer: Layer) -> Iterator[Mention]:
    """Where a file asks for the rules in preview: whether there are any, the rules know."""
    if getattr(layer.table, "preview", None) is True:
        path = (*layer.prefix, "preview")
        yield Mention("preview", "preview", layer.path or layer.shown, layer.lines.get(path, 0), written(path))


def _off(code: str) -> str:
    return f'has no effect while {code} is off: `levels.{code} = "error"` turns it on'


class _Said:
    """Which rules the files have on, somewhere, whatever the command line adds."""

    def __init__(self, layers: Sequence[Layer], plugins: Collection[str], codes: Codes) -> None:
        self.levels = dict(Merge(layers).levels())
        self.places = [dict(plain_levels(one.levels)) for layer in layers for one in layer.table.overrides or ()]
        self.select = _last(layers, "select")
        self.selected = set(codes(self.select or ()))
        self.ignored = set(codes(_last(layers, "ignore") or ()))
        self.plugins = plugins

    def on(self, code: str) -> bool:
        if code in ALONG and self.on(ALONG[code]):
            return True
        if code in self.ignored or (self.select is not None and code not in self.selected):
            return False
        general = level_of(self.levels, code) or ("error" if code in self.plugins else "off")
        here = general != "off" or self.select is not None
        return here or any((level_of(place, code) or "off") != "off" for place in self.places)


def _last(layers: Sequence[Layer], field: str) -> list[str] | None:
    said = [value for layer in layers if isinstance(value := getattr(layer.table, field, UNSET), list)]
    return said[-1] if said else None
