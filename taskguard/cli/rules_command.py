"""`taskguard rules`: every rule, its level here, and who says so."""

from __future__ import annotations

from taskguard.cli.check_command import CONFIG, ISOLATED
from taskguard.cli.effective import explained, level_origin
from taskguard.cli.streams import write
from taskguard.cli.words import Option, Usage, opened
from taskguard.errors import UserError
from taskguard.selection import codes, holding, is_own, level_at, rule_class, why_off

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from taskguard.rule import Rule
    from taskguard.settings.load import Explained


def usage() -> Usage:
    return Usage("rules", "List all rules, with the pack that sets the level or why it is off.", "", (
        Option(("--output-format",), "how to print them (default: text)", "FORMAT", choices=("text", "json")),
        CONFIG,
        ISOLATED,
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out`. Raises UserError for wrong settings."""
    words = opened(usage(), args, out)
    if words is None:
        return 0
    if words.places:
        raise UserError(f"`rules` lists all of them; one is explained by `taskguard rule {words.places[0]}`")
    have = explained(words)
    if words.last("--output-format") == "json":
        from taskguard.cli.rule_command import as_json, described

        rules = [described(have, code) for code in codes(have.settings)]
        shown = ({key: one[key] for key in one if key != "explanation"} for one in rules)
        write((as_json([*shown]),), out)
        return 0
    rows = [(code, rule_class(code)) for code in codes(have.settings)]
    width = max((len(rule.name) for _, rule in rows), default=0)
    for code, rule in rows:
        level, why = verdict(have, rule)
        out.write(f"{code}  {rule.name:<{width}}  {level:<5}  {why}\n")
    return 0


def verdict(have: Explained, rule: type[Rule]) -> tuple[str, str]:
    """The level of a rule in these settings, and the reason."""
    settings, code = have.settings, rule.code
    level, note = holding(settings, rule)
    if any(word == "ALL" or code.startswith(word) for word in settings.ignore):
        return "off", f"ignored: {have.origins['ignore']}"
    if reason := why_off(settings, rule):
        return "off", reason
    if settings.select is not None:
        why = f"{'selected' if level_at(settings, code) != 'off' else 'not selected'}: {have.origins['select']}"
        return level, "; ".join(filter(None, (why, note)))
    asked = "no pack or file turns it on" if is_own(code) else f"named: {have.origins['checkers']}"
    why = level_origin(have, code) or asked
    return level, "; ".join(filter(None, (why, note)))
