"""A plan as TOML: what `taskguard plan` writes, people edit and `taskguard split` reads."""

from __future__ import annotations

from taskguard.errors import PlanError, Problem, UserError, nearest
from taskguard.settings.toml import TomlError, error_line, lines, parse
from taskguard.settings.writing import quoted
from taskguard.splitting.plan import Plan, PlannedModule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from taskguard.splitting.plan import Loggers

FILE = "taskguard-split.toml"
DIGEST = "digest = "
TOP, MODULE = ("source", "package", "loggers", "digest", "modules"), ("path", "docstring", "names", "why")


def written(plan: Plan) -> str:
    """The text of a plan."""
    made = [
        "# A plan for `taskguard split`: move names between the modules, rename these, change their docstrings.",
        f"source = {quoted(plan.source)}",
        f"package = {quoted(plan.package)}",
    ]
    made += [f"loggers = {quoted(plan.loggers)}"] if plan.loggers != "kept" else []
    # what the names of the plan are those of: a source that has changed since may have others
    made += [f"{DIGEST}{quoted(plan.digest)}"] if plan.digest else []
    for module in plan.modules:
        made += ["", "[[modules]]", f"path = {quoted(module.path)}", f"docstring = {quoted(module.docstring)}"]
        made += [f"why = {quoted(module.why)}"] if module.why else []
        made += ["names = [", *(f"    {quoted(name)}," for name in module.names), "]"]
    return "\n".join(made) + "\n"


def read_plan(text: str, file: str) -> Plan:
    """The plan that a text holds; `file` is what it is called in messages. Raises PlanError with all that is wrong."""
    try:
        data = parse(text.removeprefix("\ufeff"))
    except TomlError as error:
        raise PlanError(Problem(file, error_line(error, text), "", str(error))) from None
    place = lines(text.removeprefix("\ufeff"))
    problems: list[Problem] = []

    def wrong(key: tuple[str | int, ...], message: str) -> None:
        shown = ".".join(str(one) for one in key)
        problems.append(Problem(file, place.get(key, place.get(key[:-1], 1)), shown, message))

    for key, known, around in _keys(data):
        if key not in known:
            near = nearest(key, known)
            wrong(
                (*around, key),
                f"unknown key; did you mean `{near}`?" if near else f"unknown key; there are {', '.join(known)}",
            )
    source, package = (_path(data, key, (), wrong) for key in ("source", "package"))
    if not isinstance(data.get("digest", ""), str):
        wrong(("digest",), "a text is wanted, as `taskguard plan` writes it")
    loggers: Loggers = "own" if data.get("loggers") == "own" else "kept"
    if data.get("loggers", "kept") != loggers:
        wrong(("loggers",), '"kept" is wanted (the name that the god file logs under), or "own" (that of each module)')
    modules = data.get("modules")
    if not isinstance(modules, list) or not modules:
        wrong(("modules",), "at least one [[modules]] is wanted")
        modules = []
    made = [_module(one, ("modules", number), wrong) for number, one in enumerate(modules)]
    paths = [one.path for one in made]
    for number, path in enumerate(paths):
        if path and path in paths[:number]:
            wrong(("modules", number, "path"), f"{path} is the path of another module, too")
        if path and not path.endswith(".py"):
            wrong(("modules", number, "path"), f"{path} is no path of a module: it ends with `.py`")
        if path and path == source:
            wrong(("modules", number, "path"), "the source becomes the facade: the module wants another path")
    if problems:
        raise PlanError(*problems)
    return Plan(source, package, tuple(made), str(data.get("digest", "")), loggers)


def in_file(error: UserError, text: str, file: str, key: str = "") -> PlanError:
    """What is wrong with a plan that was read from a file, with the places there; `key` is what all of it is about, if it says nothing of that itself."""
    place = lines(text.removeprefix("\ufeff"))
    made = []
    for one in error.problems:
        wrong = one.key or key
        path = tuple(int(part) if part.isdigit() else part for part in wrong.split("."))
        made.append(one if one.file or not wrong else Problem(file, place.get(path, 1), wrong, one.message))
    return PlanError(*made)


def same(one: str, other: str) -> bool:
    """Whether two texts hold the same plan, be it of another text of the source."""
    first, second = ([line for line in text.splitlines() if not line.startswith(DIGEST)] for text in (one, other))
    return first == second


def _keys(data: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...], tuple[str | int, ...]]]:
    yield from ((key, TOP, ()) for key in data)
    modules = data.get("modules")
    for number, one in enumerate(modules if isinstance(modules, list) else ()):
        yield from ((key, MODULE, ("modules", number)) for key in (one if isinstance(one, dict) else ()))


def _path(
    data: dict[str, Any], key: str, around: tuple[str | int, ...], wrong: Callable[[tuple[str | int, ...], str], None]
) -> str:
    value = data.get(key)
    if not isinstance(value, str) or (not value and key != "package"):
        wrong((*around, key), "a path is wanted, relative to the root of the project")
        return ""
    parts = value.split("/")
    if value.startswith("/") or ".." in parts or "\\" in value or "" in parts[:-1]:
        wrong((*around, key), f"{value!r}: a path is wanted, relative to the root of the project, with `/`")
    return value.rstrip("/")


def _module(
    data: Any, around: tuple[str | int, ...], wrong: Callable[[tuple[str | int, ...], str], None]
) -> PlannedModule:
    if not isinstance(data, dict):
        wrong(around, "a table [[modules]] is wanted")
        return PlannedModule("", "", ())
    path = _path(data, "path", around, wrong)
    for key in ("docstring", "why"):
        if not isinstance(data.get(key, ""), str):
            wrong((*around, key), "a text is wanted")
    if '"""' in str(data.get("docstring", "")) or str(data.get("docstring", "")).endswith(("\\", '"')):
        wrong((*around, "docstring"), 'it must fit between `"""`')
    names = data.get("names")
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names) or not names:
        wrong((*around, "names"), "a list of names is wanted")
        names = []
    return PlannedModule(path, str(data.get("docstring", "")), tuple(map(str, names)), str(data.get("why", "")))


if TYPE_CHECKING:
    from collections.abc import Callable
