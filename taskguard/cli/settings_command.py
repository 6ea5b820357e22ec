"""`taskguard settings`: the effective settings as TOML, each value with its origin."""

from __future__ import annotations

import os

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.cli.effective_settings import command_line, level_origin, settings_at, warned
from taskguard.cli.options import CLEAN, CONFIG, FOUND, ISOLATED, WRONG, configuration, working_folder
from taskguard.cli.streams import write
from taskguard.errors import UserError
from taskguard.selection import Selection, codes, holding, level_at, option_types, overridden, rule_class
from taskguard.settings.model import Named
from taskguard.settings.per_file import house_at, matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from taskguard.cli.arguments import Words
    from taskguard.settings.load import Explained
    from taskguard.settings.model import House, Override, Policy

    Row = tuple[str, object, str]

COMMENT_COLUMN = 48


def usage() -> Usage:
    about = "Print the effective settings, each value with its origin; with a file, those that hold for it; with a key, what it is for."
    check = Option(("--check",), "list what is wrong or doubtful in place of the settings; exit with 2, 1 or 0")
    keys = Option(("--keys",), "list all keys, and what they are for")
    return Usage("settings", about, "[PATH|KEY]", (check, keys, CONFIG, ISOLATED))


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out`. With a file in `args` the overrides and policies that match it are applied; a key is explained. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return 0
    if len(words.places) > 1:
        raise UserError("settings are printed of one place, a folder or a file, or one key is explained")
    place = words.places[0] if words.places else None
    if words.flag("--keys") or (place is not None and os.sep not in place and not words.flag("--check")):
        from taskguard.cli import one_setting

        if words.flag("--keys"):
            if place is not None or words.flag("--check"):
                raise UserError("--keys goes alone: `taskguard settings KEY` explains one key")
            write(one_setting.listed(), out)
            return CLEAN
        key = one_setting.wanted(place or "")
        if key is not None:
            have, _ = settings_at(command_line(words))
            write(
                one_setting.page(key, have, ((name, toml(value), origin) for name, value, origin in rows(have, None))),
                out,
            )
            return CLEAN
        if not os.path.exists(place or ""):
            raise UserError(one_setting.missing(place or ""))
    if place is not None and not os.path.exists(place):
        raise UserError(f"there is no {place}")
    if words.flag("--check"):
        return check(words, place or ".", out)
    write(printed(*settings_at(command_line(words), place)), out)
    return 0


def printed(have: Explained, path: str | None) -> Iterator[str]:
    """The lines of the settings; with a root-relative `path` those that hold for it."""
    for key, value, origin in rows(have, path):
        line = f"{key} = {toml(value)}" if key else ""
        yield f"{line:<{COMMENT_COLUMN}}  # {origin}\n" if origin else f"{line}\n"
    if path is None:
        for text in tables(have):
            yield text + "\n"


def check(words: Words, place: str, out: TextIO) -> int:
    """Lists everything that is wrong or doubtful about the settings of the project around `place`.

    2 where something is wrong, 1 where something is doubtful, else 0. Raises UserError for settings that cannot be read.
    """
    from taskguard.engine.running import file_warnings, without_baseline
    from taskguard.engine.running import opened as linked
    from taskguard.engine.settings_warnings import warnings_of
    from taskguard.request import Request

    config, inline = configuration(words)
    request = Request((place,), working_folder(), config=config, inline=inline, isolated=words.flag("--isolated"))
    places, store, project = linked(request)
    found = (*file_warnings(places), *without_baseline(places, store.tree), *warnings_of(project))
    store.save()
    write([f"{warned(found)}\n"] if found else [], out)
    return WRONG if any(one.certain for one in found) else FOUND if found else CLEAN


def rows(have: Explained, path: str | None) -> Iterator[Row]:
    """Key, value and origin of everything that is one line; `path` is relative to the root, None for what holds in general."""
    settings, origins = have.settings, have.origins
    extended = origins["extend-exclude"] != "default"
    yield "packs", settings.packs, origins["packs"]
    if settings.checkers:
        yield "checkers", settings.checkers, origins["checkers"]
    yield "src", settings.src, origins["src"]
    excluded = f"{origins['exclude']}; more from {origins['extend-exclude']}" if extended else origins["exclude"]
    yield "exclude", settings.exclude, excluded
    yield "force-exclude", settings.force_exclude, origins["force-exclude"]
    yield "respect-gitignore", settings.respect_gitignore, origins["respect-gitignore"]
    if settings.select is not None:
        yield "select", settings.select, origins["select"]
    yield "ignore", settings.ignore, origins["ignore"]
    yield "preview", settings.preview, origins["preview"]
    yield from level_rows(have, path)
    yield from option_rows(have, path)
    yield from house_rows(have, path)
    yield "contract.protective-calls", settings.protective_calls, origins["contract.protective-calls"]
    yield "celery.queues", settings.celery.queues, origins["celery.queues"]
    yield "celery.imports", settings.celery.imports, origins["celery.imports"]
    yield "celery.task-names", settings.celery.task_names, origins["celery.task-names"]


def level_rows(have: Explained, path: str | None) -> Iterator[Row]:
    known = codes(have.settings)
    if path is None:
        for prefix, level in have.settings.levels:
            held, note = holding(have.settings, rule_class(prefix)) if prefix in known else (level, "")
            # Whoever took such a line over into a file of his own would ask for more than holds here.
            key = f"levels.{prefix}" if held == level else f"# levels.{prefix}"
            yield key, level, "; ".join(filter(None, (have.origins[f"levels.{prefix}"], note)))
        return
    for code in known:
        place = overridden(have.settings, code, path, level_at(have.settings, code))[1]
        origin = level_origin(have, code) or "default" if place < 0 else have.origins[f"overrides[{place}]"]
        level, note = holding(have.settings, rule_class(code), path)
        yield f"levels.{code}", level, "; ".join(filter(None, (origin, note)))


def option_rows(have: Explained, path: str | None) -> Iterator[Row]:
    """The options of the rules that are on, and those that the settings name for others."""
    for rule in Selection(have.settings).rules:
        for option in option_types(rule.code) or ():
            value = getattr(rule, option.replace("-", "_"))
            origin = have.origins.get(f"options.{rule.code}.{option}", "default")
            for place, override in matching(have, path):
                own = dict(dict(override.options).get(rule.code, ()))
                if option.replace("-", "_") in own:
                    value, origin = own[option.replace("-", "_")], have.origins[f"overrides[{place}]"]
            yield f"options.{rule.code}.{option}", value, origin
    on = {rule.code for rule in Selection(have.settings).rules}
    for code, values in have.settings.options:
        for name, value in values if code not in on else ():
            key = f"options.{code}.{name.replace('_', '-')}"
            yield key, value, have.origins[key]


def house_rows(have: Explained, path: str | None) -> Iterator[Row]:
    house: House = have.settings.house if path is None else house_at(have.settings, path)

    def origin(key: str, field: str, option: str | None = None) -> str:
        found = have.origins.get(key, "default")
        for place, policy in enumerate(have.settings.policies):
            said = getattr(policy, field)
            if option is not None:
                said = dict(said or ()).get(option)
            if path is not None and said is not None and matches(have.settings, policy.files, path):
                found = have.origins[f"tasks.policy[{place}]"]
        return found

    yield "tasks.base", house.base, origin("tasks.base", "base")
    yield "tasks.require", house.require, origin("tasks.require", "require")
    for option, values in house.allowed:
        yield f"tasks.allowed.{option}", values, origin(f"tasks.allowed.{option}", "allowed", option)
    yield "tasks.calls", house.calls, origin("tasks.calls", "calls")
    yield "tasks.queue-in", house.queue_in, origin("tasks.queue-in", "queue_in")
    yield "tasks.decorators", house.decorators, have.origins["tasks.decorators"]
    yield "tasks.options", house.options, have.origins["tasks.options"]


def matching(have: Explained, path: str | None) -> list[tuple[int, Override]]:
    """The overrides that hold at a path, with their places; none in general."""
    if path is None:
        return []
    numbered = enumerate(have.settings.overrides)
    return [(place, one) for place, one in numbered if matches(have.settings, one.files, path)]


def tables(have: Explained) -> Iterator[str]:
    """Arrays of tables: overrides, policies, facades, apps."""
    for place, override in enumerate(have.settings.overrides):
        yield table("overrides", have.origins[f"overrides[{place}]"], override_keys(override))
    for place, policy in enumerate(have.settings.policies):
        yield table("tasks.policy", have.origins[f"tasks.policy[{place}]"], policy_keys(policy))
    for place, facade in enumerate(have.settings.facades):
        keys = {"module": facade.module, "sources": facade.sources, "private": facade.private}
        yield table("facades", have.origins[f"facades[{place}]"], keys)
    for place, app in enumerate(have.settings.apps):
        yield table("apps", have.origins[f"apps[{place}]"], {"app": app.app, "src": app.src})


def override_keys(override: Override) -> dict[str, object]:
    keys: dict[str, object] = {"files": override.files}
    keys.update({f"levels.{prefix}": level for prefix, level in override.levels})
    for code, values in override.options:
        keys.update({f"options.{code}.{name.replace('_', '-')}": value for name, value in values})
    return keys


def policy_keys(policy: Policy) -> dict[str, object]:
    keys: dict[str, object] = {"files": policy.files, "base": policy.base, "require": policy.require}
    keys.update({f"allowed.{option}": values for option, values in policy.allowed or ()})
    keys.update({"calls": policy.calls, "queue-in": policy.queue_in})
    return {key: value for key, value in keys.items() if value is not None}


def table(name: str, origin: str, keys: dict[str, object]) -> str:
    head = f"[[{name}]]"
    return "\n".join(["", f"{head:<{COMMENT_COLUMN}}  # {origin}", *(f"{key} = {toml(keys[key])}" for key in keys)])


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Named):
        return f"{{ name = {toml(value.name)} }}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml(one) for one in value)}]"
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False)
    return str(value)
