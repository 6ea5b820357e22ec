"""`taskguard rule TG401`: what a rule says, from its docstring, and how it is set here."""

from __future__ import annotations

from inspect import cleandoc

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.cli.effective_settings import explained
from taskguard.cli.options import CONFIG, ISOLATED
from taskguard.cli.rule_data import as_json, described, verdict
from taskguard.cli.settings_command import toml
from taskguard.cli.streams import write
from taskguard.errors import UserError
from taskguard.handbook.pages import mends
from taskguard.selection import codes, is_own, option_types, rule_class
from taskguard.settings.catalogue import PLANNED, is_code, is_planned, names, nearest_code, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from taskguard.rule import Rule
    from taskguard.settings.load import Explained

FORMATS = ("text", "json")


def usage() -> Usage:
    return Usage("rule", "Explain rules, by code (TG401) or name (facade-missing-symbol).", "[RULE…]", (
        Option(("--all",), "explain all rules"),
        Option(("--output-format",), "how to print them (default: text)", "FORMAT", choices=FORMATS),
        CONFIG,
        ISOLATED,
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out`. Takes codes or names of rules; raises UserError for an unknown one."""
    words = opened(usage(), args, out)
    if words is None:
        return 0
    if not words.places and not words.flag("--all"):
        raise UserError("a rule is wanted: its code or name, or --all for all of them")
    if words.places and words.flag("--all"):
        raise UserError("--all goes without the name of a rule")
    have = explained(words)
    known = codes(have.settings)
    plugins = {rule_class(code).name: code for code in known if not is_own(code)}
    wanted = list(known) if words.flag("--all") else [code_of(word, plugins) for word in words.places]
    if words.last("--output-format") == "json":
        write((as_json([described(have, code) for code in wanted]),), out)
    else:
        write(("\n".join(page(have, code) for code in wanted),), out)
    return 0


def code_of(word: str, plugins: Mapping[str, str]) -> str:
    """The code that a code or a rule's name means; `plugins` are those of other packages. Raises UserError with the nearest one."""
    by_name = {name: code for table in (PLANNED, names()) for code, name in table.items()} | dict(plugins)
    code = by_name.get(word.lower(), word.upper())
    if is_code(code) or code in plugins.values():
        return code
    if is_planned(code):
        raise UserError(unknown(code))
    guess = nearest_code(word)
    offer = f"; did you mean {guess} {names()[guess]}?" if guess else "; `taskguard rules` lists all"
    raise UserError(f"unknown rule `{word}`{offer}")


def page(have: Explained, code: str) -> str:
    """The explanation of one rule."""
    rule = rule_class(code)
    level, why = verdict(have, rule)
    parts = [f"{code} {rule.name}", "", f"Level here: {level} ({why})", *origin(rule)]
    parts.append("Fix: for some findings" if mends(rule) else "Fix: none")
    for option in option_types(code) or ():
        key = f"options.{code}.{option}"
        default = toml(getattr(rule, option.replace("-", "_")))
        parts.append(f"Option: {option} = {default}{setting(have, code, option, key)}")
    return "\n".join([*parts, "", cleandoc(rule.__doc__ or ""), ""])


def origin(rule: type[Rule]) -> list[str]:
    """Since when there is the rule, or which package has brought it."""
    since = [f"Since: {rule.since}"] if rule.since else []
    if is_own(rule.code):
        return since
    from taskguard.settings.plugins import loaded

    return [f"From: {loaded[rule.code].origin}", *since]


def setting(have: Explained, code: str, option: str, key: str) -> str:
    """What the settings make of an option, where they say something about it."""
    given = dict(dict(have.settings.options).get(code, ()))
    name = option.replace("-", "_")
    return f" (here {toml(given[name])}: {have.origins[key]})" if name in given else ""
