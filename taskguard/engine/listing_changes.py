"""Files that have come since the last run, or are gone: whether somebody could have noticed them.

Nobody has: no rule looks at such a file by what it holds, no search finds it, no code of the other files has its name, and it lies among others where
nothing is asked by its place alone. A migration and a test that says nothing of tasks are such files, and many commits bring one.
"""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from taskguard.engine.store import DiskStore

# Names that Python, pytest, Django, Celery or the layout of a project give a meaning, whoever has them written down.
MEANT = frozenset(
    "admin app application apps asgi beat celery celery_app celeryconf celeryconfig celery_config celery_worker cli conf config conftest "
    "kombu main make_celery manage models schedule schedules settings setup signals task tasks test testcases tests urls views web worker workers wsgi "
    "__init__ __main__".split()
)
# What a file or the folder around it is called where each file is the settings of one environment, whoever has it written down.
ENVIRONMENTS = ("setting", "conf", "env", "deploy")


class Listing(Record):
    """The files that have come, and those that are gone; both sorted."""

    added: tuple[str, ...]
    gone: tuple[str, ...]

    @classmethod
    def between(cls, before: Collection[str], now: Collection[str]) -> Listing:
        """What has happened since these were the files."""
        return cls(tuple(sorted(set(now).difference(before))), tuple(sorted(set(before).difference(now))))


def noticed(
    listing: Listing, before: Mapping[str, int], read: Collection[str], disk: DiskStore, searches: Iterable[bytes]
) -> Iterator[str]:
    """Why files that have come or are gone may matter to a rule that had no say in what is kept, nothing where they cannot.

    `before` are the files that were there, with the marks of their bytes, `searches` those that the last run made, and `read` what it read of those that are gone.
    """
    yield from _looked_at(listing, before, read, disk, searches)
    stay = before.keys() - set(listing.gone)
    places = _Places(stay)
    changed = (*listing.added, *listing.gone)
    yield from (f"the place of a file that comes or goes @ {path}" for path in changed if places.is_telling(path))
    yield from _spoken(changed, stay, disk)


def _looked_at(
    listing: Listing, before: Mapping[str, int], read: Collection[str], disk: DiskStore, searches: Iterable[bytes]
) -> Iterator[str]:
    from taskguard.engine.searches import matcher
    from taskguard.facts.cache_rows import DIRECTED, EXTRA, RELEVANT

    finds, eager = matcher(searches), frozenset(disk.eager)
    for path in listing.added:
        found = next(iter(finds(disk.read(path) or b"")), b"")
        if found:
            yield f"search {found!r} @ {path}, which is new"
        elif path in eager:
            yield f"a new file that rules look at @ {path}"
    for path in listing.gone:
        number = disk.cache.number(path, before[path])
        if path in read or number is None or disk.cache.flags(number) & (RELEVANT | EXTRA | DIRECTED):
            yield f"a file that is gone and was looked at @ {path}"


class _Places:
    """What is known of a file by the others around it."""

    def __init__(self, stay: Collection[str]) -> None:
        self._stems = dict[str, set[str]]()  # of the files in each folder
        self._folders = set[str]()
        self._known = set[str]()
        for path in stay:
            folder, _, last = path.rpartition("/")
            stem = last.partition(".")[0]
            self._stems.setdefault(folder, set()).add(stem)
            self._known.add(stem)
            while folder and folder not in self._folders:
                self._folders.add(folder)
                folder = folder.rpartition("/")[0]

    def is_telling(self, path: str) -> bool:
        """Whether a file may be asked for by its place, its name, or that of another file."""
        folder, _, last = path.rpartition("/")
        stem = last.removesuffix(".py")
        beside = self._stems.get(folder, set()) - {"__init__"}
        if not beside or stem in MEANT or f"{folder}/{stem}".lstrip("/") in self._folders or "." in stem:
            return True
        if any(word in one for word in ENVIRONMENTS for one in (stem.lower(), folder.rpartition("/")[2].lower())):
            return True
        if not stem.isidentifier():
            return False  # no import can name it, as those of Django's migrations
        return stem in self._known or any(one.startswith(stem) or one.endswith(stem) for one in beside)


def _spoken(changed: Collection[str], stay: Collection[str], disk: DiskStore) -> Iterator[str]:
    """A file that has the name of one that comes or goes, as a word."""
    stems = [path.rpartition("/")[2].removesuffix(".py") for path in changed]
    words = sorted({one for one in stems if one.isidentifier()})
    if not words:
        return
    import re

    spoken = re.compile(rb"(?<!\w)(?:%b)(?!\w)" % b"|".join(re.escape(one.encode()) for one in words))
    for path in (*stay, *disk.markers):
        found = spoken.search(disk.read(path) or b"")
        if found is not None:
            yield f"the name {found[0].decode()} of a file that comes or goes @ {path}"
            return
