"""One argument of a call or one parameter of a function more, or under another name."""

from __future__ import annotations

from taskguard.facts.model import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Edit
    from taskguard.facts.model import Expr, Function
    from taskguard.project.editing.script import Script


def argument(script: Script, expr: Expr, text: str) -> tuple[Edit, ...] | None:
    """`text` as a keyword argument of a decorator, which is called for it if it is not yet."""
    start, end = script.lines.range(expr.span)
    lines = script.lines
    alone = lines.line(start) == lines.line(end)
    fits = lines.end(lines.line(end)) - lines.start(lines.line(end)) + len(text) + 2 <= script.limit
    if not isinstance(expr, Call):
        return (script.insert(end, _written(script, end, (text,)) if alone and not fits else f"({text})"),)
    opening = script.place(script.lines.range(expr.func.span)[1])
    while script.is_op(opening, ")"):  # (shared_task)(…)
        opening += 1
    closing = script.closing(opening) if script.is_op(opening, "(") else None
    if closing is None or script.tokens[closing].end != end:
        return None
    if alone and not fits and not expr.args:
        held = [script.cut(one.span) for one in expr.keywords]
        return (script.edit(script.tokens[opening].start, end, _written(script, end, (text, *held))),)
    return _before_keywords(script, expr, opening, closing, text)


def _written(script: Script, offset: int, arguments: tuple[str, ...]) -> str:
    """The brackets of a call with an argument on each line."""
    indent = script.indent(script.lines.line(offset))
    body = "".join(f"{indent}    {one},\n" for one in arguments)
    return f"(\n{body}{indent})"


def _before_keywords(script: Script, call: Call, opening: int, closing: int, text: str) -> tuple[Edit, ...] | None:
    """Before the first argument; behind the last one where some are positional."""
    if closing == opening + 1:
        return (script.insert(script.tokens[opening].end, text),)
    starts = sorted(script.lines.range(one.span)[0] for one in (*call.args, *call.keywords))
    between = separator(script, starts[0], starts[1] if len(starts) > 1 else None)
    if call.args:
        last = script.tokens[closing - 1]
        # A comment may stand behind a last comma, and it is about what stands before it.
        return None if last.text == "," else (script.insert(last.end, between + text),)
    first = script.tokens[opening + 1].start
    return (script.insert(first, text + between),) if first == starts[0] else None


def separator(script: Script, first: int, second: int | None) -> str:
    """What stands between the items of a list whose first two begin at these offsets: a comma and a blank, or a comma and a new line."""
    lines = script.lines
    own_lines = script.first_on_line(first) and (second is None or lines.line(second) > lines.line(first))
    return ",\n" + script.indent(lines.line(first)) if own_lines else ", "


def keyword_name(script: Script, expr: Expr, old: str, new: str) -> tuple[Edit, ...] | None:
    """A keyword argument of a call under another name."""
    for keyword in expr.keywords if isinstance(expr, Call) else ():
        if keyword.name == old:
            start = script.lines.range(keyword.span)[0]
            if script.text.startswith(old, start) and script.is_op(script.place(start) + 1, "="):
                return (script.edit(start, start + len(old), new),)
    return None


def parameter(script: Script, function: Function, name: str) -> tuple[Edit, ...] | None:
    """`name` as the first parameter of a function."""
    place = script.place(script.lines.range(function.span)[0])
    while (token := script.token(place)) is not None and token.text in ("async", "def"):
        place += 1
    if token is None or token.text != function.name:
        return None
    opening = place + 1
    if script.is_op(opening, "["):  # def send[T](…)
        closed = script.closing(opening)
        opening = closed + 1 if closed is not None else opening
    if not script.is_op(opening, "("):
        return None
    first = script.tokens[opening + 1]
    if first.text == ")":
        return (script.insert(script.tokens[opening].end, name),)
    second = None
    if len(function.params) > 1:
        closing = script.closing(opening)
        commas = [at for at in range(opening, closing or opening) if script.is_op(at, ",")]
        second = script.tokens[commas[0] + 1].start if commas else None
    return (script.insert(first.start, name + separator(script, first.start, second)),)
