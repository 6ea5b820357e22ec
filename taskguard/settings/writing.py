"""Settings as TOML writes them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def quoted(text: str) -> str:
    """A string."""
    import json

    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def array(names: Iterable[str]) -> str:
    """A list of strings."""
    return f"[{', '.join(quoted(name) for name in names)}]"


def facade_entry(module: str, sources: Iterable[str], dot: str) -> list[str]:
    """The lines that declare a facade; `dot` is what stands before the names of tables, with its dot."""
    return [f"[[{dot}facades]]", f"module = {quoted(module)}", f"sources = {array(sources)}"]
