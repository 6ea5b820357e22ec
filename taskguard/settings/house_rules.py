"""The house rules that a rule needs: which setting gives them, and who asked for the rule without."""

from __future__ import annotations

from taskguard.errors import Problem
from taskguard.settings.per_file import house_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.settings.model import Asked, House, Policy, Settings

# What a rule may name as its house setting, and the key to set.
KEYS = {
    "base": "tasks.base", "queue": 'tasks.require = ["queue"]', "require": "tasks.require", "calls": "tasks.calls",
    "allowed": "tasks.allowed", "facades": "facades",
}  # fmt: skip
EXAMPLES = {
    "require": 'require = ["time_limit"]', "calls": 'calls = ["metrics.count"]', "allowed": 'allowed.queue = ["mail"]',
}  # fmt: skip


def has_house(settings: Settings, wanted: str, path: str | None = None) -> bool:
    """Whether the settings give the house setting that a rule names: at a root-relative path, or where that is None anywhere."""
    if wanted == "facades":
        return bool(settings.facades)
    houses: tuple[House | Policy, ...] = (settings.house, *settings.policies)
    if path is not None:
        houses = (house_at(settings, path),)
    if wanted == "queue":
        return any("queue" in (house.require or ()) or house.queue_in in ("decorator", "routes") for house in houses)
    if wanted == "require":
        based = any(house.base for house in houses)
        return any(one != "queue" and not (one == "base" and based) for house in houses for one in house.require or ())
    return any(getattr(house, wanted) for house in houses)


def unmet(settings: Settings, code: str, wanted: str) -> list[Problem]:
    """A mistake for each place that turns a rule on by its full name although no settings give what it compares with."""
    if not wanted or has_house(settings, wanted):
        return []
    example = f", as in `{EXAMPLES[wanted]}` under `tasks`" if wanted in EXAMPLES else ""
    why = f"{code} has nothing to compare with: set `{KEYS[wanted]}`{example}"
    return [Problem(one.file, one.line, one.key, why) for one in places_of(settings, code)]


def places_of(settings: Settings, code: str) -> list[Asked]:
    """The places that turn a rule on by its full name."""
    places = [one for one in settings.asked if one.code == code]
    places += [one for override in settings.overrides for one in override.asked if one.code == code]
    return [*dict.fromkeys(places)]
