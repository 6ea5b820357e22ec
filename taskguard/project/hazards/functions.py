"""The functions that rules about calls and bodies look into."""

from __future__ import annotations

from taskguard.project.python.testing import hidden, in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from taskguard.facts.model import Function
    from taskguard.project.python.project import Module, Project


def functions_in(
    project: Project, paths: Iterable[str], may: Callable[[Function], bool]
) -> Iterator[tuple[Module, Function]]:
    """The functions in files at `paths` of which `may` says that they may matter, with their modules; tests and hidden folders left out.

    Those within others are left out, too: who reads the outer one comes to them. Of several of one name the last one counts.
    """
    for path in paths:
        if in_tests(path) or hidden(path):
            continue
        module = project.modules[path]
        for function in module.facts.functions:
            if function.holder != "function" and may(function) and module.function(function.qualname) is function:
                yield module, function
