"""The way back: positions and f-strings of a lowered text as they are in the text that was given."""

from __future__ import annotations

import ast
from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.lowering import Lowered


class Positions:
    """Where places of the lowered text are in the given one. The lines are the same; columns are 0-based, in bytes of UTF-8."""

    def __init__(self, text: str, lowered: Lowered) -> None:
        # By line: column in the lowered text, what to add from there on, whether text was taken out there.
        self._anchors: dict[int, list[tuple[int, int, bool]]] = {}
        self._lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._aliases: dict[tuple[int, int], tuple[int, int]] = {}
        line, old_column, new_column, place = 1, 0, 0, 0
        for edit in lowered.edits:
            line, old_column, new_column = self._kept(text[place : edit.start], line, old_column, new_column)
            start = line, old_column
            (old_lines, old_rest), (new_lines, new_rest) = _ends(text[edit.start : edit.end]), _ends(edit.text)
            line += old_lines
            old_column = old_rest if old_lines else old_column + old_rest
            new_column = new_rest if new_lines else new_column + new_rest
            self._anchors.setdefault(line, []).append((new_column, old_column - new_column, not edit.text))
            if edit in lowered.aliases:
                self._aliases[line, new_column] = start
            place = edit.end

    def _kept(self, text: str, line: int, old_column: int, new_column: int) -> tuple[int, int, int]:
        lines, columns = _ends(text)
        if lines:
            return line + lines, columns, columns
        return line, old_column + columns, new_column + columns

    def column(self, line: int, column: int, *, end: bool = False) -> int:
        """The column in the given text of a place in the lowered one. An `end` lies before what was taken out there."""
        anchors = self._anchors.get(line)
        if not anchors:
            return column
        at = bisect_right(anchors, column, key=lambda anchor: anchor[0]) - 1
        while end and at >= 0 and anchors[at][0] == column and anchors[at][2]:
            at -= 1
        return column + anchors[at][1] if at >= 0 else column

    def restore(self, tree: ast.AST) -> None:
        """Moves every node to its place in the given text."""
        for node in ast.walk(tree):
            if not isinstance(
                node, ast.stmt | ast.expr | ast.excepthandler | ast.arg | ast.keyword | ast.alias | ast.pattern
            ):
                continue
            start, end = node.lineno, node.end_lineno
            if isinstance(node, ast.Assign) and (start, node.col_offset) in self._aliases:
                node.lineno, node.col_offset = self._aliases[start, node.col_offset]
            elif start in self._anchors:
                node.col_offset = self.column(start, node.col_offset)
            if end is not None and end in self._anchors and node.end_col_offset is not None:
                node.end_col_offset = self.column(end, node.end_col_offset, end=True)

    def restore_error(self, error: SyntaxError, lowered: str) -> None:
        """Moves an error; its offset is 1-based and counts code points."""
        line, offset = error.lineno, error.offset
        if not line or not offset or line not in self._anchors:
            return
        written = lowered.replace("\r\n", "\n").replace("\r", "\n").split("\n")[line - 1]
        column = self.column(line, len(written[: offset - 1].encode("utf-8", "surrogatepass")))
        given = self._lines[line - 1].encode("utf-8", "surrogatepass")[: max(column, 0)]
        error.offset = len(given.decode("utf-8", "replace")) + 1


def _ends(text: str) -> tuple[int, int]:
    """How many lines a text ends, and the bytes after the last end."""
    lines = text.count("\n") + text.count("\r") - text.count("\r\n")
    last = max(text.rfind("\n"), text.rfind("\r")) + 1
    return lines, len(text[last:].encode("utf-8", "surrogatepass"))


def restore_strings(tree: ast.AST, marks: tuple[str, str]) -> None:
    """Makes f-strings of the calls that stand for them, from the inside out. Does not recurse: trees may be very deep."""
    for node in reversed(list(ast.walk(tree))):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.Call):
                setattr(node, name, _formatted(value, marks))
            elif isinstance(value, list):
                value[:] = [_formatted(one, marks) if isinstance(one, ast.Call) else one for one in value]


def _formatted(node: ast.Call, marks: tuple[str, str]) -> ast.expr:
    """What a call stands for; the call itself if it is an ordinary one. Those in it have been seen to."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == marks[0]:
        return ast.copy_location(ast.JoinedStr(_merged(node.args)), node)
    if name == marks[1]:
        value, conversion, *spec = node.args
        return ast.copy_location(
            ast.FormattedValue(value, ast.literal_eval(conversion), spec[0] if spec else None), node
        )
    return node


def _merged(parts: list[ast.expr]) -> list[ast.expr]:
    """The parts of one string: neighbouring texts are one, empty ones none, and a string in the run gives its own parts."""
    made: list[ast.expr] = []
    for part in parts:
        last = made[-1] if made else None
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            if isinstance(last, ast.Constant) and isinstance(last.value, str):
                last.value += part.value
                last.end_lineno, last.end_col_offset = part.end_lineno, part.end_col_offset
            elif part.value:
                made.append(part)
        else:
            made.append(part)
    return made
