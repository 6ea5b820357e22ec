"""The file at the old path, and the `__init__.py` of the package."""

from __future__ import annotations

from taskguard.patterns import regex
from taskguard.splitting.head import cut, fill, from_lines, import_lines, needed, width
from taskguard.splitting.naming import dotted_of, package_of, reference
from taskguard.splitting.own_file import with_old_file
from taskguard.splitting.switches import of_ranges
from taskguard.splitting.top import below, top_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskguard.splitting.god import God
    from taskguard.splitting.plan import Placed

LITERAL = regex(r"(?P<open>__all__[^=#]*=\s*[\[(])(?P<names>(?:\s*(?:\"\w+\"|'\w+')\s*,?)*\s*)(?P<close>[\])])")
WORDS = regex(r"\w+")
MARK = "# taskguard: facade"
LONG = 190  # lines, beyond which names share lines


def facade_text(
    god: God, parts: Sequence[Placed], homes: dict[str, str], loads: Sequence[Placed], relative: bool, comment: bool
) -> str:
    """The facade: imports, what stays of the god file, and `__all__`."""
    text = _facade(god, parts, homes, loads, relative, comment, filled=False)
    return text if text.count("\n") <= LONG else _facade(god, parts, homes, loads, relative, comment, filled=True)


def exported(god: God, part: Placed) -> tuple[list[str], list[str]]:
    """The names that a module hands on: public ones, and private ones that somebody uses. Those that may be missing are left out."""
    held = [name for place in part.places for name in god.blocks[place].binds]
    maybe = god.doubtful
    inside = {name for place in god.kept for name in god.blocks[place].uses}
    names = sorted(name for name in dict.fromkeys(held) if name not in god.gone and name not in maybe)
    public = [name for name in names if not name.startswith("_")]
    return public, [
        name
        for name in names
        if name.startswith("_") and (name in god.outside or name in inside or name.endswith("__"))
    ]


def _facade(
    god: God,
    parts: Sequence[Placed],
    homes: dict[str, str],
    loads: Sequence[Placed],
    relative: bool,
    comment: bool,
    filled: bool,
) -> str:
    package, limit = god.package, width(god.text)
    switches = of_ranges(god)
    above = [line for line in god.text[: god.head].splitlines() if line.rstrip() not in switches]
    made: list[str] = ["\n".join(above).rstrip("\n")] if any(above) else []
    made += dict.fromkeys(line for _, _, line in below(god))
    docstring = next((one for one in god.blocks if one.kind == "docstring"), None)
    if docstring is not None:
        made.append(god.text[docstring.code : docstring.end].rstrip("\r\n"))
    else:
        made.append(f'"""The old path of what is in `{package_of(god, parts[0].module.path)}` now."""')
    marked = len(made)
    made += [god.text[one.code : one.end].rstrip("\r\n") for one in god.blocks if one.kind == "future"]
    staying = [place for place in sorted(god.kept) if god.blocks[place].kind in ("main", "function")]
    used = {name for place in staying for name in god.blocks[place].uses}
    used.update(name for name in (*god.outside, *_offered(god)) if name in god.given and name not in god.homes)
    borrowed = {name: part for name in used for part in parts if _has_logger(god, part, name)}
    used -= borrowed.keys()
    listed = [place for place in sorted(god.kept) if god.blocks[place].kind == "listing"]
    inside = needed(god, used, frozenset(god.homes))
    stars = {place: frozenset("*") for place in god.stars}
    held = inside.replace(given={**inside.given, **stars})
    own = import_lines(god, held, package)
    if comment and not own:  # what it imports from elsewhere would count as its sources
        made.insert(marked, MARK)
    lines: list[str] = []
    public: list[str] = []
    for part in sorted(loads, key=lambda one: one.module.path):
        names, private = exported(god, part)
        private += sorted(name for name, home in borrowed.items() if home is part)
        module = reference(package, dotted_of(god, part.module.path), relative)
        if names:
            lines += from_lines(module, names, limit, filled=filled)
        if private:
            lines += from_lines(module, private, limit, "  # noqa: F401", filled=filled)
        if not names and not private:
            lines += [f"import {dotted_of(god, part.module.path)}  # noqa: F401"]
        public += names
    for group in (own, lines, import_lines(god, held, package, kinds=("logger",))):
        if group:
            made += ["", *group]
    made += _conditional(god, parts, homes, package, relative)
    made += _listing(god, listed, sorted(public), limit, filled)
    for place in staying:
        made += ["", "", cut(god, place, package, code_only=True).rstrip("\r\n")]
    return "\n".join(made) + "\n"


def _offered(god: God) -> set[str]:
    """Names that branches of imports bind by assignments: nobody can tell that they are imported only."""
    return {name for one in god.blocks if one.kind == "imports" for name in one.constants if not name.startswith("_")}


def _has_logger(god: God, part: Placed, name: str) -> bool:
    """Whether a module has a logger of that name for itself."""
    logger = any(god.blocks[place].kind == "logger" for place in god.given.get(name, ()))
    return logger and any(name in god.blocks[place].uses for place in part.places)


def _conditional(god: God, parts: Sequence[Placed], homes: dict[str, str], package: str, relative: bool) -> list[str]:
    """Names that a branch of their module may leave out."""
    made: list[str] = []
    doubtful = god.doubtful - god.gone
    for part in parts:
        maybe = [name for place in part.places for name in god.blocks[place].binds if name in doubtful]
        for name in dict.fromkeys(maybe):
            module = reference(package, homes[name], relative)
            made += [
                "",
                "try:",
                f"    from {module} import {name}",
                "except ImportError:  # it is bound under a condition",
                "    pass",
            ]
    return made


def _listing(god: God, listed: list[int], public: list[str], limit: int, filled: bool) -> list[str]:
    """`__all__`: that of the god file, which lists from now on what the facade hands on; else one of its own."""
    if listed:
        texts = [god.text[god.blocks[place].code : god.blocks[place].end].rstrip("\r\n") for place in listed]
        if len(texts) == 1 and not god.starred:
            texts = [_longer(texts[0], public)]
        return ["", *texts]
    if god.stars or god.starred or not public:
        return []
    line = f"__all__ = [{', '.join(_quoted(name) for name in public)}]"
    if len(line) <= limit:
        return ["", line]
    words = [_quoted(name) for name in public]
    return ["", "__all__ = [", *(fill(words, limit) if filled else [f"    {word}," for word in words]), "]"]


def _longer(text: str, public: list[str]) -> str:
    """A literal `__all__` with the names that it lacks; any other as it is."""
    whole = LITERAL.fullmatch(text.rstrip())
    if whole is None:
        return text
    missing = [name for name in public if name not in WORDS.findall(whole["names"])]
    if not missing:
        return text
    names = whole["names"].rstrip()
    comma = "" if not names or names.endswith((",", "[", "(")) else ","
    if "\n" not in text:
        return f"{whole['open']}{names}{comma}{' ' if names else ''}{', '.join(map(_quoted, missing))}{whole['close']}"
    return f"{whole['open']}{names}{comma}\n{''.join(f'    {_quoted(name)},{chr(10)}' for name in missing)}{whole['close']}"


def _quoted(name: str) -> str:
    return f'"{name}"'


def init_text(god: God, path: str, first: bool) -> str:
    """The `__init__.py` of the package; what the god file did before it defined anything is done there."""
    lines = [*top_lines(god), f'"""What `{god.name}` consists of."""']
    if first and god.early:
        package = package_of(god, path)
        names = {name for place in god.early for name in god.blocks[place].uses}
        held = needed(god, names, frozenset())
        for kinds in (("import", "imports"), ("logger",)):
            own = import_lines(god, held, package, kinds=kinds)
            lines += ["", *own] if own else []
        done = [cut(god, place, package, code_only=True) for place in sorted(god.early)]
        held_by = path.rpartition("/")[0]
        lines += ["", *(line for code in done for line in (with_old_file(god, code, held_by) or code).splitlines())]
    return "\n".join(lines) + "\n"
