"""What a priority is meant to say, by the words around it: the name of a constant, or of the queue beside it."""

from __future__ import annotations

import re

from taskguard.facts.model import Item, Ref
from taskguard.patterns import regex
from taskguard.project.celery.settled import PREFIX
from taskguard.project.python.evaluate import Bound, mapping_of, value_of
from taskguard.project.python.values import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskguard.facts.model import Binding
    from taskguard.project.diagnosis.queues.priorities import Priority
    from taskguard.project.python.project import Module, Project

HIGH = frozenset("high higher highest urgent critical immediate max maximum top".split())
LOW = frozenset("low lower lowest min minimum background bulk idle".split())
BETWEEN = frozenset("normal medium mid default middle moderate".split())
# In the name of a queue only what surely speaks of rank: `high_memory`, `low_latency` and `fast` do not.
URGENT_QUEUE = regex(
    r"(?:\A|.*[_.:-])(?:urgent|critical|highest|high|hi|(?:high|hi)[_-]?prio(?:rity)?|prio(?:rity)?[_-]?high)(?:[_.:-](?:queue|tasks?|jobs|q))?\Z",
    re.IGNORECASE,
)
IDLE_QUEUE = regex(
    r"(?:\A|.*[_.:-])(?:lowest|low|bulk|background|low[_-]?prio(?:rity)?|prio(?:rity)?[_-]?low)(?:[_.:-](?:queue|tasks?|jobs|q))?\Z",
    re.IGNORECASE,
)
WORDS = regex(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
SETTINGS = PREFIX.rstrip(".")
# On Redis the steps are 0, 3, 6 and 9 unless told otherwise: what lies in the first or the last half is surely meant to.
FIRST, LAST = 2, 6
LONGEST = 60


def reversed_on_redis(project: Project, one: Priority) -> str:
    """Why a priority means the opposite of what it says, on a broker where 0 comes first; empty where nothing shows it."""
    value = one.value.value
    if isinstance(value, bool) or not isinstance(value, int):
        return ""
    rank, what = _by_queue(one.queue)
    if not rank and "prio" in one.value.name.lower():
        holder, _, last = one.value.name.removesuffix(".value").rpartition(".")
        rank, what = _by_name(last, value, _neighbours(project, holder, one.value.files))
    if not rank and one.written is not None:
        rank, what = _by_key(one.written, value)
    if rank > 0 and value >= LAST:
        return f"{what} comes after others"
    return f"{what} comes before others" if rank < 0 and value <= FIRST else ""


def _by_queue(queue: str) -> tuple[int, str]:
    if len(queue) > LONGEST:
        return 0, ""
    if URGENT_QUEUE.match(queue):
        return 1, f'what goes to the queue "{queue}"'
    return (-1, f'what goes to the queue "{queue}"') if IDLE_QUEUE.match(queue) else (0, "")


def rank_of(name: str) -> int | None:
    """1 for a name that says "high", -1 for "low", 0 for what is between; None where it says none of them, or several."""
    words = {word.lower() for word in WORDS.findall(name)}
    ranks = [rank for rank, said in ((1, HIGH), (-1, LOW), (0, BETWEEN)) if words & said]
    return ranks[0] if len(ranks) == 1 else None


def _by_name(name: str, number: int, neighbours: Iterable[tuple[str, int]]) -> tuple[int, str]:
    """The rank that the name of a constant or enum member says, where its neighbours do not show that small numbers are meant to be first."""
    rank = rank_of(name)
    if not rank or "max" in name.lower() or "min" in name.lower():
        return 0, ""
    for other, value in neighbours:
        theirs = rank_of(other)
        if theirs is not None and theirs * rank <= 0 and (value - number) * rank > 0:
            return 0, ""
    return rank, name


def _by_key(written: Bound, number: int) -> tuple[int, str]:
    """The same of `PRIORITIES["high"]`."""
    expr = written.expr
    if not isinstance(expr, Item) or not isinstance(expr.of, Ref) or "prio" not in expr.of.name.lower():
        return 0, ""
    key = value_of(written.other(expr.index)).value
    if not isinstance(key, str) or len(key) > LONGEST:
        return 0, ""
    entries = mapping_of(written.other(expr.of)).entries
    values = [(name, value_of(held).value) for name, held in entries.items() if isinstance(name, str)]
    rank, _ = _by_name(key, number, [(name, value) for name, value in values if isinstance(value, int)])
    return rank, f'{expr.of.name.rpartition(".")[2]}["{key}"]'


def _neighbours(project: Project, holder: str, files: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """The other constants of a class or a module, with their numbers; of Django's settings those of the `files` that say the value."""
    for module, scope, binding in _bindings(project, holder, files):
        value = value_of(Bound(binding.value, module, scope)) if binding.value is not None else None
        if isinstance(value, Known) and isinstance(value.value, int) and rank_of(binding.name) is not None:
            yield binding.name, value.value


def _bindings(project: Project, holder: str, files: tuple[str, ...]) -> Iterator[tuple[Module, str, Binding]]:
    from taskguard.project.tasks.bases import locate

    module = project.module(holder)
    held_by = [project.modules.get(path) for path in files] if holder == SETTINGS else [module]
    for one in held_by:
        if one is not None:
            yield from ((one, "", each) for each in one.facts.bindings if not each.scope and each.kind == "variable")
    if module is not None or holder == SETTINGS:
        return
    held = locate(project, holder)
    if held is not None:
        yield from ((held[0], held[1].qualname, one) for one in held[1].attributes if one.kind == "variable")
