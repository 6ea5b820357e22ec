"""Patches in tests that name the old path, sent to the module whose code looks the name up now."""

from __future__ import annotations

import re

from taskguard.diagnostics import Diagnostic, Edit
from taskguard.facts.lines import Lines
from taskguard.fixes.edited import Unedited, edited
from taskguard.patterns import regex
from taskguard.project.facades.patch_calls import SETS, patched_by, words_of
from taskguard.record import Record
from taskguard.splitting.edges import edges_of
from taskguard.splitting.naming import dotted_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from taskguard.diagnostics import Undecided
    from taskguard.engine.overlay import Store
    from taskguard.facts.model import Class, Function
    from taskguard.project.python.project import Module, Project
    from taskguard.splitting.god import God
    from taskguard.splitting.plan import Placed

IDENTIFIER = regex(r"[^\W\d]\w*")
# The name in the string of a patch.
PATCHED = regex(r"(?:\bpatch|\.object|\.setattr)\(\s*(?:[\w.]+\s*,\s*)?[\"'](?:[\w.]*\.)?(\w+)[\"']")
PROSE = regex(r"\"\"\"(?:.|\n)*?\"\"\"|(?m:^\s*#.*$)")
STRING = regex(r"\"[^\"\n]*\"|'[^'\n]*'")
ATTRIBUTE = regex(r"\.(\w+)")
OBJECT = ".object"
# A value that is as good when it is written again, and for so many modules.
AGAIN, FEW = regex(r"lambda\b|[\w.]+\s*[,)]"), 3


class Mentioned(Record):
    """The words of a piece of a test: those of which `patched` are named by a patch, and `read` those that are asked for by a dot."""

    words: frozenset[str]
    patched: frozenset[str]
    read: frozenset[str]


def mended_patches(
    project: Project, store: Store, god: God, parts: Sequence[Placed], found: Iterable[Diagnostic | Undecided]
) -> tuple[dict[str, bytes], list[Diagnostic | Undecided]]:
    """The files of tests with all patches retargeted that have one place to go: where the code that the test runs looks the name up. And these patches."""
    every = edges_of(god).every
    edits: dict[str, dict[Edit, None]] = {}
    done: list[Diagnostic | Undecided] = []
    for one in found:
        made = _edits(project.modules[one.path], god, parts, every, one) if one.path in project.modules else ()
        if not made and isinstance(one, Diagnostic) and one.fix is not None:
            made = one.fix.edits
        done += [one] if made else []
        for each in made:
            edits.setdefault(each.path, {})[each] = None
    files = {}
    for path, wanted in edits.items():
        try:
            files[path] = edited(store.read(path) or b"", wanted)
        except Unedited:
            done = [one for one in done if one.path != path]
    return files, done


def _edits(
    user: Module, god: God, parts: Sequence[Placed], every: Mapping[int, frozenset[int]], one: Diagnostic | Undecided
) -> tuple[Edit, ...]:
    """What sends a patch of the old path to the one module whose code looks the name up; empty where there are several."""
    text = user.project.text(one.path) or ""
    lines = Lines(text)
    start = lines.offset(one.line, one.column)
    named = re.compile(rf"(['\"])(?:{re.escape(god.name)}\.)?(\w+)((?:\.\w+)*)\1").match(text, start)
    if named is None:
        return ()
    homes = looked_up_in(god, parts, every, named[2], mentioned(user, lines, one.line))
    modules = [dotted_of(god, parts[number].module.path) for number in homes]
    if text.startswith(f"{god.name}.", start + 1):
        whole = lines.span(start + 1, start + 1 + len(god.name))
        return (Edit(one.path, whole, modules[0]),) if len(modules) == 1 else ()
    if named[3]:
        return ()
    return _by_string(user, god, lines, one, [f"{named[1]}{module}.{named[2]}{named[1]}" for module in modules])


def _by_string(
    user: Module, god: God, lines: Lines, one: Diagnostic | Undecided, wanted: Sequence[str]
) -> tuple[Edit, ...]:
    """`patch.object(module, "name")` and `monkeypatch.setattr(module, "name")` with the whole path in the place of both. A statement that sets what
    may be set twice is there for each of a few modules."""
    for site in user.facts.calls:
        args, words = site.call.args[:3], words_of(site)
        if len(args) < 2 or (args[1].span.line, args[1].span.column) != (one.line, one.column):
            continue
        if not any(holder.path == god.path and expr is args[1] for holder, _, expr in patched_by(user, site)):
            continue
        first, last = lines.range(args[0].span)[0], lines.range(args[1].span)[1]
        if words[-1] in SETS:
            begin, end = lines.range(site.call.span)
            indent = lines.text[lines.start(site.call.span.line) : begin]
            alone = not indent.strip() and lines.text[end : end + 1] in ("", "\r", "\n")
            again = alone and len(args) == 3 and AGAIN.match(lines.text, lines.range(args[2].span)[0])
            if len(wanted) != 1 and not (again and 1 < len(wanted) <= FEW):
                return ()
            calls = (lines.text[begin:first] + path + lines.text[last:end] for path in wanted)
            return (Edit(one.path, lines.span(begin, end), f"{lines.newline}{indent}".join(calls)),)
        end = lines.range(site.call.func.span)[1]
        if words[-2:] == ["patch", "object"] and lines.text.endswith(OBJECT, 0, end) and len(wanted) == 1:
            shorter = Edit(one.path, lines.span(end - len(OBJECT), end), "")
            return shorter, Edit(one.path, lines.span(first, last), wanted[0])
    return ()


def looked_up_in(
    god: God,
    parts: Sequence[Placed],
    every: Mapping[int, frozenset[int]],
    name: str,
    said: Iterable[Mentioned],
    *,
    only: bool = False,
) -> list[int]:
    """The modules whose code looks a name up: of those that run for what a test mentions, or else its file, or else of all, if not `only` of what
    is mentioned. `said` are the words of both; what those mean that are patched, too, does not run."""
    using = {place for place in every if name in god.blocks[place].now | god.blocks[place].later}
    chosen = set() if only else using
    for one in said:
        idle = {place for word in (name, *one.patched) for place in god.homes.get(word, ())}
        waiting = [
            place for word in one.words for place in god.homes.get(word, ()) if place in every and place not in idle
        ]
        reached = set(waiting)
        while waiting:
            fresh = every[waiting.pop()] - reached - idle
            reached |= fresh
            waiting += fresh
        if using & reached:
            chosen = using & reached
            break
    return [number for number, part in enumerate(parts) if chosen.intersection(part.places)]


def mentioned(user: Module, lines: Lines, line: int) -> Iterator[Mentioned]:
    """The words of the test around a line, which is the function or class that it stands in or decorates, and those of the whole file."""
    around = []
    held: tuple[Function | Class, ...] = (*user.facts.functions, *user.facts.classes)
    for one in held:
        first = min([one.span.line, *(decorator.span.line for decorator in one.decorators)])
        if first <= line <= one.span.end_line:
            around.append((one.span.end_line - first, first, one.span.end_line))
    if around:
        _, first, last = min(around)
        yield _words(lines.text[lines.start(first) : lines.after(last)])
    yield _words(lines.text)


def _words(text: str) -> Mentioned:
    text = PROSE.sub("", text)
    read = frozenset(ATTRIBUTE.findall(STRING.sub("", text)))
    return Mentioned(frozenset(IDENTIFIER.findall(text)), frozenset(PATCHED.findall(text)), read)
