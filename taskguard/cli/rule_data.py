"""A rule under the settings that hold here: its level, who says so, and all of it as data."""

from __future__ import annotations

from inspect import cleandoc

from taskguard.cli.effective_settings import level_origin
from taskguard.handbook.pages import mends
from taskguard.selection import holding, is_own, level_at, option_types, rule_class, why_off

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Rule
    from taskguard.settings.load import Explained


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


def described(have: Explained, code: str) -> dict[str, object]:
    """A rule as data."""
    rule = rule_class(code)
    level, why = verdict(have, rule)
    given = {name.replace("_", "-"): value for name, value in dict(have.settings.options).get(code, ())}
    options = [
        {"name": name, "default": getattr(rule, name.replace("-", "_")), "value": given.get(name, getattr(rule, name.replace("-", "_")))}
        for name in option_types(code) or ()
    ]  # fmt: skip
    text = cleandoc(rule.__doc__ or "")
    return {
        "code": code, "name": rule.name, "summary": text.partition("\n")[0], "level": level, "origin": why,
        "fixable": mends(rule), "preview": rule.preview, "since": rule.since, "options": options, "explanation": text,
    }  # fmt: skip


def as_json(data: object) -> str:
    """Data as JSON; a set has an order."""
    import json

    return json.dumps(data, indent=2, ensure_ascii=False, default=sorted) + "\n"
