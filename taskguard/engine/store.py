"""The facts of the files on disk, each made once; a file is parsed later if a name leads there."""

from __future__ import annotations

import os

from taskguard.engine.checking import extra_words
from taskguard.engine.gather import Order, facts_of_bytes, facts_of_file, gather
from taskguard.facts.model import Facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.engine.places import Places, Tree


class DiskStore:
    """Facts by root-relative path. `stdin` text stands in for the file on disk at its path."""

    def __init__(
        self, places: Places, tree: Tree, workers: int | None = None, progress: Callable[[int, int], None] | None = None
    ) -> None:
        self.root = places.root
        self.markers = tree.markers
        self._stdin = places.stdin
        self._extra = extra_words(places.settings)
        order = Order(self.root, tuple((path, path in tree.forced) for path in tree.sizes if path not in self._stdin), self._extra)
        self._facts: dict[str, Facts] = gather(order, tree.sizes, workers, progress)
        self._facts.update(tree.failures)
        for path, data in self._stdin.items():
            self._facts[path] = facts_of_bytes(data, path, True)
        self.paths = sorted(self._facts)
        self.eager = [path for path in self.paths if self._facts[path].parsed]

    def replaced(self, path: str, text: str) -> DiskStore:
        """The same files with another text at `path`; all other facts are shared."""
        made = object.__new__(DiskStore)
        made.__dict__.update(self.__dict__)
        data = text.encode("utf-8", "surrogatepass")
        made._stdin = {**self._stdin, path: data}
        made._facts = {**self._facts, path: facts_of_bytes(data, path, True)}
        made.paths = sorted(made._facts)
        made.eager = [one for one in made.paths if made._facts[one].parsed]
        return made

    def skimmed(self, path: str) -> Facts:
        return self._facts.get(path) or Facts(0)

    def facts(self, path: str) -> Facts:
        facts = self.skimmed(path)
        if not facts.parsed and path in self._facts:
            facts = self._facts[path] = facts_of_file(self.root, path, True) or Facts(0, True)
        return facts

    def read(self, path: str) -> bytes | None:
        if path in self._stdin:
            return self._stdin[path]
        from taskguard.discovery import read

        try:
            return read(os.path.join(self.root, path))
        except OSError:
            return None

    def text(self, path: str) -> str | None:
        """The text of a file, None where it cannot be read."""
        from taskguard.facts.source import SourceError, decode

        data = self.read(path)
        try:
            return None if data is None else decode(data)
        except SourceError:
            return None

    def search(self, word: str) -> list[str]:
        """The paths of the files whose bytes hold `word`."""
        wanted = word.encode("utf-8", "surrogatepass")
        return [path for path in self.paths if wanted in (self.read(path) or b"")]
