"""The facts of blobs of git, by object id: a file of an old revision is parsed once, whatever is compared with it later."""

from __future__ import annotations

from taskguard.engine.extraction import facts_of_bytes
from taskguard.facts.cache import Cache
from taskguard.facts.cache_rows import FULL, Row
from taskguard.facts.codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.engine.resolver import Resolver
    from taskguard.facts.model import Facts

# So many blobs are kept beside those of this run; then it starts anew.
MOST = 5000


class BlobCache:
    """The facts of a repository's blobs. Without a cache nothing is kept."""

    def __init__(self, resolver: Resolver) -> None:
        self._cache: Cache | None = None
        self._rows: dict[str, Row] = {}
        if resolver.cache is not None:
            self._cache = Cache(resolver.cache.file("facts-blobs"))

    def of(self, blob: str, path: str, data: bytes) -> Facts:
        """The facts of a blob, which has these bytes and stands at `path`."""
        number = self._cache.numbers.get(blob) if self._cache is not None else None
        held = self._cache.facts(number) if self._cache is not None and number is not None else None
        if held is not None:
            return held
        made = facts_of_bytes(data, path, True)
        if self._cache is not None and not made.failure:
            self._keep(blob, made)
        return made

    def _keep(self, blob: str, made: Facts) -> None:
        try:
            text = encode(made).encode()
        except ValueError:
            return
        self._rows[blob] = Row(0, -1, 0, made.lines, FULL, text)

    def save(self) -> None:
        """Writes what this run parsed."""
        if self._cache is None or not self._rows:
            return
        numbers = self._cache.numbers
        self._cache.save(self._rows, numbers if len(numbers) < MOST else (), {}, (), {})
