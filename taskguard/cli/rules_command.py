"""`taskguard rules`: every rule, its level here, and who says so."""

from __future__ import annotations

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.cli.effective_settings import explained
from taskguard.cli.options import CONFIG, ISOLATED
from taskguard.cli.rule_data import as_json, described, verdict
from taskguard.cli.streams import write
from taskguard.errors import UserError
from taskguard.selection import codes, rule_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


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
