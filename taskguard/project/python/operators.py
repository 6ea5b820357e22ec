"""Arithmetic on literals, bounded so that no constant expression can be made to run away."""

from __future__ import annotations

from taskguard.project.python.values import LARGEST, LONGEST, Instance, Known, Name, Unknown, Value, hashes


def apply(op: str, operands: list[object], files: tuple[str, ...] = ()) -> Value:
    """The value of `op` over known operands; Unknown where it is no plain arithmetic or would grow too large."""
    if any(isinstance(one, Instance) for one in operands):
        return Unknown("arithmetic on an object", files)
    if op == "f":
        return _joined(operands, files)
    if len(operands) == 1:
        return _unary(op, operands[0], files)
    left, right = operands[0], operands[1]
    if isinstance(left, Name) != isinstance(right, Name):
        return Unknown("a comparison with an object", files)
    if op in ("==", "!=", "is", "is not"):
        same = left == right and (op in ("==", "!=") or type(left) is type(right))
        return Known(same if op in ("==", "is") else not same, files)
    if op in ("in", "not in"):
        if isinstance(right, list | tuple | set | dict) or (isinstance(left, str) and isinstance(right, str)):
            if isinstance(right, set | dict) and not hashes(left):
                return Unknown("a membership test that cannot be told", files)
            inside = left in right
            return Known(inside if op == "in" else not inside, files)
        return Unknown("a membership test that cannot be told", files)
    if isinstance(left, str) and isinstance(right, str) and op == "+" and len(left) + len(right) < LONGEST:
        return Known(left + right, files)
    if isinstance(left, list) and isinstance(right, list) and op == "+":
        return Known(left + right, files)
    if isinstance(left, tuple) and isinstance(right, tuple) and op == "+":
        return Known(left + right, files)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _number(op, left, right, files)
    return Unknown("an operation that cannot be told", files)


def _joined(parts: list[object], files: tuple[str, ...]) -> Value:
    """An f-string whose parts all are plain."""
    if not all(type(part) in (str, int, bool) for part in parts):
        return Unknown("an f-string of something else than texts and whole numbers", files)
    made = "".join(str(part) for part in parts)
    return Known(made, files) if len(made) < LONGEST else Unknown("a text too long to follow", files)


def _unary(op: str, operand: object, files: tuple[str, ...]) -> Value:
    if op == "not" and not isinstance(operand, Name):
        return Known(not operand, files)
    if isinstance(operand, int | float):
        if op == "neg":
            return Known(-operand, files)
        if op == "pos":
            return Known(operand, files)
    return Unknown("an operation that cannot be told", files)


def _number(op: str, left: float, right: float, files: tuple[str, ...]) -> Value:
    if abs(left) > LARGEST or abs(right) > LARGEST or (op == "**" and (abs(right) > 64 or abs(left) > 1024)):
        return Unknown("a number too large to follow", files)
    try:
        if op in ("<", "<=", ">", ">="):
            order = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
            return Known(order[op], files)
        made = _arithmetic(op, left, right)
    except (ArithmeticError, ValueError, TypeError):
        return Unknown("an operation that cannot be told", files)
    return Unknown("an operation that cannot be told", files) if made is None else Known(made, files)


def _arithmetic(op: str, left: float, right: float) -> float | None:
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    if op == "*":
        return left * right
    if op == "/":
        return left / right
    if op == "//":
        return left // right
    if op == "%":
        return left % right
    if op == "**":
        made = left**right
        return made if isinstance(made, int | float) else None
    return None
