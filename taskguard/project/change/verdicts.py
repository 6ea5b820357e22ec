"""What a change did to tasks and to the bodies of functions, piece by piece."""

from __future__ import annotations

from collections import Counter

from taskguard.project.change.compare import (
    Difference,
    Guard,
    atomic,
    differs,
    guards,
    lost,
    protecting,
    reordered,
    rows,
    translated,
    uncovered,
)  # fmt: skip
from taskguard.project.change.model import Change, Pair, TaskPair
from taskguard.project.change.options import OptionChange, option_changes
from taskguard.project.change.signature import breaks, outside
from taskguard.project.change.terms import MARKED, Line, OptionTerms, Parameter, Piece, TaskTerms, User, plain
from taskguard.project.change.ways import NOWHERE, SENDING_OPTIONS, routed
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 3
SENDING = frozenset(("delay", "apply_async", "s", "si", "apply", "delay_on_commit"))


class Broken(Record):
    """A signature that old calls do not fit: phrases that say why."""

    pair: Pair
    task: TaskTerms | None
    phrases: tuple[str, ...]
    users: tuple[User, ...] = ()


class Body(Record):
    """What became of a body. `gone` are lost protections as phrases, `difference` is other code (moved pieces only), `line` the new line of the first loss."""

    pair: Pair
    task: TaskTerms | None
    gone: tuple[str, ...]
    difference: Difference | None


@query
def changed_options(change: Change) -> list[tuple[TaskPair, list[OptionChange]]]:
    """The tasks whose options differ, and in what."""
    return list(_changed_options(change))


def _changed_options(change: Change) -> Iterator[tuple[TaskPair, list[OptionChange]]]:
    for pair in change.task_pairs():
        exempt = frozenset(("bind",)) if _bind_follows(change, pair) else frozenset()
        before, after = dict(pair.old.options), dict(pair.new.options)
        found = [
            one
            for made in option_changes(pair.old, pair.new, change.same_text, exempt)
            if not _is_repair(change, pair, before.get(made.name), after.get(made.name))
            and (one := _by_route(change, pair, made)) is not None
        ]
        if found:
            yield pair, found


def _is_repair(change: Change, pair: TaskPair, before: OptionTerms | None, after: OptionTerms | None) -> bool:
    """Whether the option had a value that failed when the module was loaded, by a name that nothing bound, and has one now."""
    if before is None or before.known or after is None:
        return False
    asked = {name[1:].partition(".")[0] for name in MARKED.findall(before.text) if name.startswith("?")}
    if not asked:
        return False
    unbound = {missing.name for missing in change.before.missing(pair.old.path)}
    still = {missing.name for missing in change.after.missing(pair.new.path)} if not after.known else set()
    return bool(asked & unbound) and not asked & still


def _by_route(change: Change, pair: TaskPair, one: OptionChange) -> OptionChange | None:
    """The change with what the routes give where the declaration gives nothing; None where the task goes the same way."""
    if NOWHERE not in (one.before, one.after) or one.name not in SENDING_OPTIONS:
        return one
    before = routed(change, pair.old.name, one.name, True) if one.before == NOWHERE else one.before
    after = routed(change, pair.new.name, one.name, False) if one.after == NOWHERE else one.after
    if before is not None and after is not None and plain(before) == plain(after):
        return None
    return one.replace(before=plain(before or one.before), after=plain(after or one.after))


def _bind_follows(change: Change, pair: TaskPair) -> bool:
    """Whether `bind` came or went together with the parameter that it fills: what callers pass is the same."""
    if pair.old.bound == pair.new.bound:
        return False
    old, new = change.before.piece(pair.old.dotted), change.after.piece(pair.new.dotted)
    if old is None or new is None:
        return False
    first = [one.name for one in outside(old.parameters, pair.old.bound)]
    return first == [one.name for one in outside(new.parameters, pair.new.bound)]


@query
def broken_signatures(change: Change) -> list[Broken]:
    """Tasks and moved functions whose signature breaks calls; functions that stayed only where somebody calls them whose file is untouched."""
    return list(_broken_signatures(change))


def _broken_signatures(change: Change) -> Iterator[Broken]:
    tasks = {pair.new.dotted.removesuffix(".run"): pair for pair in change.task_pairs()}
    for pair in change.pairs():
        if pair.new.kind != "function":
            continue
        new = translated(change, pair.old, pair.new)
        task = (
            tasks.get(pair.new.dotted.removesuffix(".run"))
            if pair.new.name == "run" or "." not in pair.new.qualname
            else None
        )
        if task is None:
            phrases = breaks(pair.old.parameters, new.parameters)
            users = _untouched(change, pair) if phrases and not pair.moved else ()
            if phrases and (pair.moved or users):
                yield Broken(pair, None, tuple(phrases), users)
            continue
        phrases = breaks(*_called_with(task, pair.old.parameters, new.parameters))
        if phrases:
            yield Broken(pair, task.new, tuple(phrases))


def _called_with(
    task: TaskPair, old: tuple[Parameter, ...], new: tuple[Parameter, ...]
) -> tuple[tuple[Parameter, ...], tuple[Parameter, ...]]:
    """The parameters that senders of the task fill. Where only `bind` came or went, that is said as an option."""
    if task.old.form == "class":
        return old[1:], new[1:]
    if task.old.bound != task.new.bound and old[:1] == new[:1]:
        return old[1:], new[1:]
    return outside(old, task.old.bound), outside(new, task.new.bound)


def _untouched(change: Change, pair: Pair) -> tuple[User, ...]:
    if "." in pair.new.qualname:
        return ()
    return tuple(
        one for one in change.after.users(pair.new.module, pair.new.qualname) if one.path not in change.changed
    )


@query
def bodies(change: Change) -> list[Body]:
    """The bodies that lost a protection, or that moved and are other code now."""
    return list(_bodies(change))


def _bodies(change: Change) -> Iterator[Body]:
    tasks = {pair.new.dotted.removesuffix(".run"): pair.new for pair in change.task_pairs()}
    for pair in change.pairs():
        protective = change.protective(pair.new.path)
        if pair.new.kind == "variable" and not pair.moved:
            continue
        new = translated(change, pair.old, pair.new)
        task = tasks.get(pair.new.dotted.removesuffix(".run"))
        found = _body(change, pair, new, protective, task)
        if found.gone or found.difference is not None:
            yield found


def _body(change: Change, pair: Pair, new: Piece, protective: tuple[str, ...], task: TaskTerms | None) -> Body:
    old = pair.old
    whole = expanded(change, new)
    had = [one for one in guards(old, protective) if not _idle(one, old, whole)]
    has = guards(whole, protective)
    gone = [one for one in lost(had, has) if not _replaced(one, has, old, whole)]
    if any(one.task for one in new.decorations) and not any(one.task for one in old.decorations):
        # The function has only now become a task: the decorator of another queue gave way to Celery's.
        gone = [one for one in gone if one.kind != "decorator"]
    if task is not None and task.form == "class" and new.kind == "class":
        return Body(pair, task, (), None)
    phrases = [_phrase(one, had, [*guards(new, protective), *has]) for one in _merged(gone)]
    if not gone and reordered(old, new):
        phrases.append("its decorators stand in another order")
    difference = None
    if pair.moved:
        difference = differs(old, new, gone, protective)
        if difference is not None and _split(change, old, new, whole, gone, protective):
            difference = None
        if difference is None and not phrases:
            bare = uncovered(old, new, protective)
            if bare is not None:
                phrases.append(f"{bare[0]} no longer covers line {bare[1].number}")
        if difference is None and not phrases:
            difference = _added_decoration(old, new, pair.new)
    return Body(pair, task, tuple(phrases), difference)


def _replaced(one: Guard, has: list[Guard], old: Piece, new: Piece) -> bool:
    """Whether `except Order.DoesNotExist` gave way to `except Parcel.DoesNotExist` because the code asks parcels now, and orders no more."""
    owner, _, name = one.key.rpartition(".")
    if (
        one.kind != "except"
        or "." not in owner
        or not any(other.kind == "except" and other.key.endswith(f".{name}") for other in has)
    ):
        return False
    return _mentions(old, owner) and not _mentions(new, owner)


def _mentions(piece: Piece, name: str) -> bool:
    return any(f"⟪{name}." in line.text or f"⟪{name}⟫" in line.text for line in piece.lines)


def _idle(one: Guard, old: Piece, new: Piece) -> bool:
    """Whether all that a protection covered is gone with it."""
    covered = [
        _bare(old.lines[place].text) for place in one.covers if old.lines[place].kind in ("plain", "raise", "block")
    ]
    return bool(covered) and not set(covered) & {_bare(line.text) for line in new.lines}


def _merged(gone: list[Guard]) -> list[Guard]:
    """Each lost protection once, in order."""
    return list({(one.kind, one.key): one for one in gone}.values())


def _phrase(one: Guard, had: list[Guard], has: list[Guard]) -> str:
    """What became of a lost protection, `has` are the new ones: those of the function itself come first."""
    if one.kind == "decorator":
        name = one.key.partition("(")[0]
        if any(other.kind == "decorator" and other.key.partition("(")[0] == name for other in has):
            return f"{one.label} has other arguments"
    if one.kind == "except":
        own = {guard.key for guard in had if guard.kind == "except"}
        others = [guard for guard in has if guard.kind == "except" and guard.key not in own]
        if others:
            now = others[0].label
            labels = (
                (one.label, now)
                if one.label != now
                else (f"except {last_two(one.key)}", f"except {last_two(others[0].key)}")
            )
            return f"`{labels[0]}` is narrowed to `{labels[1]}`"
    if sum(1 for other in has if (other.kind, other.key) == (one.kind, one.key)):
        return f"`{one.label}` is there fewer times than before"
    return f"{one.label} is gone" if one.kind == "decorator" else f"`{one.label}` is gone"


def last_two(name: str) -> str:
    """The last two parts of a dotted name."""
    return ".".join(name.lstrip("?").split(".")[-2:])


def _added_decoration(old: Piece, new: Piece, plainly: Piece) -> Difference | None:
    """The decorator that is new; `plainly` is the new piece as it stands: where nothing binds its name, that is told."""
    had = {one.text for one in old.decorations}
    for one, written in zip(new.decorations, plainly.decorations):
        if not one.task and not atomic(one.name) and one.text not in had and not written.name.startswith("⟪?"):
            return Difference("", f"@{one.text}", one.line)
    return None


def expanded(change: Change, piece: Piece, depth: int = 0) -> Piece:
    """The piece with the bodies of the new functions that it calls put in after the calls: what was extracted still happens."""
    if depth >= DEEPEST:
        return piece
    made: list[Line] = []
    places: dict[int, int] = {}
    for place, line in enumerate(piece.lines):
        places[place] = len(made)
        made.append(line.replace(inside=tuple(places[one] for one in line.inside)))
        for helper in _helpers(change, piece, line):
            start = len(made)
            around = made[places[place]].inside
            inner = expanded(change, helper, depth + 1)
            made.extend(one.replace(inside=(*around, *(start + other for other in one.inside))) for one in inner.lines)
            for decoration in inner.decorations:
                if atomic(decoration.name):
                    made.append(Line("with", f"with {decoration.name}()", around, decoration.line))
    return piece.replace(lines=tuple(made)) if len(made) != len(piece.lines) else piece


def _helpers(change: Change, piece: Piece, line: Line) -> list[Piece]:
    names = [use.callee.strip("⟪⟫") for use in line.calls]
    names += [one.rpartition(".")[0] for one in names if one.rpartition(".")[2] in SENDING]
    holder = piece.qualname.rpartition(".")[0]
    names += [
        f"{piece.module}.{holder}.{use.callee.rpartition('.')[2]}"
        for use in line.calls
        if holder and use.callee.startswith("⟨self⟩.")
    ]
    born, known = change.moves.born, change.moves.arrived
    return [born[name] for name in names if name in born and name not in known and name != piece.dotted]


def _split(
    change: Change, old: Piece, new: Piece, whole: Piece, gone: list[Guard], protective: tuple[str, ...]
) -> bool:
    """Whether all that a function did is still there in it and in the new functions that it calls, or is put in from old ones that are gone."""
    inlined = [
        one
        for one in change.moves.gone.values()
        if one.dotted not in change.moves.to and any(f"⟪{one.dotted}⟫" in line.text for line in old.lines)
    ]
    if whole is new and not inlined:
        return False
    excused = {place for one in gone for place in one.lines}
    before = Counter(_bare(row.text) for row in rows(old, protective, False, False) if row.place not in excused)
    for one in inlined:
        before.update(_bare(row.text) for row in rows(one, protective, False, False))
    after = Counter(_bare(row.text) for row in rows(whole, protective, False, False))
    missing = before - after
    return sum(missing.values()) <= len(inlined) * 2 + sum(1 for text in missing if text.startswith("return"))


def _bare(text: str) -> str:
    """A line without the names that an extraction may change."""
    import re

    return re.sub("⟨[^⟩]*⟩", "_", MARKED.sub(lambda mark: mark[1].rpartition(".")[2].lstrip("?"), text))


__all__ = ["Body", "Broken", "bodies", "broken_signatures", "changed_options", "protecting"]
