"""Constants of a project's modules that are paths: settings of Django, and what is imported from a module or a class of configuration."""

from __future__ import annotations

from taskguard.facts.model import Ref
from taskguard.project.python.sys_paths import SysPath
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.facts.model import Facts


class PathConstants:
    """The folders that constants in the files of a project are."""

    def __init__(self, files: frozenset[str], facts_of: Callable[[str], Facts]) -> None:
        self._files, self._facts_of = files, facts_of
        self._settings_facts: list[tuple[str, Facts]] = []

    def setting(self, name: str) -> str | None:
        """The folder that a setting of Django names."""
        for path, facts in self._settings():
            if any(one.name == name and one.value is not None for one in facts.bindings):
                found = _folders(path, facts, name)
                if found:
                    return found[0]
        return None

    def _settings(self) -> list[tuple[str, Facts]]:
        if not self._settings_facts:
            paths = [one for one in sorted(self._files) if "settings" in one and not in_tests(one)]
            self._settings_facts = [(one, self._facts_of(one)) for one in paths[:20]]
        return self._settings_facts

    def imported(self, module: str, name: str) -> str | None:
        """The folder that a name imported from a module of the project is."""
        tail = module.lstrip(".").replace(".", "/")
        fitting = [
            one
            for one in self._files
            if one.endswith((f"/{tail}.py", f"/{tail}/__init__.py")) or one in (f"{tail}.py", f"{tail}/__init__.py")
        ]
        if not tail or len(fitting) != 1:
            return None
        found = _folders(fitting[0], self._facts_of(fitting[0]), name)
        return found[0] if len(found) == 1 else None


def _folders(path: str, facts: Facts, name: str) -> list[str]:
    """The folders that a constant of a file may be, by what that file alone says."""
    if not facts.bindings:
        return []
    return SysPath(path, facts, "", lambda _: None, lambda *_: None).places(Ref(name, facts.bindings[0].span))
