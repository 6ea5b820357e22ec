"""Settings of one folder: the file, its packs and the command line, merged. Heavy readers are imported when a file is read."""

from __future__ import annotations

import os

from taskguard.errors import Problem, UserError, nearest
from taskguard.record import Record
from taskguard.settings.find import find, find_root, for_people
from taskguard.settings.model import CommandLine, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import Any

    from taskguard.diagnostics import Level
    from taskguard.settings.layers import Layer

__all__ = ["Explained", "explain", "find", "find_root", "load"]

DEFAULT_PACKS = ("core",)
SILENT = CommandLine()


class Explained(Record):
    """Settings, and by key path as written in TOML (`tasks.base`, `levels.TG101`) the place that says so."""

    settings: Settings
    origins: dict[str, str]


def load(
    path: str | None,
    root: str,
    cli: CommandLine = SILENT,
    option_types: Callable[[str], Mapping[str, Any] | None] | None = None,
) -> Settings:
    """The settings in the file `path` (absolute; None for no file), or in `cli.config` instead.

    `root` is the project root, absolute. `option_types` gives the options and their types of a rule by code
    (`taskguard.selection.option_types`); without it options are not checked.
    Raises UserError with every mistake in the file, its packs and the command line.
    """
    settings = explain(path, root, cli, option_types).settings
    hold_folders(settings, root)
    return settings


def hold_folders(settings: Settings, root: str) -> None:
    """Raises UserError where a folder that the settings file names is not there. Asked at each run, for folders come and go."""
    wrong = []
    for one in settings.mentions:
        if one.kind == "folder" and not os.path.isdir(os.path.join(root, settings.below(one.word))):
            wrong.append(
                Problem(
                    for_people(one.file),
                    one.line,
                    one.key,
                    f"there is no folder `{one.word}`{_near(settings, root, one.word)}",
                )
            )
    if wrong:
        raise UserError(*wrong)


def _near(settings: Settings, root: str, word: str) -> str:
    """The end of a message that offers a folder beside the one that is not there."""
    head, _, last = word.rstrip("/").rpartition("/")
    try:
        there = [one.name for one in os.scandir(os.path.join(root, settings.below(head))) if one.is_dir()]
    except OSError:
        return ""
    guess = nearest(last, there)
    return f"; did you mean `{head}/{guess}`?" if guess and head else f"; did you mean `{guess}`?" if guess else ""


def explain(
    path: str | None,
    root: str,
    cli: CommandLine = SILENT,
    option_types: Callable[[str], Mapping[str, Any] | None] | None = None,
) -> Explained:
    """Like `load`, with the origin of every value."""
    from taskguard.settings.layers import Stack
    from taskguard.settings.merge import DEFAULT, Merge
    from taskguard.settings.no_effect import previewed

    chosen = None if cli.isolated else cli.config or path
    path = os.path.abspath(chosen) if chosen else None
    folder = root if path is None else os.getcwd() if cli.config else os.path.dirname(path)
    stack = Stack(option_types)
    pending, named = stack.settings(path, folder) if path else (None, None)
    inline, inline_packs = stack.inline(cli.inline) if cli.inline else (None, None)
    if cli.packs is not None:
        words, packs_from = cli.packs, os.getcwd()
    elif inline_packs is not None:
        words, packs_from = inline_packs, os.getcwd()
    else:
        words, packs_from = (DEFAULT_PACKS if named is None else named), folder
    for word in words:
        stack.pack(word, packs_from)
    packs = tuple(one.name.removeprefix("pack ") for one in stack.pending)
    stack.pending += [one for one in (pending, inline) if one is not None]
    stack.problems += _command_line_problems(cli, stack.plugins())
    layers = stack.finish()
    given = layers[len(packs) :]
    stack.warnings += _without_effect(cli, layers, given, stack.plugins())
    stack.mentions += [mention for layer in given for mention in previewed(layer)]
    own = given[0] if pending is not None else None
    layers.append(_command_line_layer(cli, layers, given, stack.plugins()))
    merge = Merge(layers)
    settings = merge.settings(_below(root, folder), packs, cli.isolated).replace(
        file=path, asked=merge.asked(cli), warnings=tuple(stack.warnings), mentions=tuple(stack.mentions)
    )
    merge.origins["packs"] = DEFAULT
    if cli.packs is not None:
        merge.origins["packs"] = "command line"
    elif inline_packs is not None:
        merge.note(given[-1], "packs", "packs")
    elif own is not None and named is not None:
        merge.note(own, "packs", "packs")
    return Explained(settings, merge.origins)


def _without_effect(
    cli: CommandLine, layers: Sequence[Layer], given: Sequence[Layer], plugins: Collection[str]
) -> list[Problem]:
    """What the settings say to no effect in doubt. Raises UserError for what certainly has none."""
    from taskguard.settings.no_effect import mistakes, of_command_line, warnings

    def codes(words: Iterable[str]) -> list[str]:
        return _codes(words, plugins)

    wrong = [problem for layer in layers for problem in mistakes(layer, codes)]
    if wrong:
        raise UserError(*wrong)
    return [*warnings(layers, given, plugins, codes), *of_command_line(cli, codes)]


def _below(root: str, folder: str) -> str:
    """`folder` relative to `root`, with `/`; "" for the root itself and for a folder outside."""
    relative = os.path.relpath(os.path.realpath(folder), os.path.realpath(root)).replace(os.sep, "/")
    return "" if relative == "." or relative.startswith("..") else relative


def _command_line_layer(
    cli: CommandLine, layers: Sequence[Layer], given: Sequence[Layer], plugins: Iterable[str]
) -> Layer:
    """What the command line adds, it adds to the file's; `--select` sets the file's selection aside altogether.

    `layers` are all below it, lowest first, `given` those of them that are no packs.
    """
    from taskguard.settings.layers import WORDS, Layer
    from taskguard.settings.merge import Merge, command_line_table
    from taskguard.settings.schema import OverrideTable

    def own(field: str) -> tuple[str, ...] | None:
        said = [value for layer in given if isinstance(value := getattr(layer.table, field), list)]
        return tuple(said[-1]) if said else None

    select, ignore, levels = cli.select, cli.ignore, None
    if cli.select is None:
        select = own("select") if cli.extend_select else None
        ignore = (*_without(own("ignore") or (), cli.extend_select, plugins), *cli.ignore)
    if cli.only is not None:
        inside = set(_codes(cli.only, plugins))
        ignore = (*ignore, *(code for code in _codes(("ALL",), plugins) if code not in inside))
    if select is not None:
        select = (*select, *cli.extend_select)
    elif cli.extend_select:
        levels = _raised(dict(Merge(layers).levels()), cli.extend_select, plugins)
    excluded = (*(own("extend_exclude") or ()), *cli.extend_exclude) if cli.extend_exclude else None
    off = [OverrideTable(files=[glob], levels={code: "off"}) for glob, code in cli.per_file_ignores]
    table = command_line_table(
        select=_list(select),
        ignore=None if cli == cli.replace(select=None, ignore=(), extend_select=(), only=None) else list(ignore),
        exclude=_list(cli.exclude),
        extend_exclude=_list(excluded),
        force_exclude=cli.force_exclude,
        respect_gitignore=cli.respect_gitignore,
        preview=cli.preview,
        levels=levels or None,
        overrides=off or None,
    )
    return Layer(WORDS, WORDS, "", (), table, {})


def _raised(levels: Mapping[str, Level], words: Iterable[str], plugins: Iterable[str]) -> dict[str, Level]:
    """Levels for the codes that these words name and that are off."""
    from taskguard.settings.merge import level_of

    return {code: "error" for code in _codes(words, plugins) if (level_of(levels, code) or "off") == "off"}


def _without(ignored: tuple[str, ...], wanted: tuple[str, ...], plugins: Iterable[str]) -> tuple[str, ...]:
    """What the file ignores, without what is asked for on the command line."""
    asked = set(_codes(wanted, plugins))
    if asked.isdisjoint(_codes(ignored, plugins)):
        return ignored
    return tuple(code for code in _codes(ignored, plugins) if code not in asked)


def _codes(words: Iterable[str], plugins: Iterable[str]) -> list[str]:
    """The codes that these codes and prefixes stand for."""
    from taskguard.settings.catalogue import modules

    starts = tuple("" if word == "ALL" else word for word in words)
    return [code for code in (*modules(), *plugins) if code.startswith(starts)]


def _list(words: tuple[str, ...] | None) -> list[str] | None:
    return None if words is None else list(words)


def _command_line_problems(cli: CommandLine, plugins: Iterable[str]) -> list[Problem]:
    from taskguard.globs import fault
    from taskguard.settings.catalogue import is_prefix, unknown
    from taskguard.settings.packs import pack_fault

    def code_fault(word: str) -> str | None:
        known = word == "ALL" or is_prefix(word) or any(code.startswith(word) for code in plugins)
        return None if known else unknown(word)

    def of(option: str, words: Iterable[str] | None, wrong: Callable[[str], str | None]) -> list[Problem]:
        return [Problem("command line", 0, option, message) for word in words or () if (message := wrong(word))]

    return [
        *of("--select", cli.select, code_fault),
        *of("--extend-select", cli.extend_select, code_fault),
        *of("--only", cli.only, code_fault),
        *of("--ignore", cli.ignore, code_fault),
        *of("--per-file-ignores", (glob for glob, _ in cli.per_file_ignores), fault),
        *of("--per-file-ignores", (code for _, code in cli.per_file_ignores), code_fault),
        *of("--exclude", cli.exclude, fault),
        *of("--extend-exclude", cli.extend_exclude, fault),
        *of("--packs", cli.packs, lambda word: pack_fault(word, os.getcwd())),
    ]
