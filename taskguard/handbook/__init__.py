"""Documentation made from what the program itself says: a page for each rule, their index, schemas for editors.

Nothing of it is written by hand, so nothing of it can be out of date without being seen.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

RULES = "rules/"


def handbook() -> dict[str, str]:
    """Every generated file by its path in the folder of the documentation, with `/`, and its text."""
    from taskguard.handbook.pages import index, page
    from taskguard.handbook.schemas import pack_schema, settings_schema
    from taskguard.handbook.settings_page import settings_page
    from taskguard.selection import available

    made = {f"{RULES}{code.lower()}.md": page(code) for code in available()}
    made[f"{RULES}index.md"] = index()
    made["settings.md"] = settings_page()
    made["schemas/settings.schema.json"] = settings_schema()
    made["schemas/pack.schema.json"] = pack_schema()
    return made


def outdated(wanted: Mapping[str, str], present: Mapping[str, str]) -> list[str]:
    """The paths that must be written anew, and the rules' pages that must go, sorted."""
    differ = {path for path, text in wanted.items() if present.get(path) != text}
    return sorted(differ | {path for path in present if path.startswith(RULES) and path not in wanted})
