"""The page of a rule, and the index of all rules by family and by pack."""

from __future__ import annotations

import os
from functools import lru_cache
from inspect import cleandoc

from taskguard.selection import available, level_at, option_types, rule_class
from taskguard.settings.load import load
from taskguard.settings.model import CommandLine
from taskguard.settings.packs import shipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.diagnostics import Level
    from taskguard.rule import Rule

NOTE = "<!-- Made by `taskguard docs` from the rules themselves. Do not edit: edit the rule. -->\n"
FAMILIES = {
    "0": "Files as such", "1": "Size", "2": "Declarations of tasks", "3": "Names, schedules, routes, discovery", "4": "Facades",
    "5": "Calls of tasks", "6": "Bodies of tasks", "7": "The contract, for what a change did", "8": "Configuration",
}  # fmt: skip
SCOPES = {
    "FileRule": "one file",
    "ProjectRule": "the project",
    "ChangeRule": "what a change did",
    "FrontEndRule": "the run of flake8",
}


def page(code: str) -> str:
    """The page of a built rule: its docstring, and what can be told without it."""
    rule = rule_class(code)
    summary, _, rest = cleandoc(rule.__doc__ or "").partition("\n")
    levels = ", ".join(f"`{level}` in {pack}" for pack, level in levels_of(code).items())
    facts = [f"- Level: {levels}", f"- Looks at: {scope(rule)}", f"- Fix: {fix(rule)}", f"- Since: {rule.since}"]
    if rule.preview:
        facts.append("- In preview: `preview = true` asks for it")
    parts = [
        NOTE,
        f"# {code} {rule.name}\n",
        f"{summary}\n",
        "\n".join(facts) + "\n",
        spaced(rest.strip()) + "\n",
        setting(code, rule),
    ]
    return "\n".join(part for part in parts if part)


def scope(rule: type[Rule]) -> str:
    """What a rule looks at, in words."""
    return next(SCOPES[one.__name__] for one in rule.__mro__ if one.__name__ in SCOPES)


def fix(rule: type[Rule]) -> str:
    """Whether a rule can mend something: its page says then what it does."""
    return "for some findings, see [Fix](#fix)" if mends(rule) else "none"


def mends(rule: type[Rule]) -> bool:
    """Whether the page of a rule tells of a fix. A test holds that to what its suite shows."""
    return "\n## Fix\n" in cleandoc(rule.__doc__ or "")


def setting(code: str, rule: type[Rule]) -> str:
    """How the options of a rule are written in a settings file; "" where it has none."""
    options = list(option_types(code) or ())
    if not options:
        return ""
    lines = [f"{option} = {toml(getattr(rule, option.replace('-', '_')))}" for option in options]
    return "\n".join(
        [
            "## Settings\n",
            "The defaults, as `taskguard.toml` would say them:\n",
            "```toml",
            f"[options.{code}]",
            *lines,
            "```\n",
        ]
    )


def toml(value: object) -> str:
    """A default as TOML writes it."""
    import json

    if isinstance(value, tuple | list | frozenset | set):
        return f"[{', '.join(toml(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False)


def spaced(text: str) -> str:
    """Markdown with an empty line around each block of code and before each list, which some readers need."""
    made: list[str] = []
    fence, closed = "", False
    for line in text.split("\n"):
        opens = line.lstrip().startswith("```")
        if closed and line:
            made.append("")
        closed = False
        begins = opens or line.startswith("- ")
        follows_item = bool(made) and made[-1].startswith(("- ", "  "))
        if begins and not fence and made and made[-1] and not (line.startswith("- ") and follows_item):
            made.append("")
        made.append(line)
        if opens:
            fence = "" if fence else "```"
            closed = not fence
        elif line.startswith("#") and not fence:
            made.append("")
    return "\n".join(made)


@lru_cache(maxsize=1)
def packs() -> dict[str, dict[str, Level]]:
    """Level by code for each shipped pack, `core` first."""
    made: dict[str, dict[str, Level]] = {}
    for name in sorted(shipped(), key=lambda name: (name != "core", name)):
        settings = load(None, os.getcwd(), CommandLine(isolated=True, packs=(name,)), option_types)
        made[name] = {code: level_at(settings, code) for code in available()}
    return made


def levels_of(code: str) -> dict[str, str]:
    """The level of a rule in each shipped pack."""
    return {name: levels[code] for name, levels in packs().items()}


def index() -> str:
    """All rules by family, with their level in each pack, then by pack what it adds to `core`."""
    parts = [NOTE, "# Rules\n", "`taskguard rule TG101` shows a page without the network.\n"]
    for digit, title in FAMILIES.items():
        codes = [code for code in available() if code[2] == digit]
        if codes:
            parts += [
                f"## {title}\n",
                "".join(table(("Code", "Name", "What it says", *packs()), map(family_row, codes))),
            ]
    for name, levels in packs().items():
        on = [code for code in available() if levels[code] != "off"]
        same = [code for code in on if name != "core" and packs()["core"][code] == levels[code]]
        extra = [code for code in on if code not in same]
        words = f"{len(on)} of {len(levels)} rules are on."
        if name != "core":
            listed = ", ".join(f"[{code}]({code.lower()}.md)" for code in extra)
            words += f" Other than in core: {listed}." if extra else " The levels are those of core."
        parts += [f"## Pack {name}\n", words + "\n"]
    return "\n".join(parts)


def family_row(code: str) -> tuple[str, ...]:
    rule = rule_class(code)
    summary = cleandoc(rule.__doc__ or "").partition("\n")[0]
    return (f"[{code}]({code.lower()}.md)", rule.name, summary.replace("|", "\\|"), *levels_of(code).values())


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """The lines of a table in Markdown."""
    for cells in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cells)} |\n"
