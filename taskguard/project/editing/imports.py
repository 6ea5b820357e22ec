"""`from` imports: a name more, a name from another place, and a new statement where its neighbours are like it."""

from __future__ import annotations

from taskguard.project.editing.items import Item, Items, added, by_type, order_of, removed
from taskguard.project.python.names import absolute_name
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.diagnostics import Edit, Span
    from taskguard.facts.model import Import
    from taskguard.project.editing.script import Script
    from taskguard.project.python.project import Module


class Statement(Record):
    """A `from` import. `module` is the range of what stands between `from` and `import`; `start` and `end` are offsets, `end` behind a closing bracket."""

    start: int
    module: tuple[int, int]
    items: Items
    end: int


def statement(script: Script, span: Span) -> Statement | None:
    """The `from` import whose name stands at `span`; None where it does not fill its lines alone."""
    place = script.place(script.lines.range(span)[0])
    while (one := script.token(place)) is not None and one.text != "import":
        place -= 1
    first = place
    while (one := script.token(first)) is not None and one.text != "from":
        if one.kind == "line":
            return None
        first -= 1
    if one is None or not script.first_on_line(one.start):
        return None
    opening = place + 1 if script.is_op(place + 1, "(") else -1
    closing = script.closing(opening) if opening >= 0 else None
    at = opening if opening >= 0 else place
    items: list[Item] = []
    while (name := script.token(at + 1)) is not None and name.kind == "name":
        at += 1
        if (word := script.token(at + 1)) is not None and word.text == "as":
            at += 2
        items.append(Item(name.text, name.start, script.tokens[at].end))
        if not script.is_op(at + 1, ","):
            break
        at += 1
    end = script.tokens[closing].end if closing is not None else script.tokens[at].end
    behind = script.token((closing if closing is not None else at) + 1)
    if not items or (behind is not None and behind.kind != "line"):
        return None
    module = script.tokens[first].end, script.tokens[place].start
    return Statement(one.start, module, Items(tuple(items), opening, -1 if closing is None else closing), end)


def importing(module: Module, script: Script, source: Module, names: Iterable[str]) -> tuple[Edit, ...] | None:
    """Imports of these names from a module of the project at the top of a file, in the style that the file has."""
    names = list(dict.fromkeys(names))
    held = [
        one for one in _from_imports(module) if module.project.find(absolute_name(module, one.module), module) is source
    ]
    statements = _statements(script, held)
    if not statements:
        return _new_statement(module, script, source, names)
    alone = [one for one in statements if len(one.items.items) == 1]
    if len(alone) == len(statements) > 1:
        return _one_each(script, alone, names)
    return _extended(script, max(statements, key=lambda one: len(one.items.items)), names)


def extended(module: Module, script: Script, source: str, name: str) -> tuple[Edit, ...] | None:
    """A name more of a module outside the project, from which the file imports another name; a statement beside those of its package else."""
    held = [one for one in _from_imports(module) if one.module == source]
    if statements := _statements(script, held):
        return _extended(script, statements[0], [name])
    package = source.partition(".")[0]
    alike = _statements(script, [one for one in _from_imports(module) if one.module.partition(".")[0] == package])
    line = _line_for(script, source, alike)
    return None if line is None else (new_lines(script, line, [f"from {source} import {name}"]),)


def _from_imports(module: Module) -> list[Import]:
    """The names that `from` imports bind at the top of a file when it runs."""
    return [one for one in module.facts.imports if one.name and one.name != "*" and not one.scope and not one.guard]


def _statements(script: Script, held: Iterable[Import]) -> list[Statement]:
    made = {one.start: one for imported in held if (one := statement(script, imported.span)) is not None}
    return [made[start] for start in sorted(made)]


def _texts(script: Script, one: Statement, names: Iterable[str]) -> dict[str, str]:
    """How new names are written: `name as name` where all others are."""
    pairs = [script.text[item.start : item.end].split() for item in one.items.items]
    doubled = all(len(words) == 3 and words[0] == words[2] for words in pairs)
    return {name: f"{name} as {name}" if doubled else name for name in names}


def _extended(script: Script, one: Statement, names: list[str]) -> tuple[Edit, ...] | None:
    texts = _texts(script, one, names)
    last = one.items.items[-1]
    lines = script.lines
    length = one.end - one.start + sum(len(text) + 2 for text in texts.values())
    indent = script.indent(lines.line(one.start))
    if one.items.opening >= 0 or lines.line(one.start) != lines.line(last.end) or len(indent) + length <= script.limit:
        return added(script, one.items, texts)
    written = {item.name: script.text[item.start : item.end] for item in one.items.items}
    key = order_of(list(written))
    everything = {**written, **texts}
    ordered = sorted(everything, key=key) if key is not None else list(everything)
    line_end = lines.end(lines.line(one.end))
    rest = script.text[one.end : line_end].strip()
    comment = f"  {rest}" if rest else ""
    body = "".join(f"{indent}    {everything[name]},\n" for name in ordered)
    return (script.edit(one.items.items[0].start, line_end if rest else one.end, f"({comment}\n{body}{indent})"),)


def _one_each(script: Script, alone: list[Statement], names: list[str]) -> tuple[Edit, ...]:
    """One statement for each name, among its likes."""
    lines = script.lines
    head = script.text[alone[-1].start : alone[-1].items.items[0].start]
    tails = {script.text[one.end : lines.end(lines.line(one.end))] for one in alone}
    tail = tails.pop() if len(tails) == 1 else ""
    texts = _texts(script, alone[-1], names)
    places: dict[int, list[str]] = {}
    key = order_of([one.items.items[0].name for one in alone])
    for name in sorted(names, key=key) if key is not None else names:
        smaller = [one for one in alone if key is None or key(one.items.items[0].name) < key(name)]
        line = lines.line((smaller or alone)[-1 if smaller else 0].end) if smaller else lines.line(alone[0].start) - 1
        places.setdefault(line, []).append(head + texts[name] + tail)
    return tuple(new_lines(script, line, added_lines) for line, added_lines in places.items())


def new_lines(script: Script, line: int, texts: list[str]) -> Edit:
    """Whole lines behind a line; 0 is before the first."""
    at = script.lines.after(line) if line else 0
    body = "".join(f"{text}\n" for text in texts)
    if at == len(script.text) and not script.text.endswith(("\n", "\r")) and line:
        return script.insert(at, "\n" + body.removesuffix("\n"))
    return script.insert(at, body)


def _new_statement(module: Module, script: Script, source: Module, names: list[str]) -> tuple[Edit, ...] | None:
    """A statement of its own, beside those that are like it: from the project, with dots or without."""
    held = [one for one in _from_imports(module) if one.module != "__future__"]
    own = [one for one in held if module.project.find(absolute_name(module, one.module), module) is not None]
    dots = [one for one in own if one.module.startswith(".")]
    written = module_name(module, source, relative=len(dots) * 2 > len(own))
    if not written:
        return None
    alike = [one for one in own if one.module.startswith(".") == written.startswith(".")]
    line = _line_for(script, written, _statements(script, alike))
    apart: list[str] = []
    if line is None:
        ends = [script.lines.line(one.end) for one in _statements(script, own or held)]
        line = max(ends) if ends else _top(module, script)
        apart = [""] if ends and not own else []  # what is imported from elsewhere is another block
    text = f"from {written} import {', '.join(sorted(names, key=by_type))}"
    if len(text) > script.limit:
        text = f"from {written} import (\n{''.join(f'    {name},{chr(10)}' for name in sorted(names, key=by_type))})"
    return (new_lines(script, line, [*apart, text]),)


def _line_for(script: Script, written: str, alike: list[Statement]) -> int | None:
    """The line behind which an import of a module goes among those that are like it: sorted where they are, else behind the last."""
    if not alike:
        return None
    modules = [script.text[slice(*one.module)].strip() for one in alike]
    smaller = alike if modules != sorted(modules) else [one for one, name in zip(alike, modules) if name < written]
    return script.lines.line(smaller[-1].end) if smaller else script.lines.line(alike[0].start) - 1


def _top(module: Module, script: Script) -> int:
    """The line behind the imports at the top of a file, or behind its docstring and the comments before that."""
    lines = [one.span.end_line for one in module.facts.imports if not one.scope and not one.guard]
    if lines:
        return max(lines)
    first = next((one for one in script.tokens if one.kind != "line"), None)
    if first is None:
        return script.lines.line(len(script.text))
    return script.lines.line(first.end) if module.facts.docstring else script.lines.line(first.start) - 1


def module_name(module: Module, source: Module, *, relative: bool) -> str:
    """What stands behind `from` to import from a module; empty where the file cannot import it by its name."""
    if not source.name or module.project.find(source.name, module) is not source:
        return ""
    own, other = module.package.split("."), source.name.split(".")
    common = 0
    while common < min(len(own), len(other)) and own[common] == other[common]:
        common += 1
    if not relative or not common:
        return source.name
    return "." * (len(own) - common + 1) + ".".join(other[common:])


def retargeted(module: Module, script: Script, imported: Import, source: Module) -> tuple[Edit, ...] | None:
    """One name of a `from` import, wherever it stands, from another module of the project."""
    one = statement(script, imported.span)
    written = module_name(module, source, relative=imported.module.startswith("."))
    if one is None or not written:
        return None
    start = script.lines.range(imported.span)[0]
    at = next((place for place, item in enumerate(one.items.items) if item.start == start), None)
    if at is None:
        return None
    if len(one.items.items) == 1:
        return (script.edit(*one.module, f" {written} "),)
    item = one.items.items[at]
    lines = script.lines
    text = f"{script.indent(lines.line(one.start))}from {written} import {script.text[item.start : item.end]}"
    before = written < script.text[slice(*one.module)].strip()
    line = lines.line(one.start) - 1 if before else lines.line(one.end)
    return (*removed(script, one.items, (at,)), new_lines(script, line, [text]))
