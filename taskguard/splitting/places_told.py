"""Settings that name the god file's place: those of ours hold for its modules as well, those of other tools are told."""

from __future__ import annotations

from fnmatch import fnmatchcase

from taskguard.globs import matcher
from taskguard.record import Record
from taskguard.settings.merge import patterns
from taskguard.settings.toml import TOKEN, TomlError, lines, parse
from taskguard.settings.writing import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from taskguard.settings.model import Settings

BOM = "\ufeff"
TABLES: tuple[tuple[str, ...], ...] = (("overrides",), ("tasks", "policy"))
TOML, INI = ("pyproject.toml", "ruff.toml", ".ruff.toml"), ("setup.cfg", "tox.ini", ".flake8", "mypy.ini", ".mypy.ini")
PER_FILE = ("per-file-ignores", "extend-per-file-ignores", "per_file_ignores")


class Widened(Record):
    """A settings file in which the tables of the god file's place have the new modules, too. `places` are the globs of each such table and those of now."""

    text: str
    places: dict[tuple[str, ...], tuple[str, ...]]

    def settings(self, one: Settings) -> Settings:
        """The settings that this file makes of those of before."""
        return one.replace(
            overrides=tuple(own.replace(files=self.places.get(own.files, own.files)) for own in one.overrides),
            policies=tuple(own.replace(files=self.places.get(own.files, own.files)) for own in one.policies),
        )


def widened(text: str, name: str, path: str, new: Iterable[str], package: str) -> Widened | None:
    """The text of a settings file called `name`, where overrides and policies that hold for the file at `path` hold for the `new` modules, too; None where
    none does, or nobody can write it. Paths count from the folder of the settings; `package` is a folder that holds nothing else, or empty."""
    around = ("tool", "taskguard") if name == "pyproject.toml" else ()
    places: dict[tuple[str, ...], tuple[str, ...]] = {}
    made = text
    try:
        for key, files in _of_place(parse(text.removeprefix(BOM)), around, path):
            wanted = _added(files, new, package)
            if wanted:
                made = _with(made, key, files, wanted)
                places[files] = (*files, *wanted)
    except (TomlError, _Odd):
        return None
    return Widened(made, places) if places else None


class _Odd(Exception):
    """A way to write it that no edit is ready for."""


def _of_place(
    data: dict[str, Any], around: tuple[str, ...], path: str
) -> Iterator[tuple[tuple[str | int, ...], tuple[str, ...]]]:
    for table in TABLES:
        held: Any = data
        for key in (*around, *table):
            held = held.get(key, {})
        for number, one in enumerate(held):
            files = patterns(one["files"])
            if matcher(files)(path):
                yield (*around, *table, number, "files"), files


def _added(files: tuple[str, ...], new: Iterable[str], package: str) -> list[str]:
    """The globs that a table lacks."""
    missing = [one for one in new if not matcher(files)(one)]
    inside = [one for one in missing if package and one.startswith(f"{package}/")]
    globs = [f"{package}/*.py"] if inside else []
    return [*globs, *(one for one in missing if one not in inside)]


def _with(text: str, key: tuple[str | int, ...], files: tuple[str, ...], wanted: list[str]) -> str:
    """A text whose value at `key` has more strings. Raises `_Odd` where the edit does not say that and nothing else."""
    line = lines(text.removeprefix(BOM))[key]
    start = 0
    for _ in range(line - 1):
        start = text.index("\n", start) + 1
    at = text.index("=", start) + 1
    strings = []
    for token in TOKEN.finditer(text, at):
        word = token.group()
        if word.startswith(("'", '"')):
            strings.append(token)
        if word == "]" or (word == "\n" and not text[at : token.start()].lstrip().startswith("[")):
            break
    if len(strings) != len(files):
        raise _Odd
    first, last = strings[0], strings[-1]
    if text[at : first.start()].strip().startswith("["):
        begin = text.rfind("\n", 0, last.start()) + 1
        own_line = not text[begin : last.start()].strip()
        gap = ",\n" + text[begin : last.start()] if own_line else ", "
        more = "".join(gap + quoted(one) for one in wanted)
        made = text[: last.end()] + more + text[last.end() :]
    else:
        both = ", ".join((first.group(), *map(quoted, wanted)))
        made = f"{text[: first.start()]}[{both}]{text[first.end() :]}"
    after, held = parse(made.removeprefix(BOM)), parse(text.removeprefix(BOM))
    _at(held, key[:-1])["files"] = [*files, *wanted]
    if after != held:
        raise _Odd
    return made


def _at(data: Any, key: tuple[str | int, ...]) -> Any:
    for one in key:
        data = data[one]
    return data


def told(configs: Mapping[str, str], path: str, module: str, new: Mapping[str, str]) -> list[str]:
    """What settings of ruff, flake8 and mypy say of the god file alone. `configs` are their texts by path, `new` the dotted names of the new modules by path."""
    made: list[str] = []
    for file, text in configs.items():
        folder, _, name = file.rpartition("/")
        cut = len(folder) + 1 if folder else 0
        if name in TOML:
            try:
                data = parse(text.removeprefix(BOM))
            except TomlError:
                continue
            named = [*_of_ruff(data if name != TOML[0] else data.get("tool", {}).get("ruff", {})), *_of_mypy(data)]
        else:
            named = [*_of_ini(text)]
        for what, pattern, dotted in named:
            own, others = (module, new.values()) if dotted else (path[cut:], [one[cut:] for one in new])
            if _holds(pattern, own, dotted) and (
                missing := [one for one in others if not _holds(pattern, one, dotted)]
            ):
                line = next((number for number, one in enumerate(text.splitlines(), 1) if pattern in one), 1)
                made.append(f"{file}:{line}: {what} has {pattern!r}: {_shown(missing, dotted)} may need the same")
    return list(dict.fromkeys(made))


def _shown(missing: list[str], dotted: bool) -> str:
    mark = "." if dotted else "/"
    folders = {one.rpartition(mark)[0] for one in missing}
    if len(folders) == 1 and len(missing) > 1:
        return f"{folders.pop()}{mark}*" + ("" if dotted else ".py")
    return ", ".join(missing)


def _holds(pattern: str, one: str, dotted: bool) -> bool:
    if dotted:
        return fnmatchcase(one, pattern) or (pattern.endswith(".*") and one == pattern[:-2])
    bare = pattern.removeprefix("./").removeprefix("**/")
    return any(fnmatchcase(word, bare) for word in (one, one.rpartition("/")[2]))


def _of_ruff(data: Any) -> Iterator[tuple[str, str, bool]]:
    for table in (data, data.get("lint", {})):
        for key in PER_FILE:
            yield from ((f"{key} of ruff", pattern, False) for pattern in table.get(key, ()))


def _of_mypy(data: Any) -> Iterator[tuple[str, str, bool]]:
    for one in data.get("tool", {}).get("mypy", {}).get("overrides", ()):
        held = one.get("module", ())
        yield from (("overrides of mypy", pattern, True) for pattern in ((held,) if isinstance(held, str) else held))


def _of_ini(text: str) -> Iterator[tuple[str, str, bool]]:
    from configparser import Error, RawConfigParser

    parser = RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except Error:
        return
    for section in parser.sections():
        if section.startswith("mypy-"):
            yield from (("a section of mypy", word.strip(), True) for word in section[5:].split(","))
        for key in PER_FILE if section == "flake8" else ():
            for entry in (parser.get(section, key, fallback="") or "").splitlines():
                for word in entry.partition(":")[0].split(","):
                    if word.strip():
                        yield f"{key} of flake8", word.strip(), False
