"""Which settings are not those of a worker at work: files and classes for tests, for a developer's own machine, or to be copied."""

from __future__ import annotations

import re

from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.testing import for_tests, in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.celery.model import Place, Setting

DEVELOPING = frozenset(
    "ci debug dev devel develop developer development docker e2e eager functional gitlab jenkins laptop local localdev localhost mock offline playground pytest"
    " sandbox settingslocal test testing tests travis unit unittest".split()
)
TO_COPY = frozenset("default defaults demo dist example examples sample samples skel template templates tpl".split())


def place_of(setting: Setting) -> Place | None:
    """The place that gives a setting the value in force, the last one of several; None where no place that is seen does."""
    known = setting.known
    if not known.known:
        return setting.places[-1] if setting.places else None
    return next((one for one in reversed(setting.places) if value_of(one.value).value == known.value), None)


def apart(place: Place) -> bool:
    """Whether a place belongs to tests, to an example or to somebody's own machine, by the words of its file and of the class around it."""
    scope = place.value.scope if isinstance(place.value, Bound) else ""
    found = words(place.path, scope)
    shown = any(one.startswith(("demo", "example", "sample")) for one in found)
    return shown or in_tests(place.path) or for_tests(place.path) or not DEVELOPING.isdisjoint(found)


def to_copy(path: str) -> bool:
    """Whether a file is a sample of what somebody has to write."""
    return not (TO_COPY - {"default", "defaults"}).isdisjoint(words(path, ""))


def words(path: str, scope: str) -> set[str]:
    """The words of the last two parts of a path, and of the name of a class."""
    near = "/".join(path.removesuffix(".py").split("/")[-2:])
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", f"{near}/{scope}")
    return {one.lower() for one in re.split(r"[^A-Za-z0-9]+|_", parts) if one}
