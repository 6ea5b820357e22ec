"""What needs a look when a god file is split, line by line; and what stands against it."""

from __future__ import annotations

from taskguard.project.change.users import AS_ATTRIBUTE
from taskguard.project.python.testing import in_tests
from taskguard.splitting.own_file import FILE, with_old_file
from taskguard.splitting.switches import ranges
from taskguard.splitting.top import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from taskguard.splitting.edges import Bound
    from taskguard.splitting.god import God
    from taskguard.splitting.plan import Placed

# How somebody reads what a module has at that time.
LISTING = "uses `__all__`"


def attention(god: God, units: Sequence[Bound]) -> list[tuple[int, str]]:
    """Line and words of all that a reader should know before the split, in order of line; 0 is about the file."""
    return sorted(_all(god, units))


def _all(god: God, units: Sequence[Bound]) -> Iterator[tuple[int, str]]:
    for line, comment in told(god):
        yield line, f"`{comment}` is about the whole file: it goes to the top of each module"
    for one in ranges(god):
        yield (
            god.text.count("\n", 0, one.start) + 1,
            f"`{one.off.text}`: each module gets it, and `{one.off.other}`, around what it takes from there",
        )
    for place, block in enumerate(god.blocks):
        line = block.line
        if place in god.early:
            yield line, "it is run before anything is defined: it goes into the package's `__init__.py`"
        elif block.kind == "statement" and place not in god.kept:
            yield line, "a statement that is run when the module is loaded: it goes with what it uses or changes"
        for name in sorted(block.alters & god.given.keys()):
            if block.kind == "statement" and name not in god.homes and _is_patch(god, place, name):
                yield (
                    line,
                    f"it changes `{name}`, which another module owns (monkeypatching): it is done when its module is loaded",
                )
        if block.kind == "main":
            yield line, "what is run as a script stays in the facade"
        if block.kind == "listing":
            yield line, "`__all__` stays in the facade"
        if block.kind == "logger":
            named = f"the name {god.name!r}" if block.own_name else "the name"
            yield line, f"each module that logs gets this logger, with {named} that it has"
        elif block.own_name:
            yield line, f"`__name__` is written out: it was {god.name!r}"
        if block.kind == "imports":
            yield line, "imports under a condition are kept as they are, in each module that uses a name of them"
        if block.dots and block.kind not in ("import", "imports"):
            yield line, "a relative import within a function or class: it gets the dots of its new place"
        for odd in block.odd if place not in god.kept else ():
            beside = ": the path of the old file is written out" if place in god.early else _beside(god)
            yield line, f"it {odd}" + (beside if _survives(odd) else ", which would mean another module")
    relative = [one for one in god.blocks if one.dots and one.kind in ("import", "imports")]
    if relative:
        again = len(relative) - 1
        more = f", here and {'once' if again == 1 else f'{again} times'} more" if again else ""
        yield relative[0].line, f"a relative import{more}: a module in a package gets the dots of its new place"
    marking: dict[str, list[int]] = {}
    for place, block in enumerate(god.blocks):
        for name in sorted(_registries(god, place)):
            marking.setdefault(name, []).append(block.line)
    for name, lines in marking.items():
        times = f", {len(lines)} times" if len(lines) > 1 else ""
        yield (
            lines[0],
            f"the decorator `{name}` of this file is run when the module is loaded{times}: what it notes is complete once the facade is",
        )
    for star in god.stars:
        yield god.blocks[star].line, "a star import: it is kept where a name may come from it"
    for unit in units:
        if unit.why and len(unit.places) > 1:
            yield (
                god.blocks[unit.places[0]].line,
                f"{'; '.join(unit.why)}: {len(unit.places)} blocks stay in one module",
            )
    patched = {name: [one for one in users if one.how == "patches it"] for name, users in god.outside.items()}
    for name, users in patched.items():
        if users:
            yield (
                0,
                f"`{name}` is patched by {users[0].path}:{users[0].line}"
                + (f" and {len(users) - 1} more" if len(users) > 1 else ""),
            )


def _beside(god: God) -> str:
    folder = god.path.rpartition("/")[0]
    return f": only a module in {folder or 'the root'} keeps the folder"


def _survives(odd: str) -> bool:
    return odd == FILE


def _is_patch(god: God, place: int, name: str) -> bool:
    text = god.text[god.blocks[place].code : god.blocks[place].end]
    return "=" in text and text.lstrip().startswith(f"{name}.")


def _registries(god: God, place: int) -> set[str]:
    """The decorators of a definition that the god file defines itself."""
    block = god.blocks[place]
    if block.kind not in ("function", "class"):
        return set()
    text = god.text[block.code : block.end]
    return {
        name
        for name in block.run
        if name in god.homes and f"@{name}" in text.partition("def ")[0].partition("class ")[0]
    }


def obstacles(god: God, parts: Sequence[Placed], package: str) -> list[str]:
    """Why these modules cannot be written: code that would mean something else where it goes. `package` does what the file did before all else."""
    made: list[str] = []
    folder = god.path.rpartition("/")[0]
    for part in parts:
        for place in part.places:
            block = god.blocks[place]
            names = ", ".join(f"`{name}`" for name in block.binds[:3]) or "a statement"
            for odd in block.odd:
                if _survives(odd) and part.module.path.rpartition("/")[0] == folder:
                    continue
                if odd == LISTING:
                    made.append(f"{god.path}:{block.line}: {names} {odd}, which stays in the facade")
                    continue
                cure = (
                    f"; a module beside it, in {folder or 'the root'}, would keep the folder" if _survives(odd) else ""
                )
                what = "file" if _survives(odd) else "module"
                made.append(
                    f"{god.path}:{block.line}: {names} {odd}, which means another {what} in {part.module.path}{cure}"
                )
    made += (what for path, what in stale(god) if not in_tests(path))
    for place in sorted(god.early):
        block = god.blocks[place]
        for odd in block.odd:
            if _survives(odd) and with_old_file(god, god.text[block.code : block.end], package) is not None:
                continue
            what = "file" if _survives(odd) else "module"
            made.append(f"{god.path}:{block.line}: a statement {odd}, which means another {what} in the package")
    return made


def stale(god: God) -> Iterator[tuple[str, str]]:
    """The first place for each name that functions bind anew where others read it from the old path, or set it there; and what to say of it."""
    for name in sorted(god.rebound):
        known = name in god.homes
        found = [user for user in god.outside.get(name, ()) if not known or user.how.startswith(AS_ATTRIBUTE)]
        for user in sorted(found, key=lambda one: in_tests(one.path))[:1]:
            yield (
                user.path,
                (
                    f"{user.path}:{user.line} {user.how if known else 'relies on it'}: `{name}` of {god.path} is rebound by `global {name}`, and a facade "
                    "keeps the value that it had when it was loaded"
                ),
            )
