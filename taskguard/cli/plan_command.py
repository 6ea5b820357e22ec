"""`taskguard plan`: propose modules for a god file, as a table and as a plan to edit."""

from __future__ import annotations

import os

from taskguard.cli.arguments import Option, Usage, opened
from taskguard.cli.god_files import INTO, SHARED, folder_for, session_of
from taskguard.cli.options import CLEAN, FOUND
from taskguard.cli.streams import say, write
from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TextIO

    from taskguard.cli.arguments import Words
    from taskguard.splitting.session import Session

FORMATS = ("table", "toml", "json")


def usage() -> Usage:
    return Usage("plan", "Propose how to split a god file, or rank the god files of the project.", "[MODULE]", (
        Option(("--output-format",), "how to print (default: table)", "FORMAT", choices=FORMATS),
        Option(("-o", "--output-file"), "write the plan to this file (default: taskguard-split.toml)", "FILE"),
        Option(("--lines",), "a module by its lines, as in `mail.py: 306-455, 1145-1244`; may be repeated", "MODULE: RANGES"),
        INTO,
        *SHARED,
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out`, writes the plan and gives the exit code. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return CLEAN
    if len(words.places) > 1:
        raise UserError("plan wants one module, as a path or a dotted name, or none to rank the god files")
    session = session_of(words)
    if not words.places:
        if words.each("--lines") or words.last("--output-file"):
            raise UserError("--lines and --output-file go with a module")
        write(ranked(session, words), out)
        return CLEAN
    return planned(session, words, out)


def planned(session: Session, words: Words, out: TextIO) -> int:
    """One god file."""
    from taskguard.splitting import aftermath, attention, edges, plan_file, table
    from taskguard.splitting.plan import digest_of

    read = session.god(session.module(words.places[0]))
    god = read.god
    into = folder_for(session, god, words)
    package = into if into is not None else session.package(god)
    said: list[str] = []
    if words.each("--lines"):
        from taskguard.splitting.ranges import planned as by_ranges
        from taskguard.splitting.ranges import ranges_of

        listed = [part for text in words.each("--lines") for part in text.split(";") if part.strip()]
        plan, said = by_ranges(god, package, ranges_of(listed, package, god.text.count("\n") + 1))
    else:
        plan = session.proposal(god, package)
    plan = plan.replace(digest=digest_of(god))
    parts, files, problems = session.outlined(god, plan)
    rows = table.rows(god, parts, files)
    notes = [*attention.attention(god, edges.units_of(god)), *((0, what) for what in session.told(god, plan))]
    against = [*read.stuck, *problems]
    chosen = words.last("--output-format") or FORMATS[0]
    if chosen == "toml":
        write((plan_file.written(plan),), out)
    elif chosen == "json":
        write((as_json(god.path, package, rows, notes, [*said, *against], aftermath.crossing(god, parts)),), out)
    else:
        write(table.table(god, rows, package), out)
        write(summary(god, parts, files, notes, read.unsure), out)
        save(plan_file.written(plan), words.last("--output-file"), plan_file.FILE)
    for line in (*said, *against):
        say(line)
    return FOUND if said or against else CLEAN


def summary(god: Any, parts: Any, files: Any, notes: Any, unsure: Any) -> Iterator[str]:
    """What stands below the table."""
    from taskguard.splitting import aftermath

    sizes = [files[part.module.path].count("\n") for part in parts if part.module.path in files]
    if sizes:
        largest = max(sizes)
        over = f", over the limit of {god.limit}: see below" if largest > god.limit else f" (limit {god.limit})"
        yield f"\n{len(sizes)} modules, the largest of {largest} lines{over}; {aftermath.crossing(god, parts)} names cross between them; "
        yield f"the facade has {files[god.path].count(chr(10))} lines\n"
        for part in parts:
            if files[part.module.path].count("\n") > god.limit:
                yield f"  {part.module.path}: {aftermath.why_long(god, part)}\n"
    if notes or unsure:
        yield "\nNeeds a look:\n"
    for line, what in notes:
        yield f"  {god.path}:{line}: {what}\n" if line else f"  {what}\n"
    for what in unsure:
        yield f"  {what}\n"


def save(text: str, named: str | None, usual: str) -> None:
    """Writes the plan; one that is there under the usual name and differs is kept."""
    from taskguard.splitting.plan_file import same

    file = named or usual
    if named is None and os.path.lexists(file):
        with open(file, encoding="utf-8", errors="replace") as held:
            if not same(held.read(), text):
                say(f"{file} is there and differs: it is kept; -o FILE writes another one")
                return
    try:
        with open(file, "w", encoding="utf-8") as made:
            made.write(text)
    except OSError as error:
        raise UserError(f"cannot write {file}: {error.strerror}") from None
    say(f"{file} can be edited; `taskguard split {file}` carries it out")


def as_json(path: str, package: str, rows: Any, notes: Any, problems: list[str], crossing: int) -> str:
    import json

    modules = [
        {
            "path": one.path, "tasks": one.tasks, "helpers": one.helpers, "lines": [list(pair) for pair in one.lines],
            "before": one.before, "after": one.after, "why": one.why,
        }
        for one in rows
    ]  # fmt: skip
    attention = [{"line": line, "what": what} for line, what in notes]
    data = {
        "schema": 1,
        "source": path,
        "package": package,
        "modules": modules,
        "crossing": crossing,
        "attention": attention,
        "problems": problems,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def ranked(session: Session, words: Words) -> Iterator[str]:
    """The god files of the project, those first that gain most."""
    found = session.ranked()
    if words.last("--output-format") == "json":
        import json

        names = ("path", "lines", "tasks", "modules", "largest", "crossing")
        yield json.dumps({"schema": 1, "files": [dict(zip(names, one)) for one in found]}, indent=2) + "\n"
        return
    if not found:
        yield "no file is over its limit of lines\n"
        return
    width = max(len(one[0]) for one in found)
    yield f"{'file':<{width}}  lines  tasks  modules  largest  names that cross\n"
    for path, lines, tasks, modules, largest, crossing in found:
        yield f"{path:<{width}}  {lines:>5}  {tasks:>5}  {modules:>7}  {largest:>7}  {crossing:>16}\n"
