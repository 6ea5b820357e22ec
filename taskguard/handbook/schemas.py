"""JSON Schemas of settings files and packs, from the same types that check them: editors complete and warn with them."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from taskguard.handbook.keys import option_keys
from taskguard.selection import option_types, rule_class
from taskguard.settings.catalogue import names
from taskguard.settings.schema import PackTable, SettingsTable

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PLUGIN = "(?!TG)[A-Z]{2,6}"
LEVELS = ["off", "warn", "error"]


def settings_schema() -> str:
    """The schema of `taskguard.toml`, and of the table `[tool.taskguard]` in `pyproject.toml`."""
    return schema(
        SettingsTable, "taskguard.toml", "Settings of taskguard: taskguard.toml, .taskguard.toml, or [tool.taskguard]."
    )


def pack_schema() -> str:
    """The schema of a rule pack."""
    return schema(
        PackTable, "taskguard pack", "A rule pack of taskguard: levels, options and house rules that settings extend."
    )


def schema(kind: type, title: str, about: str) -> str:
    """The schema of a table as JSON. Levels and options know the rules by name."""
    made = msgspec.json.schema(kind, ref_template="#/$defs/{name}")
    defs = made["$defs"]
    root = defs.pop(made["$ref"].rpartition("/")[2])
    for table in (root, defs["OverrideTable"]):
        for key, reference in (("levels", "#/$defs/Levels"), ("options", "#/$defs/Options")):
            held = table["properties"][key]
            table["properties"][key] = {
                "description": held["description"],
                "examples": held["examples"],
                "$ref": reference,
            }
    defs["Levels"] = levels()
    defs["Options"] = options()
    whole = {
        "$schema": DRAFT,
        "title": title,
        "description": about,
        **{key: root[key] for key in root if key not in ("title", "description")},
    }
    whole["$defs"] = dict(sorted(defs.items()))
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def levels() -> dict[str, Any]:
    """A level for a code, or for all codes that begin with a prefix."""
    return {
        "title": "Levels",
        "type": "object",
        "properties": {code: {"description": name, "enum": LEVELS} for code, name in names().items()},
        "patternProperties": {
            "^TG\\d{0,2}$": {"description": "all codes that begin so", "enum": LEVELS},
            f"^{PLUGIN}\\d{{0,3}}$": {"description": "checkers of other packages, named by `checkers`", "enum": LEVELS},
        },
        "additionalProperties": False,
    }


def options() -> dict[str, Any]:
    """The options of each rule."""
    rules = {code: rule_options(code) for code in names()}
    plugins = {f"^{PLUGIN}\\d{{3}}$": {"description": "a checker of another package", "type": "object"}}
    return {
        "title": "Options",
        "type": "object",
        "properties": rules,
        "patternProperties": plugins,
        "additionalProperties": False,
    }


def rule_options(code: str) -> dict[str, Any]:
    """The options of a rule with their types and defaults."""
    rule = rule_class(code)
    made = {}
    for name, kind in (option_types(code) or {}).items():
        default = msgspec.to_builtins(getattr(rule, name.replace("-", "_")))
        about = option_keys()[f"options.{code}.{name}"].about
        made[name] = {"description": about, **msgspec.json.schema(kind), "default": default}
    return {"description": rule.name, "type": "object", "properties": made, "additionalProperties": False}
