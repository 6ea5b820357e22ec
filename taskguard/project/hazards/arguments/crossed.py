"""Arguments by position with the name of another parameter of the task than the one they are given for: `send.delay(order_id, user_id)` of `def send(user_id, order_id)`."""

from __future__ import annotations

from taskguard.facts import selections
from taskguard.facts.model import Attr, Call, Expr, Ref, Seq, Star
from taskguard.project.hazards.calls.call_arguments import direct, packed
from taskguard.project.hazards.calls.fitting import PLACED, misfits
from taskguard.project.hazards.calls.functions import sites_in
from taskguard.project.hazards.calls.kept_values import kept_value
from taskguard.project.hazards.calls.search_words import SENDS
from taskguard.project.hazards.calls.takers import takers
from taskguard.project.python.aside import put_aside
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.facts.model import CallSite
    from taskguard.project.hazards.calls.takers import Taker
    from taskguard.project.python.project import Module, Project

DIRECT = ("delay", "delay_on_commit", "si")
PACKED = ("apply_async", "apply_async_on_commit")


class Crossed(Record):
    """An argument `given`, called as the parameter `named`, that lands in the parameter `lands`. `swapped` says that what is called so lands in that of `given`;
    otherwise `lands` may be left out, and nothing is given for `named`."""

    module: Module
    site: CallSite
    name: str
    taker: Taker
    given: Expr
    named: str
    lands: str
    swapped: bool


def crossed(project: Project) -> Iterator[Crossed]:
    """The first one of each call, by file. A file that sends a task in both orders means it so, and so may a task that sends itself."""
    for module, site in sites_in(project, project.search(*SENDS), (*DIRECT, *PACKED)):
        found = _at(module, site)
        if found is None or put_aside(module) or (found.swapped and _also_straight(module, found)):
            continue
        yield found


def _at(module: Module, site: CallSite) -> Crossed | None:
    head, _, method = site.call.callee.rpartition(".")
    placed = _placed(module, site.scope, site.call, method)
    names = [_called(one) for one in placed]
    if isinstance(site.call.func, Attr) or not head or not any(names):
        return None
    held = takers(module, head, site.scope)
    if len(held) != 1 or held[0].doubt or _of_itself(module, site.scope, held[0]):
        return None
    made = direct(module, site.scope, site.call) if method in DIRECT else packed(module, site.scope, site.call).given
    if made.more or made.other or misfits(held[0].params, made):
        return None
    params = [one for one in held[0].params if one.kind in PLACED]
    order = [one.name for one in params]
    for at, (name, lands) in enumerate(zip(names, params, strict=False)):
        if not name or name == lands.name or name not in order or names.count(name) > 1:
            continue
        own = order.index(name)
        swapped = own < len(names) and names[own] == lands.name
        skipped = own >= len(names) and name not in made.names and lands.default is not None
        if swapped or skipped:
            return Crossed(module, site, head, held[0], placed[at], name, lands.name, swapped)
    return None


def _of_itself(module: Module, scope: str, held: Taker) -> bool:
    function = held.task.function
    return function is not None and held.task.home is module and scope.partition(".<locals>")[0] == function.qualname


def _also_straight(module: Module, found: Crossed) -> bool:
    """Whether another call of the file gives the same task what is called as its parameters in their order."""
    order = [one.name for one in found.taker.params if one.kind in PLACED]
    for site in selections.calling(module.facts, *DIRECT, *PACKED):
        head, _, method = site.call.callee.rpartition(".")
        names = [_called(one) for one in _placed(module, site.scope, site.call, method)] if head == found.name else []
        if found.named in names and names.index(found.named) == order.index(found.named):
            return True
    return False


def _placed(module: Module, scope: str, call: Call, method: str) -> tuple[Expr, ...]:
    """What is given by position; nothing where not all of it is written out."""
    given: tuple[Expr, ...] = call.args
    if method in PACKED:
        held = call.args[0] if call.args else call.keyword("args")
        kept = kept_value(module, scope, held.name) if isinstance(held, Ref) else held
        given = kept.items if isinstance(kept, Seq) and kept.kind != "set" else ()
    return () if any(isinstance(one, Star) for one in given) else given


def _called(given: Expr) -> str:
    """The name that an argument has in the code: `order_id`, `self.order_id`."""
    return given.name.rpartition(".")[2] if isinstance(given, Ref) else ""
