"""Which test files may patch what is not there or is not looked up, told by their texts: parsing all tests would take long."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.module import Module
    from taskguard.project.project import Project

_DOTTED = re.compile(r"\b(?:patch|patch\.dict|setattr|delattr)\s*\(\s*[\"']([A-Za-z_]\w*(?:\.\w+)+)[\"']")
_OBJECT = re.compile(
    r"\b(?:patch\.object|mocker\.spy|setattr|delattr)\s*\(\s*((?:\w+\.)*\w+)\s*,\s*[\"']([A-Za-z_]\w*)[\"']"
)
_IMPORT = re.compile(r"^(?:from[ \t]+\S+[ \t]+)?import[ \t]*(?:\([^)]*\)|[^\n]*)", re.MULTILINE)
_ALL = re.compile(r"^__all__[ \t]*(?::[^=\n]+)?\+?=[ \t]*[\[(][^\])]*[\])]", re.MULTILINE)


class Suspicions:
    """Answers for one project, with what was read remembered."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._lasts: dict[str, list[Module]] | None = None
        self._had: dict[tuple[str, str], bool] = {}

    def suspicious(self, user: Module) -> bool:
        """Whether a file has a patch of a name that the text of the module does not show to be there and in use."""
        text = self.project.text(user.path) or ""
        for dotted in dict.fromkeys(_DOTTED.findall(text)):
            parts = dotted.split(".")
            for cut in range(len(parts) - 1, 0, -1):
                holder = self.project.find(".".join(parts[:cut]), user)
                if holder is not None:
                    if not self._has(holder, parts[cut]) or self._shadowed(user, parts[:cut]):
                        return True
                    break
        for of, name in dict.fromkeys(_OBJECT.findall(text)):
            last = of.rpartition(".")[2]
            if any(not self._has(one, name) for one in self._called(last)):
                return True
        return False

    def _called(self, last: str) -> list[Module]:
        """The modules whose names end so."""
        if self._lasts is None:
            self._lasts = {}
            for one in self.project.modules.values():
                if one.name and not one.in_tests:
                    self._lasts.setdefault(one.name.rpartition(".")[2], []).append(one)
        return self._lasts.get(last, [])

    def _has(self, holder: Module, name: str) -> bool:
        key = holder.path, name
        if key not in self._had:
            self._had[key] = _shows(self.project.text(holder.path) or "", name)
        return self._had[key]

    def _shadowed(self, user: Module, parts: list[str]) -> bool:
        """Whether a package on the way mentions the name of its submodule: it may bind it to something else."""
        for cut in range(1, len(parts)):
            package = self.project.find(".".join(parts[:cut]), user)
            text = self.project.text(package.path) if package is not None and package.is_package else None
            if text and re.search(rf"\bimport\b[^\n]*\b{parts[cut]}\b|^def {parts[cut]}\b", text, re.MULTILINE):
                return True
        return False


def _shows(text: str, name: str) -> bool:
    """Whether a text shows that the module has the name, and that its own code uses it where it is only imported."""
    if re.search(rf"^(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]+)?=", text, re.MULTILINE):
        return True
    word = re.compile(rf"\b{name}\b")
    imported = any(word.search(one) for one in _IMPORT.findall(text))
    return imported and word.search(without_imports(text)) is not None


def without_imports(text: str) -> str:
    """A text without its module level imports and `__all__`."""
    return _ALL.sub("", _IMPORT.sub("", text))
