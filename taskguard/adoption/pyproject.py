"""A table for a `pyproject.toml` that exists: put behind what is there, of which no byte changes."""

from __future__ import annotations

from taskguard.settings.toml import TomlError, parse

BOM = "\ufeff"
TABLE = "tool.taskguard"


def appended(text: str, table: str) -> str | None:
    """`text` with `table` at its end and in its own line endings; None where that is no TOML or changes what was there."""
    newline = "\r\n" if "\r\n" in text else "\n"
    body = text if not text or text.endswith("\n") else text + newline
    gap = newline if body.strip() and not body.endswith(newline * 2) else ""
    made = body + gap + table.replace("\n", newline)
    try:
        before, after = parse(text.removeprefix(BOM)), parse(made.removeprefix(BOM))
    except TomlError:
        return None
    added = after.get("tool", {}).pop("taskguard", None) if isinstance(after.get("tool"), dict) else None
    if "tool" not in before and not after.get("tool"):
        after.pop("tool", None)
    return made if added is not None and before == after else None
