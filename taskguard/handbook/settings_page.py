"""The reference of the settings, in Markdown."""

from __future__ import annotations

from taskguard.handbook.keys import Key, keys, option_keys

HEAD = """\
<!-- Made by `taskguard docs` from taskguard/settings/schema.py. Change that, and run `taskguard docs docs`. -->

# Settings

Settings are `[tool.taskguard]` in `pyproject.toml`, or the same keys at the top of `taskguard.toml` or `.taskguard.toml`; the
examples are for `taskguard.toml`. In `pyproject.toml`, `[tasks]` is `[tool.taskguard.tasks]`. `taskguard settings` prints what
is in force and who says so, `taskguard settings KEY` explains one key, and `taskguard check --config 'KEY=VALUE'` tries one out.
Wrong settings are exit code 2. A pack has the same keys where nothing else is said.

"""


def settings_page() -> str:
    """Each key with type, default and example, then the options of the rules."""
    shown = keys()
    listed = "".join(f"- [`{key.path}`](#{key.anchor})\n" for key in shown.values())
    return HEAD + listed + "\n" + "".join(section(key) for key in shown.values()) + options()


def section(key: Key) -> str:
    """What the reference says of a key."""
    only = "" if key.settings and key.packs else " Only in settings files." if key.settings else " Only in packs."
    return f"## `{key.path}`\n\n{key.about}{only}\n\nType: {key.kind}  \nDefault: {code(key.default)}\n\n```toml\n{key.example}\n```\n\n"


def code(default: str) -> str:
    return default if default.startswith("none") else f"`{default}`"


def options() -> str:
    """The options of all rules."""
    rows = ["## Options of rules\n\n| Key | Type | Default | What it is for |\n| --- | --- | --- | --- |\n"]
    for key in option_keys().values():
        rule = key.path.split(".")[1]
        cells = (f"[`{key.path}`](rules/{rule.lower()}.md)", key.kind, code(key.default), key.about)
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n")
    return "".join(rows)
