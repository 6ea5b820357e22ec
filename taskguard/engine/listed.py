"""Which files a request is about."""

from __future__ import annotations

import os

from taskguard.engine.projects import visit
from taskguard.engine.resolver import Resolver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.request import Request


def listed(request: Request) -> list[str]:
    """The absolute path of each file that would be judged, in order. Raises UserError."""
    found: list[str] = []

    def project(own: Request) -> tuple[str, ...]:
        resolver = Resolver(own)
        tree = resolver.discover()
        resolver.hold_rules()
        found.extend(os.path.join(resolver.root, path) for path in (tree.sizes if tree.passed is None else tree.passed))
        return tree.others

    visit(request, project)
    return sorted(found)
