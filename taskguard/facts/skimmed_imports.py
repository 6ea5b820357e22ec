"""The imports that a file's module level code makes, read line by line: for files that need no parsing otherwise.

Rough, and on the side of too many: an import in a string counts. What stands in a function or under `if TYPE_CHECKING` does not.
"""

from __future__ import annotations

from taskguard.diagnostics import TOP
from taskguard.facts.model import Import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

STARTS = (
    "from ", "import ", "def ", "async def ", "class ", "if ", "elif ", "else:", "try:", "except", "finally:", "with ", "for ", "while ", "@",
)  # fmt: skip
# What only parsing can tell.
COMPUTED = ("import_module", "__import__", "autodiscover_modules", "import_string")


def computed(text: str) -> bool:
    """Whether a file may import by a computed name."""
    return any(word in text for word in COMPUTED)


def skim_imports(text: str) -> tuple[Import, ...]:
    """The imports of a file at module level, without their places."""
    made: list[Import] = []
    if "import" not in text:
        return ()
    lines = text.split("\n")
    hidden = -1
    for place, line in enumerate(lines):
        stripped = line.lstrip()
        if not stripped.startswith(STARTS):
            continue
        indent = len(line) - len(stripped)
        if hidden >= 0:
            if indent > hidden:
                continue
            hidden = -1
        if stripped.startswith(("def ", "async def ")) or (stripped.startswith("if ") and "TYPE_CHECKING" in stripped):
            hidden = indent
        elif stripped.startswith("from "):
            made.extend(_from(whole(lines, place, stripped)))
        elif stripped.startswith("import "):
            made.extend(_plain(whole(lines, place, stripped)))
    return tuple(made)


def whole(lines: list[str], place: int, first: str) -> str:
    """A statement with its further lines: those in parentheses, or after a backslash."""
    text = first.partition("#")[0].rstrip()
    open_ = "(" in text
    while place + 1 < len(lines) and (open_ and ")" not in text or text.endswith("\\")):
        place += 1
        text = text.rstrip("\\") + " " + lines[place].partition("#")[0].strip()
    return text


def _from(text: str) -> Iterator[Import]:
    module, _, names = text[5:].partition(" import")
    module = module.strip().replace(" ", "")
    for name in names.partition(";")[0].replace("(", " ").replace(")", " ").split(","):
        words = name.split()
        if words and module:
            yield Import(module, words[0], words[-1], TOP, "", "")


def _plain(text: str) -> Iterator[Import]:
    for name in text[7:].partition(";")[0].split(","):
        words = name.split()
        if words:
            yield Import(words[0], None, words[-1].partition(".")[0], TOP, "", "")
