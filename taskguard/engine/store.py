"""The facts of the files on disk, each made once; a file is parsed later if a name leads there."""

from __future__ import annotations

from time import time_ns

from taskguard.engine.extraction import Held, Made, Order, Wanted, extra_words, facts_of_bytes, make, searched
from taskguard.engine.facts_cache import FactsCache
from taskguard.engine.gather import PAYS, gather
from taskguard.engine.resolver import read_below
from taskguard.engine.searches import Searches, for_modules, for_words, matcher
from taskguard.facts.cache_rows import DIRECTED, EXTRA, FULL, RELEVANT
from taskguard.facts.model import Facts, lines_only
from taskguard.facts.source import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from taskguard.engine.resolver import Resolver, Tree


class DiskStore:
    """Facts by root-relative path. `stdin` text stands in for the file on disk at its path. `cache` is what is known from the last run and for the next."""

    def __init__(
        self,
        resolver: Resolver,
        tree: Tree,
        workers: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.root = resolver.root
        self.tree = tree
        self.markers = tree.markers
        self._stdin = resolver.stdin
        self.extra = extra_words(resolver.settings, *resolver.parts)
        self._order = Order(self.root, (), self.extra, resolver.cache is not None)
        self.cache = FactsCache(resolver, tree, self.extra, time_ns())
        wanted = [one for one in self.cache.wanted(tree.forced, tree.named) if one.path not in self._stdin]
        self._held = Held()
        # There is so much of it that starting processes pays.
        self.large = sum(tree.sizes.values()) > PAYS
        self._made = gather(self._order.replace(files=tuple(wanted)), workers, progress, self._held)
        self.cache.found_again(self._made)
        self._facts: dict[str, Facts] = dict(tree.failures)
        for path, data in self._stdin.items():
            self._facts[path] = facts_of_bytes(data, path, True)
        self._skimmed: dict[str, Facts] = {}
        self.paths = sorted({*self.cache.rows, *self._made, *self._facts})
        relevant = {path for path, made in self._made.items() if made.flags & (RELEVANT | EXTRA)}
        relevant.update(self.cache.relevant())
        relevant.update(path for path, data in self._stdin.items() if any(searched(data, path, self.extra)))
        # Of what was passed by name and cannot matter rules hear where it does not parse.
        broken = (path for path in tree.named if path in self._made and self._made[path].flags & FULL)
        eager = {*self._facts, *tree.forced, *relevant, *broken}
        self.relevant = [path for path in self.paths if path in relevant]
        self.eager = [path for path in self.paths if path in eager]
        self._eager = frozenset(self.eager)
        self._searches = Searches(self.cache, self.paths, self.eager, self._on_disk)

    def replaced(self, path: str, text: str) -> DiskStore:
        """The same files with another text at `path`; all other facts are shared."""
        made = object.__new__(DiskStore)
        made.__dict__.update(self.__dict__)
        data = text.encode("utf-8", "surrogatepass")
        made._stdin = {**self._stdin, path: data}
        made._facts = {**self._facts, path: facts_of_bytes(data, path, True)}
        made._eager = self._eager | {path}
        made.paths = sorted({*self.paths, path})
        made.eager = [one for one in made.paths if one in made._eager]
        relevant = {path} if any(searched(data, path, self.extra)) else set[str]()
        made.relevant = sorted(relevant.union(self.relevant) if relevant else {*self.relevant} - {path})
        return made

    def skimmed(self, path: str) -> Facts:
        """The facts of a file that rules look at; of any other its length and directives, though it may be parsed by now."""
        if path in self._eager:
            return self.facts(path)
        found = self._skimmed.get(path)
        if found is None:
            found = self._skimmed[path] = self._skim(path)
        return found

    def _skim(self, path: str) -> Facts:
        number = self.cache.rows.get(path)
        if number is not None:
            lines, flags = self.cache.lines(number), self.cache.flags(number)
            if not flags & DIRECTED:
                return lines_only(lines)
            facts = self.cache.facts(path)
            return Facts(lines, directives=facts.directives) if facts is not None else self._parse(path, False)
        made = self._made.get(path)
        if made is None or isinstance(made.said, int):
            return lines_only(made.said if made is not None and isinstance(made.said, int) else 0)
        facts = facts_of(made)
        return Facts(facts.lines, directives=facts.directives)

    def facts(self, path: str) -> Facts:
        """The facts of a file, which is parsed for it if nobody has yet."""
        found = self._facts.get(path)
        if found is None:
            made = self._made.get(path)
            if path in self.cache.rows:
                found = self.cache.facts(path) if self.cache.flags(self.cache.rows[path]) & FULL else None
            elif made is None:
                return Facts(0)
            elif made.flags & FULL:
                found = facts_of(made)
            self._facts[path] = found = found or self._parse(path, True)
        return found

    def _parse(self, path: str, force: bool) -> Facts:
        late = make(self._order, Wanted(path, force))
        if late is None:
            return Facts(0, force)
        if force:
            self.cache.late[path] = late
        return facts_of(late)

    @property
    def searched(self) -> dict[bytes, set[str]]:
        """The paths that each search has found which was asked for in this run."""
        return {search: self.cache.searched[search] for search in self.cache.asked}

    def looked_at_anyway(self, path: str) -> bool:
        """Whether rules look at a file by what it holds, and not because it was passed."""
        number, made = self.cache.rows.get(path), self._made.get(path)
        flags = made.flags if made is not None else 0 if number is None else self.cache.flags(number)
        return bool(flags & (RELEVANT | EXTRA))

    def looked_at_here(self, path: str) -> bool:
        """Whether rules look at a file in this run, and not in one about all files."""
        return path in self._eager and not self.looked_at_anyway(path)

    def mark(self, path: str) -> int:
        """What stands for the bytes of a file."""
        number = self.cache.rows.get(path)
        if number is not None:
            return self.cache.mark(number)
        made = self._made.get(path)
        if made is not None and made.mark != -1:
            return made.mark
        from taskguard.facts.cache import mark

        return mark(self.read(path) or b"")

    def before(self, path: str, mark: int) -> Facts | None:
        """The facts of a file as they were when this stood for its bytes, as far as they were made; None where nobody knows, or where
        the byte search says by now what it did not say then."""
        number = self.cache.number(path, mark)
        made = self._made.get(path)
        if number is None or made is None or (made.flags ^ self.cache.flags(number)) & (RELEVANT | EXTRA):
            return None
        if not self.cache.flags(number) & (DIRECTED | FULL):
            return lines_only(self.cache.lines(number))
        return self.cache.facts_at(number)

    def now(self, path: str) -> Facts:
        """The facts of a file that has changed, as far as they were made before."""
        number = self.cache.numbers.get(path)
        return self.facts(path) if number is not None and self.cache.flags(number) & FULL else self._skim(path)

    def save(self) -> None:
        """Keeps for the next run what this one found out."""
        self.cache.save(self._made, self._searches.to_keep)

    def read(self, path: str) -> bytes | None:
        held = self._stdin.get(path)
        if held is None:
            held = self._held.get(path)
        return read_below(self.root, path) if held is None else held

    def text(self, path: str) -> str | None:
        """The text of a file, None where it cannot be read."""
        return text_of(self.read(path))

    def search(self, *words: str) -> list[str]:
        """The paths of the files whose bytes hold one of the words."""
        return self._found(for_words(words))

    def importing(self, names: Collection[str]) -> list[str]:
        """The paths of the files that may import from a module whose name ends in one of `names`."""
        return self._found(for_modules(names))

    def _found(self, searches: list[bytes]) -> list[str]:
        found = self._searches.find(searches).difference(self._stdin)
        if self._stdin:
            matching = matcher(searches)
            found.update(path for path, data in self._stdin.items() if matching(data))
        return sorted(found)

    def _on_disk(self, path: str) -> bytes:
        """The bytes of a file on disk, held from the first search on: there are some ten of them in a run."""
        data = self._held.get(path)
        if data is None:
            data = read_below(self.root, path) or b""
            self._held.keep(path, data)
        return data


def facts_of(made: Made) -> Facts:
    """What was made of a file, as facts."""
    said = made.said
    if isinstance(said, str):
        from taskguard.facts.codec import decode

        return decode(said)
    return Facts(said or 0) if said is None or isinstance(said, int) else said
