"""What the whole configuration of a Flask application holds, which a Celery app takes over: `celery.conf.update(app.config)`."""

from __future__ import annotations

import re
from collections import Counter

from taskguard.facts import selections
from taskguard.facts.model import Item, Ref
from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.celery.chosen import only_value
from taskguard.project.celery.pieces import dict_pieces
from taskguard.project.celery.sources import alternatives_of, object_source
from taskguard.project.python.evaluate import Bound, value_of
from taskguard.project.python.testing import in_tests
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskguard.diagnostics import Span
    from taskguard.facts.model import CallSite
    from taskguard.project.python.project import Module

    Wanted = Callable[[str], bool]

# Methods of `flask.Config` that read what the code does not show (flask/config.py).
READS_ELSEWHERE = regex(r"\bconfig\.from_(?:envvar|pyfile|file|json|prefixed_env|toml)\(")
WORDS = ("config.from_", ".config[", ".config.update(", ".config.setdefault(")
FILLING = ("from_object", "from_mapping", "update", "setdefault")


class Filled(Record):
    """One place that gives a key of the configuration its value. It has a `guard` too where another place may give the key another one."""

    written: str
    path: str
    span: Span
    value: Bound
    guard: str


class Whole:
    """All that is written into the configuration. `open` says why it may hold more."""

    def __init__(self, here: Module, wanted: Wanted) -> None:
        self._here = here
        self.spots: list[Filled] = []
        self.open = ""
        self.wanted = wanted

    def shut(self, why: str) -> None:
        self.open = self.open or why

    def is_beside(self, one: Filled) -> bool:
        """Whether a key is given its value in the file of the app that takes the configuration over."""
        return one.path == self._here.path and one.value.module is self._here

    def give(self, written: str, span: Span, value: Bound, guard: str, path: str = "") -> None:
        # Flask takes no other names of an object. What stands beside the app by a name that Celery does not read may be meant for it (TG311).
        beside = not path and value.module is self._here
        if written.isupper() and (beside or self.wanted(written)):
            self.spots.append(Filled(written, path or value.module.path, span, value, guard))

    def settled(self) -> Whole:
        """The same, where several places give one key each of them with a guard."""
        places = Counter(one.written for one in self.spots)
        self.spots = [one if places[one.written] == 1 else one.replace(guard=one.guard or "if") for one in self.spots]
        return self


def flask_config(bound: Bound, wanted: Wanted) -> Whole | None:
    """What `app.config` holds of the names that `wanted` lets through, by all places of the project that fill such a configuration; None for
    anything else, and where no place does."""
    if not (isinstance(bound.expr, Ref) and bound.expr.name.endswith(".config")):
        return None
    made, filled = Whole(bound.module, wanted), False
    project = bound.module.project
    for path in project.search(*WORDS):
        module = project.modules[path]
        if in_tests(path) and not in_tests(bound.module.path):
            continue
        if finds(project, path, READS_ELSEWHERE):
            made.shut(f"{path} reads the configuration of Flask from elsewhere")
        for site in selections.calling(module.facts, *FILLING):
            if site.call.callee.rpartition(".")[0].endswith(".config"):
                filled = True
                _called(module, site, made)
        for one in module.facts.assigns:
            target = one.target
            if isinstance(target, Item) and isinstance(target.of, Ref) and target.of.name.endswith(".config"):
                filled = True
                key = value_of(Bound(target.index, module, one.scope)).value
                if isinstance(key, str):
                    made.give(key, target.span, Bound(one.value, module, one.scope), one.guard)
                else:
                    made.shut("a computed key")
    return made.settled() if filled else None


def _called(module: Module, site: CallSite, made: Whole) -> None:
    """Takes one call of a method of the configuration."""
    call, method = site.call, site.call.callee.rpartition(".")[2]
    for keyword in call.keywords:
        if keyword.name is not None:
            made.give(keyword.name, keyword.span, Bound(keyword.value, module, site.scope), site.guard)
        else:
            made.shut("a spread of what cannot be followed")
    here = [Bound(one, module, site.scope) for one in call.args]
    if method == "from_object" and here:
        _objects(here[0], site, made)
    elif method == "setdefault" and len(here) > 1:
        key = value_of(here[0]).value
        made.give(key if isinstance(key, str) else "", call.span, here[1], site.guard or "if")
    elif here:
        pieces = dict_pieces(here[0])
        made.shut(pieces.open)
        for piece in pieces.items:
            if isinstance(piece.key.value, str):
                made.give(piece.key.value, piece.span, piece.value, piece.guard or site.guard, piece.path)


def _objects(bound: Bound, site: CallSite, made: Whole) -> None:
    """Takes the names of the object that Flask is handed, or of each of those that it may be."""
    expr = bound.expr
    found = (_handed(bound, expr.name) if isinstance(expr, Ref) and bound.scope else None) or bound
    sources = [object_source(one, made.wanted) for one in alternatives_of(found) or [found]]
    for one in sources:
        made.shut(one.open)
    for name in dict.fromkeys(name for one in sources for name in one.keys):
        held = [{(one.path, one.span): one for one in of.keys[name].spots} if name in of.keys else {} for of in sources]
        agreed = all(one.keys() == held[0].keys() for one in held)
        for spot in {place: one for spots in held for place, one in spots.items()}.values():
            made.give(name, spot.span, spot.value, spot.guard or site.guard or ("" if agreed else "if"), spot.path)


def _handed(bound: Bound, name: str) -> Bound | None:
    """The one value that a local name has: what it is assigned, or the default of a parameter that nobody but tests gives anything."""
    module = bound.module
    function = module.function(bound.scope)
    default = next((one.default for one in function.params if one.name == name), None) if function is not None else None
    if function is None or default is None:
        return only_value(bound, name)
    called = re.compile(rf"(?<!def )\b{re.escape(function.name)}\(\s*[^)\s]")
    callers = (path for path in module.project.holders(f"{function.name}(") if not in_tests(path))
    return None if any(finds(module.project, path, called) for path in callers) else Bound(default, module)
