"""Rows whose key is sent out of time: before Django has saved them, or when it has deleted them."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Expr, Function, Op, Ref
from taskguard.facts.statements import If, Inner, Let
from taskguard.project.celery.system import celery_of
from taskguard.project.hazards.calls.dispatched import MAY_SEND, runs_at_once, sending_files
from taskguard.project.hazards.calls.functions import functions_in
from taskguard.project.hazards.database.row_keys import gets_key, has_own_id, is_above, keeps_deleted, loses_key
from taskguard.project.hazards.database.rows import Model, handed_row, model_at, own_model
from taskguard.project.hazards.database.rows import receives as receives_rows
from taskguard.project.hazards.database.transactions import atomic_requests, in_block, of_function
from taskguard.project.hazards.payloads.things import Things
from taskguard.project.hazards.races.key_uses import uses_in
from taskguard.project.python.flow import Called, below, body_of, bound_in, expressions, spots_of
from taskguard.project.python.names import resolved_name
from taskguard.project.python.reaching import dominates, leaves
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from taskguard.facts.statements import Body
    from taskguard.project.hazards.races.key_uses import Use
    from taskguard.project.python.flow import Spot
    from taskguard.project.python.project import Module, Project

    When = Literal["deleted", "deleted by then", "of a deletion", "new", "new, at once", "made", "before"]

DELETING = frozenset(("delete", "adelete"))
SAVING = frozenset(("save", "asave"))
WORDS = (".delete(", ".save(", ".asave(", ".adelete(", "_delete", ".delete_model(", ".perform_destroy(")
OF_DELETION = frozenset(("pre_delete", "post_delete"))
# What Django's admin and REST framework have delete a row.
HANDED = frozenset(("delete_model", "perform_destroy"))
# What a new row is known by in its own `save`.
KEY_OF_SELF = frozenset(("self.pk", "self.id"))


class Untimely(Record):
    """A key that is sent out of time: `when` says how, `line` where the row is deleted, saved or made."""

    module: Module
    function: Function
    use: Use
    when: When
    line: int


def untimely(project: Project) -> Iterator[Untimely]:
    """All of them, by file."""
    serving = [one for one in celery_of(project).live if not one.test]
    if serving and all(map(runs_at_once, serving)):
        return
    held = set(project.search(*WORDS))
    paths = [path for path in sending_files(project) if path in held and "migrations" not in path.split("/")]
    for module, function in functions_in(project, paths, (*MAY_SEND, "signature", "partial", "on_commit")):
        yield from _in_function(module, function)


def _in_function(module: Module, function: Function) -> Iterator[Untimely]:
    receives = _hears_of_deletion(module, function)
    if not receives and not function.may_call(*DELETING, *SAVING) and function.name not in SAVING | DELETING | HANDED:
        return
    body = body_of(module, function)
    if body is None:
        return
    for use in uses_in(module, function.qualname, body):
        if receives and use.committed and use.row == "instance":
            found = _of_deletion(module, function, body, use)
        else:
            found = _Function(module, function, body).judged(use)
        if found is not None:
            yield Untimely(module, function, use, *found)


def _of_deletion(module: Module, function: Function, body: Body, use: Use) -> tuple[When, int] | None:
    """A receiver's row whose key is taken at the commit: Django takes it from the row before that, where another one's transaction is open."""
    held = receives_rows(module, function.qualname)
    model = held.model if held is not None else None
    other = model is not None and use.key.endswith(".id") and not has_own_id(model)
    return None if other or bound_in(body, use.row) else ("of a deletion", function.span.line)


def _hears_of_deletion(module: Module, function: Function) -> bool:
    """Whether a function is a receiver of rows that are deleted, and of nothing else."""
    for one in function.decorators:
        if isinstance(one, Call) and one.args and resolved_name(module, one.callee) == "django.dispatch.receiver":
            signals = getattr(one.args[0], "items", (one.args[0],))
            return bool(signals) and all(_is_of_deletion(module, signal) for signal in signals)
    heads = [
        site.call.callee.rpartition(".")
        for head in (*OF_DELETION, "signals", "models")
        for site in module.places.calls_of(head)
        if site.call.args and isinstance(site.call.args[0], Ref) and site.call.args[0].name == function.qualname
    ]
    return bool(heads) and all(
        method == "connect" and _is_of_deletion(module, Ref(head, function.span)) for head, _, method in heads
    )


def _is_of_deletion(module: Module, signal: Expr) -> bool:
    if not isinstance(signal, Ref) or signal.name.rpartition(".")[2] not in OF_DELETION:
        return False
    return resolved_name(module, signal.name).startswith("django.db.models.signals.")


class _Function:
    """One function, and the order of its statements."""

    def __init__(self, module: Module, function: Function, body: Body) -> None:
        self.module, self.function, self.body = module, function, body
        self.order = spots_of(body)

    def judged(self, use: Use) -> tuple[When, int] | None:
        if not any(one.statement is use.spot.statement for one in self.order):
            return None
        found = self._deleted(use)
        if found is None and use.row == "self" and self.function.name in SAVING:
            found = self._own_save(use)
        return found or self._made(use)

    def _place(self, spot: Spot) -> int:
        return next(number for number, one in enumerate(self.order) if one.statement is spot.statement)

    # -- deleted ----------------------------------------------------------------------------------------------------

    def _deleted(self, use: Use) -> tuple[When, int] | None:
        """How the row is deleted by the time its key is taken."""
        place = self._place(use.spot)
        for number, spot in enumerate(self.order):
            if number == place or not self._deletes(spot, use.row):
                continue
            line = spot.statement.span.line
            if number < place:
                if dominates(spot, use.spot) and self._stays(use, number, place) and self._loses(use):
                    return "deleted", line
            elif (
                use.committed
                and dominates(use.spot, spot)
                and not leaves(use.spot, spot)
                and self._is_held(use.spot, spot)  # else `on_commit` does it at once
                and self._stays(use, place, number)
                and self._loses(use)
            ):
                return "deleted by then", line
        return None

    def _deletes(self, spot: Spot, row: str) -> bool:
        """Whether a statement deletes a row, whatever else it does."""
        if isinstance(spot.statement, If):
            return False
        for expr in expressions(spot.statement):
            for call, within in below(expr):
                if not isinstance(call, Call) or any(isinstance(one, Inner) and one.kind != "await" for one in within):
                    continue
                if call.callee in [f"{row}.{one}" for one in DELETING] and not call.args:
                    return True
                if row == "self" and self.function.name in DELETING and is_above(call, *DELETING):
                    return True
                if is_above(call, *HANDED) and any(isinstance(one, Ref) and one.name == row for one in call.args):
                    return True
        return False

    def _stays(self, use: Use, first: int, last: int) -> bool:
        """Whether a name means the same row between two statements, and nothing gives the row another key."""
        held = (use.row, use.key, f"{use.row}.pk", f"{use.row}.id")
        return not any(
            self._binds(one, held) or self._calls(one, [f"{use.row}.{name}" for name in (*SAVING, "refresh_from_db")])
            for one in self.order[first + 1 : last]
        )

    def _binds(self, spot: Spot, names: tuple[str, ...]) -> bool:
        return any(one.statement is spot.statement for name in names for _, one in bound_in(self.body, name))

    def _calls(self, spot: Spot, names: list[str]) -> bool:
        return any(
            isinstance(call, Call) and call.callee in names
            for expr in expressions(spot.statement)
            for call, _ in below(expr)
        )

    def _is_held(self, *spots: Spot) -> bool:
        """Whether one transaction is surely open at all of these places."""
        held = of_function(self.module, self.function)
        if held is not None and held.certain:
            return True
        call = Call(Ref("", self.function.span), (), (), self.function.span)
        shared = tuple(one for one in spots[0].around if all(one in each.around for each in spots))
        return in_block(self.module, self.function, Called(call, spots[0].replace(around=shared), None, ())) is not None

    def _loses(self, use: Use) -> bool:
        """Whether a row surely loses its key when it is deleted."""
        model = self._model(use)
        if model is None:
            return False
        if model.module is None or model.klass is None:
            return model.django and not keeps_deleted(self.module.project)
        if use.key.endswith(".id") and not has_own_id(model):
            return False
        return model.django and loses_key(model.module, model.klass.qualname)

    def _model(self, use: Use) -> Model | None:
        if use.row == "self":
            return own_model(self.module, self.function)
        if "." in use.row:
            return None
        found = Things(self.module, self.function, self.body).thing(Ref(use.row, use.call.span), use.spot)
        if found is not None and not found.by_use:  # which may be of a class that keeps deleted ones
            return (found.model or Model("", True)) if found.kind == "row" else None
        return handed_row(self.module, self.function, use.row) if not bound_in(self.body, use.row) else None

    # -- not saved yet ----------------------------------------------------------------------------------------------

    def _made(self, use: Use) -> tuple[When, int] | None:
        """Where the function makes the row that nothing has saved by then."""
        held = bound_in(self.body, use.row)
        value, made = held[0] if len(held) == 1 else (None, None)
        if use.committed or made is None or not isinstance(value, Call) or not dominates(made, use.spot):
            return None
        if value.args or any(one.name in (None, "pk", "id") for one in value.keywords):
            return None
        model = model_at(self.module, self.function.qualname, value.callee) if value.callee else None
        if model is None or model.module is None or model.klass is None or not model.django:
            return None
        first, last = self._place(made), self._place(use.spot)
        if first >= last or any(self._touches(one, use) for one in self.order[first + 1 : last]):
            return None
        return ("made", made.statement.span.line) if gets_key(model.module, model.klass.qualname) else None

    def _touches(self, spot: Spot, use: Use) -> bool:
        """Whether a statement may save a row, or give it a key."""
        if self._binds(spot, (use.row, use.key, f"{use.row}.pk", f"{use.row}.id")):
            return True
        for expr in expressions(spot.statement):
            for part, _ in below(expr):
                if isinstance(part, Call) and part.callee.startswith(f"{use.row}."):
                    return True
                if (
                    isinstance(part, Ref)
                    and part.name == use.row
                    and not (isinstance(spot.statement, Let) and part in spot.statement.targets)
                ):
                    return True  # whoever has the row may save it
        return False

    def _own_save(self, use: Use) -> tuple[When, int] | None:
        """How `save` of a class of rows takes the key before it saves the row."""
        model = own_model(self.module, self.function)
        if model is None or not model.django:
            return None
        place = self._place(use.spot)
        saves = [number for number, one in enumerate(self.order) if self._may_save(one)]
        if not saves or min(saves) <= place:
            return None
        after = next(
            (one for one in self.order[place + 1 :] if self._saves_above(one) and not leaves(use.spot, one)), None
        )
        if after is None:
            return None
        line = after.statement.span.line
        if model.module is None or model.klass is None or not gets_key(model.module, model.klass.qualname):
            return None
        if not self._is_new(use.spot):
            # Under a condition it may be that of a row which is there.
            unconditional = not any(isinstance(one.statement, If) for one in use.spot.around)
            return ("before", line) if unconditional and not use.committed else None
        if not use.committed:
            return "new", line
        return ("new, at once", line) if atomic_requests(self.module.project) is None else None

    def _may_save(self, spot: Spot) -> bool:
        return any(
            isinstance(call, Call)
            and (call.callee.startswith(("self.save", "self._save", "self.asave")) or is_above(call, *SAVING))
            for expr in expressions(spot.statement)
            for call, _ in below(expr)
        )

    def _saves_above(self, spot: Spot) -> bool:
        return any(is_above(call, *SAVING) for expr in expressions(spot.statement) for call, _ in below(expr))

    def _is_new(self, spot: Spot) -> bool:
        """Whether a place is only reached for a row that was not saved before."""
        for one in spot.around:
            held = one.statement
            if isinstance(held, If) and one.part == "branch" and self._says_new(held.branches[one.number][0]):
                return True
        return False

    def _says_new(self, test: Expr, depth: int = 0) -> bool:
        if isinstance(test, Op) and test.op == "and":
            return any(self._says_new(one, depth) for one in test.operands)
        if isinstance(test, Op) and test.op == "not":
            return isinstance(test.operands[0], Ref) and test.operands[0].name in KEY_OF_SELF
        if isinstance(test, Op) and test.op in ("is", "==") and len(test.operands) == 2:
            first, second = test.operands
            if isinstance(first, Ref) and isinstance(second, Const):
                return (first.name in KEY_OF_SELF and second.value is None) or (
                    first.name == "self._state.adding" and second.value is True
                )
        if not isinstance(test, Ref):
            return False
        if test.name == "self._state.adding":
            return True
        values = [value for value, _ in bound_in(self.body, test.name)] if "." not in test.name and depth < 1 else []
        return len(values) == 1 and values[0] is not None and self._says_new(values[0], depth + 1)
