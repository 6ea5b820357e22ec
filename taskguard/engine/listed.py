"""Which files a request is about."""

from __future__ import annotations

from taskguard.engine.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.request import Request


def listed(request: Request) -> Iterator[tuple[str, str]]:
    """The root and the root-relative path of each file that would be judged, in order. Raises UserError."""
    places = Places(request)
    tree = places.discover()
    for path in sorted(tree.sizes if tree.passed is None else tree.passed):
        yield places.root, path
