"""A store over another one: some files have other bytes, or are not there; all other facts are shared."""

from __future__ import annotations

from taskguard.engine.extraction import facts_of_bytes, searched
from taskguard.engine.finder import Finder
from taskguard.engine.searches import for_modules, for_words
from taskguard.facts.model import Facts
from taskguard.facts.source import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from typing import Protocol

    class Store(Protocol):
        """What a project is linked from."""

        @property
        def paths(self) -> list[str]: ...
        @property
        def eager(self) -> list[str]: ...
        @property
        def relevant(self) -> list[str]: ...
        @property
        def extra(self) -> tuple[bytes, ...]: ...
        @property
        def markers(self) -> tuple[str, ...]: ...
        def facts(self, path: str) -> Facts: ...
        def skimmed(self, path: str) -> Facts: ...
        def read(self, path: str) -> bytes | None: ...
        def text(self, path: str) -> str | None: ...
        def search(self, *words: str) -> list[str]: ...
        def importing(self, names: Collection[str]) -> list[str]: ...


class Overlay:
    """`files` are the paths that differ from `base`, with their bytes; None for a file that is not there. `eager` are more paths to look at.

    `facts` gives the facts of a file by its path and bytes.
    """

    def __init__(
        self,
        base: Store,
        files: Mapping[str, bytes | None],
        eager: Iterable[str] = (),
        facts: Callable[[str, bytes], Facts] = lambda path, data: facts_of_bytes(data, path, True),
    ) -> None:
        self.base = base
        self.files = dict(files)
        held = {path: data for path, data in files.items() if data is not None}
        self._facts = {path: facts(path, data) for path, data in held.items()}
        self.paths = sorted({*(path for path in base.paths if path not in files), *held})
        more = set(eager).intersection(self.paths)
        self.eager = sorted({*(path for path in base.eager if path not in files), *held, *more})
        self.extra = base.extra
        matter = (path for path, data in held.items() if any(searched(data, path, self.extra)))
        self.relevant = sorted({*(path for path in base.relevant if path not in files), *matter})
        self.markers = base.markers
        self._finder = Finder(held, held.__getitem__)

    def skimmed(self, path: str) -> Facts:
        return self._facts.get(path) or (Facts(0) if path in self.files else self.base.skimmed(path))

    def facts(self, path: str) -> Facts:
        return self._facts.get(path) or (Facts(0, True) if path in self.files else self.base.facts(path))

    def read(self, path: str) -> bytes | None:
        return self.files[path] if path in self.files else self.base.read(path)

    def text(self, path: str) -> str | None:
        """The text of a file, None where it cannot be read or is not there."""
        return text_of(self.files[path]) if path in self.files else self.base.text(path)

    def search(self, *words: str) -> list[str]:
        """The paths of the files whose bytes hold one of the words."""
        return self._found(self.base.search(*words), for_words(words))

    def importing(self, names: Collection[str]) -> list[str]:
        """The paths of the files that may import from a module whose name ends in one of `names`."""
        return self._found(self.base.importing(names), for_modules(names))

    def _found(self, below: list[str], searches: list[bytes]) -> list[str]:
        return sorted([*self._finder.find(searches), *(path for path in below if path not in self.files)])
