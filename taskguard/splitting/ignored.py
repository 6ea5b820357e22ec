"""`# taskguard: ignore-file` of a god file: written into the modules that need it, and gone from a facade that does not."""

from __future__ import annotations

from taskguard.facts.directives import scan
from taskguard.fixes.edited import Unedited, edited
from taskguard.patterns import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from taskguard.diagnostics import Diagnostic, Edit
    from taskguard.splitting.god import God

UNNEEDED = "TG003"
TOP = regex(rb"(?:\xef\xbb\xbf)?(?:(?:\r?\n)*#[^\r\n]*\r?\n)*")


def followed(god: God, files: Mapping[str, bytes], new: Iterable[Diagnostic]) -> dict[str, bytes]:
    """The files that are to be other, given what would be said of them: the comments of the god file go with what they hide."""
    held = [one for one in scan(god.text) if one.kind == "ignore-file"]
    if not held:
        return {}
    said: dict[str, set[str]] = {}
    edits: list[Edit] = []
    for one in new:
        if one.path == god.path and one.code == UNNEEDED and one.fix is not None:
            edits += one.fix.edits
        else:
            said.setdefault(one.path, set()).add(one.code)
    made: dict[str, bytes] = {}
    for path, codes in said.items():
        lines = [
            f"# taskguard: ignore-file{f'[{chr(44).join(hidden)}]' if one.codes else ''} {one.reason}{god.newline}"
            for one in held
            if (hidden := [code for code in one.codes if code in codes]) or not one.codes
        ]
        if lines and path in files and path != god.path:
            match = TOP.match(files[path])
            top = match.end() if match is not None else 0
            made[path] = files[path][:top] + "".join(lines).encode("utf-8") + files[path][top:]
    if edits:
        try:
            made[god.path] = edited(files[god.path], edits)
        except Unedited:
            return {}
    return made
