"""The routes of `task_routes`, and the queue that they give to a task."""

from __future__ import annotations

from functools import lru_cache

from taskguard.facts.model import Binding, Call, Const, Opaque, Ref, Seq
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.entry_values import literal_places
from taskguard.project.celery.model import Route, Service
from taskguard.project.celery.pieces import Piece, dict_pieces, list_pieces
from taskguard.project.python.evaluate import Bound, Mapping, mapping_of, value_of
from taskguard.project.python.names import resolve, resolved_name
from taskguard.project.python.values import ABSENT, Known, Name, Unknown, Value
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import RouteKind

# An app with more patterns is not followed.
MOST_PATTERNS = 1000
MOST_TRIALS = 10_000_000


class Routes:
    """Collects the routes of one service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        # A comprehension makes many routes in one place.
        self.made: dict[tuple[str, Span, str], Route] = {}
        self.open = ""
        self.rank = 0

    def add(self, route: Route) -> None:
        self.made.setdefault((route.path, route.span, route.pattern), route)

    def shut(self, why: str) -> None:
        self.open = self.open or why

    def router(self, bound: Bound, guard: str) -> None:
        """One router: a dict, a list of pairs, a function by itself or by its path."""
        self.rank += 1
        expr = bound.expr
        if isinstance(expr, Const) and expr.value is None:
            return
        if isinstance(expr, Opaque) and (made := dict_pieces(bound, guard)).items and not made.open:
            self.entries(made.items)
            return
        if (isinstance(expr, Const) and isinstance(expr.value, str)) or isinstance(expr, Opaque):
            self.function(bound, guard)
            return
        if isinstance(expr, Seq):
            self.pairs(bound, guard)
            return
        if isinstance(expr, Ref) and self._is_router(bound, expr):
            self.function(bound, guard)
            return
        if isinstance(expr, Ref):
            value = value_of(bound)
            if isinstance(value, Known) and isinstance(value.value, str):
                self.function(bound, guard)
                return
            if isinstance(followed(bound).expr, Seq):
                self.pairs(bound, guard)
                return
        pieces = dict_pieces(bound, guard)
        if not pieces.items and pieces.open and isinstance(expr, Call):
            self.function(bound, guard)
            return
        if pieces.open:
            self.shut(pieces.open)
        self.entries(pieces.items)

    def _is_router(self, bound: Bound, expr: Ref) -> bool:
        value = value_of(bound)
        if isinstance(value, Known) and isinstance(value.value, Name):
            return True
        found = resolve(bound.module, expr.name, bound.scope)
        entry = found.module.entry(found.path) if found.kind == "symbol" and found.module is not None else None
        return isinstance(entry, Binding) and isinstance(entry.value, Opaque | Call) and not dict_pieces(bound).items

    def entries(self, items: list[Piece]) -> None:
        """Exact keys first, then patterns in their order: celery/app/routes.py, `MapRoute`."""
        routes = [self._route(one) for one in items]
        for route in (*(one for one in routes if one.kind == "exact"), *(one for one in routes if one.kind != "exact")):
            self.add(route)

    def _route(self, piece: Piece) -> Route:
        kind, pattern = self._pattern(piece)
        options, span = route_options(piece.value)
        return Route(
            kind, pattern, piece.span, piece.path, options, span, self.service, piece.guard, self.rank, piece.value
        )

    def _pattern(self, piece: Piece) -> tuple[RouteKind, str]:
        key = piece.key
        if isinstance(key, Known) and isinstance(key.value, str):
            return ("glob" if "*" in key.value else "exact"), key.value
        regex = self._regex(piece)
        if regex is not None:
            return "regex", regex
        self.shut("a route with a computed key")
        return "unknown", ""

    def _regex(self, piece: Piece) -> str | None:
        """The source of `re.compile("…")` as a key."""
        key = piece.key_bound
        if key is None:
            return None
        expr = key.expr
        if isinstance(expr, Ref):
            found = resolve(key.module, expr.name, key.scope)
            entry = found.module.entry(found.path) if found.kind == "symbol" and found.module is not None else None
            if isinstance(entry, Binding) and entry.value is not None and found.module is not None:
                key = Bound(entry.value, found.module)
                expr = entry.value
        if (
            isinstance(expr, Call)
            and resolved_name(key.module, expr.callee, key.scope) == "re.compile"
            and len(expr.args) == 1
        ):
            source = value_of(key.other(expr.args[0])).value
            return source if isinstance(source, str) else None
        return None

    def pairs(self, bound: Bound, guard: str) -> None:
        """A list of pairs inside the list of routers."""
        pieces = list_pieces(bound, guard)
        if pieces.open:
            self.shut(pieces.open)
        made = []
        for one in pieces.items:
            expr = one.value.expr
            if isinstance(expr, Seq) and len(expr.items) == 2:
                key, value = one.value.other(expr.items[0]), one.value.other(expr.items[1])
                made.append(Piece(value_of(key), key.expr.span, key.module.path, value, one.guard, key))
            else:
                self.shut("a route that is no pair")
        self.entries(made)

    def function(self, bound: Bound, guard: str) -> None:
        """A router that only running it can tell."""
        value = value_of(bound)
        held = value.value if isinstance(value, Known) else None
        name = held.dotted if isinstance(held, Name) else held if isinstance(held, str) else value.name
        self.add(
            Route(
                "function",
                name or "",
                bound.expr.span,
                bound.module.path,
                Mapping(),
                bound.expr.span,
                self.service,
                guard,
                self.rank,
            )
        )


def route_options(bound: Bound) -> tuple[Mapping, Span]:
    """What a route gives; a string stands for `{"queue": …}` (celery/app/routes.py, `expand_destination`)."""
    value = value_of(bound)
    if isinstance(value, Known) and isinstance(value.value, str):
        made = Mapping()
        made.entries["queue"] = bound
        return made, bound.expr.span
    return mapping_of(bound), literal_places(bound.expr).get("queue", bound.expr.span)


@query
def _routing(service: Service) -> tuple[tuple[Route, ...], str]:
    """The routes of a service in the order in which Celery asks them, and why there may be more."""
    made = Routes(service)
    setting = configuration(service).get("task_routes")
    if setting is None:
        return (), configuration(service).open
    for part in setting.parts:
        _setting(made, part)
    for place in setting.places:
        if place.partial:
            made.shut("it is added to")
    return tuple(made.made.values()), made.open


def _setting(made: Routes, part: Bound | Value | Mapping) -> None:
    if not isinstance(part, Bound):
        made.shut(part.why if isinstance(part, Unknown) else "routes that cannot be followed")
        return
    target = followed(part)
    if not isinstance(target.expr, Seq):
        made.router(part, "")
        return
    routers = list_pieces(part)
    if routers.open:
        made.shut(routers.open)
    for one in routers.items:
        made.router(one.value, one.guard)


def followed(part: Bound) -> Bound:
    """The expression behind a name."""
    for _ in range(8):
        expr = part.expr
        if not isinstance(expr, Ref):
            break
        found = resolve(part.module, expr.name, part.scope)
        if found.kind != "symbol" or found.module is None:
            break
        first, _, last = found.path.rpartition(".")
        klass = found.module.klass(first) if first else None
        values = (
            klass.attributes
            if klass is not None
            else [e for e in found.module.entries(found.path) if isinstance(e, Binding)]
        )
        value = next((one.value for one in reversed(values) if one.name == last), None)
        if value is None:
            break
        part = Bound(value, found.module, klass.qualname if klass is not None else "")
    return part


def matches(route: Route, name: str) -> bool | None:
    """Whether a route is for the task `name`; None where only running it can tell."""
    return fits(route.kind, route.pattern, name)


def fits(kind: RouteKind, pattern: str, name: str) -> bool | None:
    """As `matches`, of a route's kind and pattern."""
    if kind == "exact":
        return pattern == name
    if kind == "glob":
        return _glob(pattern).match(name) is not None
    import re

    if kind == "regex" and not _may_take_long(pattern, name):
        try:
            return re.match(pattern, name) is not None
        except re.error:
            return None
    return None


@lru_cache(maxsize=MOST_PATTERNS)
def _glob(pattern: str) -> re.Pattern[str]:
    """What Celery compiles of a pattern."""
    import re
    from fnmatch import translate

    return re.compile(translate(pattern))


def _may_take_long(pattern: str, name: str) -> bool:
    """Whether the places at which a regular expression may try to go on are too many to try: `(a+)+$`, or one `.*` behind another."""
    if any(f"){sign}" in pattern for sign in "*+{"):
        return True
    repeats = sum(map(pattern.count, "*+{"))
    return repeats > 1 and len(name) ** repeats > MOST_TRIALS


def route_for(service: Service, name: str) -> Route | Value:
    """The first route that answers for a task; ABSENT where surely none does, Unknown where that cannot be told."""
    doubt = routes_open(service)
    guarded = False
    candidates = _candidates(service, name)
    if candidates is None:
        return Unknown(f"there are more than {MOST_PATTERNS} patterns")
    for route in candidates:
        answer = matches(route, name)
        if answer is None:
            return Unknown("a router function decides")
        if answer and not route.guard and not doubt and not guarded:
            return route
        if answer:
            guarded = guarded or bool(route.guard)
            doubt = doubt or "the routes differ between environments"
    setting = configuration(service).get("task_routes")
    if setting is None and configuration(service).open:
        return Unknown(configuration(service).open)
    return Unknown(doubt) if doubt else ABSENT


def _candidates(service: Service, name: str) -> list[Route] | None:
    """The routes that may be for a task, in order: those of other names are passed over at once. None where they are too many."""
    routes = routes_of(service)
    exact, others = _by_kind(service)
    if len(others) > MOST_PATTERNS:
        return None
    return [routes[place] for place in sorted((*exact.get(name, ()), *others))]


@query
def _by_kind(service: Service) -> tuple[dict[str, list[int]], list[int]]:
    """The places of the routes for just one name, by that name, and of all others."""
    exact: dict[str, list[int]] = {}
    others = []
    for place, route in enumerate(routes_of(service)):
        if route.kind == "exact":
            exact.setdefault(route.pattern, []).append(place)
        else:
            others.append(place)
    return exact, others


def queue_by_route(service: Service, name: str) -> Value:
    """The queue that the routes give to the task `name`; ABSENT where none does."""
    route = route_for(service, name)
    if not isinstance(route, Route):
        return route
    held = route.options.entries.get("queue")
    if held is None:
        return Unknown(route.options.open) if route.options.open else ABSENT
    value = value_of(held)
    if isinstance(value, Known):
        inner = value.value
        from taskguard.project.python.values import Instance

        if isinstance(inner, Instance):
            value = inner.argument("name", 0)
    return value.replace(files=tuple(dict.fromkeys((*value.files, route.path)))) if isinstance(value, Known) else value


def routes_of(service: Service) -> tuple[Route, ...]:
    """The routes of a service in the order in which Celery asks them."""
    return _routing(service)[0]


def routes_open(service: Service) -> str:
    """Why there may be more routes than can be seen."""
    return _routing(service)[1]
