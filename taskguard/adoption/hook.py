"""The entry for a `.pre-commit-config.yaml`, put behind the last one that is there. Text in, text out: comments stay."""

from __future__ import annotations

from taskguard.patterns import regex
from taskguard.record import Record

ENTRY = "taskguard check --force-exclude --hook"
HEAD = regex(r"^repos:[ \t]*(#.*)?$")
ITEM = regex(r"^( *)-( +)\S")
DEEPER = 2
OURS = regex(r"^\s*(?:-\s+)?id:\s*[\"']?taskguard\b")


class Source(Record):
    """Where pre-commit gets taskguard from: a repository at a revision, a release by its requirement, or, where both are
    empty, the environment in which the commit is made."""

    repository: str = ""
    revision: str = ""
    requirement: str = ""


class Style(Record):
    """How the entries of a configuration are set in: the dash of an item, the blanks behind it, and the list of hooks below its key."""

    indent: int = 2
    gap: int = 1
    step: int = DEEPER
    apart: bool = False


PLAIN = Style()


def entry(source: Source, style: Style = PLAIN) -> str:
    """The entry as an item of `repos`, set in like the items around it."""
    dash = "-" + " " * style.gap
    inner = " " * (style.indent + len(dash))
    hook = inner + " " * style.step
    field = hook + " " * len(dash)
    head = [f"repo: {source.repository}", f"rev: {source.revision}"] if source.repository else ["repo: local"]
    made = [" " * style.indent + dash + head[0], *(inner + line for line in head[1:]), f"{inner}hooks:"]
    made.append(f"{hook}{dash}id: taskguard")
    if not source.repository:
        made += [field + line for line in local(source)]
    return "".join(f"{line}\n" for line in made)


def local(source: Source) -> list[str]:
    """What a hook must say of itself where no repository says it."""
    place = (
        ["language: python", f'additional_dependencies: ["{source.requirement}"]']
        if source.requirement
        else ["language: system # taskguard is installed beside the project"]
    )
    rest = ["types_or: [python, pyi, toml]", "require_serial: true", "always_run: true"]
    return ["name: taskguard", f"entry: {ENTRY}", *place, *rest]


def fresh(source: Source) -> str:
    """A configuration with this entry alone."""
    return f"repos:\n{entry(source)}"


def has_hook(text: str) -> bool:
    """Whether a configuration has one of our hooks."""
    return any(OURS.match(line) for line in text.splitlines())


def inserted(text: str, source: Source) -> str | None:
    """`text` with the entry behind the last item of `repos`; None where there is no list that can be read line by line."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    heads = [place for place, line in enumerate(lines) if HEAD.match(line)]
    if len(heads) != 1 or any("\t" in line[: len(line) - len(line.lstrip())] for line in lines):
        return None
    first = next((place for place in range(heads[0] + 1, len(lines)) if not blank(lines[place])), None)
    item = ITEM.match(lines[first]) if first is not None else None
    if first is None or item is None:
        return None
    indent = len(item.group(1))
    end = next((place for place in range(first, len(lines)) if ends(lines[place], indent)), len(lines))
    last = max(place for place in range(first, end) if not blank(lines[place]))
    items = lines[first : last + 1]
    style = Style(indent, len(item.group(2)), step(items), spaced(items, indent))
    made = [*([""] if style.apart else []), *entry(source, style).splitlines()]
    return newline.join([*lines[: last + 1], *made, *(lines[last + 1 :] or [""])])


def blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def ends(line: str, indent: int) -> bool:
    """Whether a line stands outside of the list whose dashes are set in so far."""
    depth = len(line) - len(line.lstrip())
    return not blank(line) and (
        depth < indent or (depth == indent and not line.lstrip().startswith("-")) or line.startswith("---")
    )


def step(lines: list[str]) -> int:
    """How far the list of hooks is set in below its key."""
    for place, line in enumerate(lines[:-1]):
        found = ITEM.match(lines[place + 1])
        if line.strip() == "hooks:" and found:
            return max(0, len(found.group(1)) - (len(line) - len(line.lstrip())))
    return DEEPER


def spaced(lines: list[str], indent: int) -> bool:
    """Whether an empty line stands between most items."""
    starts = [place for place, line in enumerate(lines) if line.startswith(" " * indent + "- ")]
    return len(starts) > 1 and sum(not lines[place - 1].strip() for place in starts[1:]) * 2 >= len(starts) - 1
