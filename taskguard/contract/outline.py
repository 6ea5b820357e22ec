"""What a module path offers: its public names, and private ones that somebody in the project imports or patches, with kind and signature."""

from __future__ import annotations

from taskguard.patterns import regex
from taskguard.project.python.names import absolute_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import Param
    from taskguard.project.change.linked import Linked

SIGNS = {"var": "*", "rest": "**"}
PATCHED = regex(r"""["']([A-Za-z_][\w.]*\.\w+)["']""")


class Outlines:
    """The outlines of one project. `wanted` are the names that others ask for, by the dotted name of the module."""

    def __init__(self, state: Linked) -> None:
        self.state = state
        self.wanted: dict[str, set[str]] = {}
        for path in state.paths:
            self._imports(path)
        for path in state.project.search("patch"):
            for dotted in PATCHED.findall(state.project.text(path) or ""):
                module, _, name = dotted.rpartition(".")
                self.wanted.setdefault(module, set()).add(name)

    def _imports(self, path: str) -> None:
        module = self.state.project.modules[path]
        for one in module.facts.imports:
            if one.name:
                self.wanted.setdefault(absolute_name(module, one.module), set()).add(one.name)

    def of(self, path: str, whole: bool) -> dict[str, str]:
        """The names of a file with what they are, sorted; all of them if `whole`."""
        wanted = self.wanted.get(self.state.module_name(path), ())
        names = self.state.names(path).items()
        return {
            name: self._what(path, name, kind)
            for name, kind in sorted(names)
            if whole or name in wanted or (kind != "import" and not name.startswith("_"))
        }

    def _what(self, path: str, name: str, kind: str) -> str:
        function = self.state.project.modules[path].function(name) if kind == "function" else None
        return f"{kind} ({', '.join(written(function.params))})" if function is not None else kind


def written(params: tuple[Param, ...]) -> list[str]:
    """Parameters as a person writes them; a default is a `=` with nothing behind it."""
    made = []
    for place, one in enumerate(params):
        if one.kind == "keyword" and not any(other.kind in ("var", "keyword") for other in params[:place]):
            made.append("*")
        made.append(f"{SIGNS.get(one.kind, '')}{one.name}{'=' if one.default is not None else ''}")
        if one.kind == "positional" and not any(other.kind == "positional" for other in params[place + 1 :]):
            made.append("/")
    return made
