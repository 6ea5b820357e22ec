"""What settings say about one path. Paths are relative to the project root, globs to the folder of the settings."""

from __future__ import annotations

from taskguard.globs import matcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.settings.model import House, Settings


def within(settings: Settings, path: str) -> str | None:
    """`path` relative to the folder of the settings, or None when it lies outside."""
    if not settings.folder:
        return path
    return path[len(settings.folder) + 1 :] if path.startswith(settings.folder + "/") else None


def matches(settings: Settings, files: tuple[str, ...], path: str) -> bool:
    """Whether the globs `files` of the settings hold for a root-relative path."""
    inside = within(settings, path)
    return inside is not None and matcher(files)(inside)


def house_at(settings: Settings, path: str) -> House:
    """The house rules that hold for a root-relative path: the general ones, then each policy that matches, in order."""
    house = settings.house
    for policy in settings.policies:
        if matches(settings, policy.files, path):
            allowed = (
                house.allowed
                if policy.allowed is None
                else tuple({**dict(house.allowed), **dict(policy.allowed)}.items())
            )
            house = house.replace(
                base=house.base if policy.base is None else policy.base,
                require=house.require if policy.require is None else policy.require,
                allowed=allowed,
                calls=house.calls if policy.calls is None else policy.calls,
                queue_in=policy.queue_in or house.queue_in,
            )
    asked = asked_at(settings, path)
    return house.replace(asked=asked) if asked else house


def asked_at(settings: Settings, path: str) -> tuple[str, ...]:
    """The codes that the settings turn on by their full names at a root-relative path."""
    found = dict.fromkeys(one.code for one in settings.asked)
    for override in settings.overrides:
        if override.asked and matches(settings, override.files, path):
            found.update(dict.fromkeys(one.code for one in override.asked))
    return tuple(found)
