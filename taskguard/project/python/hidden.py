"""Files in which nothing ever happens, since no import reaches them: a package of the same name beside them hides them, or they lie in a copy of a
package whose folder no import can name."""

from __future__ import annotations

import re

from taskguard.patterns import regex
from taskguard.project.python.testing import in_test_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

# What runs a file by its path. A package that was put before a module may load what it hides so.
BY_PATH = (
    "spec_from_file_location",
    "SourceFileLoader",
    "load_source",
    "run_path",
    "from_pyfile",
    "execfile",
    "exec(",
)
# What is run by the path of its file, by a command of its own.
PAGES = regex(
    r"^(?:import|from)[ \t]+(?:streamlit|gradio|chainlit|dash|marimo|panel|nicegui|solara|mesop|taipy|shiny|locust)\b",
    re.M,
)
# An import at the top of a file that counts from its package: it fails where the file is run by its path, unless it says itself which package that is.
RELATIVE = regex(r"^from[ \t]+\.[\w.]*[ \t]+import\b", re.M)
QUIET = regex(r"'{3}[\s\S]*?'{3}|\"{3}[\s\S]*?\"{3}")
# What may give a file a package, or the names around; a specification does not that has a name which is made of that of the file alone.
GIVES = ("SourceFileLoader", "load_source", "run_path", "from_pyfile", "execfile", "submodule_search_locations")
EXEC = regex(r"(?<![.\w])exec\(")
SPECS = regex(r"\bspec_from_file_location\(")
LOADER = regex(r"\bspec_from_file_location\([ \t\n]*(\w+|[\"']\w+[\"'])[ \t\n]*,")
STEM = regex(
    r"[\w.]+(?:\[:-3\]|\.stem|\.removesuffix\([\"']\.py[\"']\)|\.replace\([\"']\.py[\"'],[ ]*[\"'][\"']\))|(?:os\.path\.)?splitext\([\w.]+\)\[0\]"
)
# What is said of a file that is kept and no more used.
ASIDE = frozenset(
    "old copy backup bak orig original legacy tmp temp draft unused deprecated before prev previous save saved".split()
)
# What goes through the Python files of a folder.
LISTS = regex(r"\b(?:i?r?glob|listdir|iterdir|scandir|walk)\((?s:.*)[\"'][*/]*\.py[\"']")


def unloadable(
    paths: Collection[str],
    said: Iterable[str],
    text_of: Callable[[str], str | None],
    search: Callable[..., Iterable[str]] | None,
) -> frozenset[str]:
    """The files of `paths` that nothing can load as modules: those that packages hide, and copies that no import can name. `said` are the files that
    may start others."""
    said = tuple(said)
    return unloaded(paths, said, text_of, search) | copied(paths, said, text_of)


def unloaded(
    paths: Collection[str],
    said: Iterable[str],
    text_of: Callable[[str], str | None],
    search: Callable[..., Iterable[str]] | None,
) -> frozenset[str]:
    """The files of `paths` that a package hides and that nothing loads by their path: neither a module of the project, nor a command of one
    of the files `said`, nor somebody who runs them as scripts or as pages."""
    made, inner = set[str](), set[str]()
    for package in paths:
        path = f"{package.removesuffix('/__init__.py')}.py"
        if not package.endswith("/__init__.py") or path not in paths:
            continue
        text = text_of(path) or ""
        if _loads(text_of(package) or ""):
            continue
        if _is_in_package(text):
            inner.add(path)
        elif "__main__" not in text and not PAGES.search(text):
            made.add(path)
    if not made and not inner:
        return frozenset()
    loaders = search(*BY_PATH) if search is not None else ()
    for loader in loaders:
        held = text_of(loader) or "" if loader in paths and not in_test_path(loader) else ""
        made -= _loaded(held, loader, made)
        inner -= _loaded(held, loader, inner) if _gives_package(held) else set()
    for file in sorted(said) if made else ():
        held = text_of(file) or ""
        made -= {one for one in made if one.rpartition("/")[2] in held and _runs(held, one)}
    return frozenset(made | inner)


def _loaded(text: str, loader: str, hidden: Collection[str]) -> set[str]:
    """Those of the hidden files that a text may load by their paths: it names them, or goes through the files of its own folder."""
    folder, lists = loader.rpartition("/")[0], LISTS.search(text) is not None
    return {
        one for one in hidden if _names(text, one.rpartition("/")[2]) or (one.rpartition("/")[0] == folder and lists)
    }


def _is_in_package(text: str) -> bool:
    """Whether a file can only be loaded as a part of its package: it imports from there in any case."""
    return RELATIVE.search(QUIET.sub("", text)) is not None and "__package__" not in text


def _gives_package(text: str) -> bool:
    """Whether what a text loads by a path may belong to a package: not where it gives all a name that is made of the name of the file."""
    if any(word in text for word in GIVES) or EXEC.search(text):
        return True
    given = LOADER.findall(text)
    return len(given) != len(SPECS.findall(text)) or not all(_is_stem(text, one) for one in given)


def _is_stem(text: str, name: str) -> bool:
    """Whether a name is a word in quotes, or each time bound to the name of a file without its ending."""
    if not name.isidentifier():
        return True
    values = re.findall(rf"\b{name}[ \t]*=(?!=)[ \t]*([^\n#]*)", text)
    return bool(values) and all(STEM.fullmatch(one.strip()) for one in values)


def copied(paths: Collection[str], said: Iterable[str], text_of: Callable[[str], str | None]) -> frozenset[str]:
    """The files of `paths` in copies of a folder beside it, with a dot in their names (`shop.original/` beside `shop/`), and copies of files: no import
    can name these, and none of the files `said` does."""
    odd = [path for path in paths if not path.removesuffix(".py").replace("/", "_").isidentifier()]
    held = _put_aside(odd, paths, text_of)
    dotted = [path for path in odd if "." in path.rpartition("/")[0]]
    around = {path.rpartition("/")[0] for path in paths} if dotted else ()
    folders = {"/".join(one.split("/")[:depth]) for one in around for depth in range(1, one.count("/") + 2)}
    for path in dotted:
        parts = path.split("/")
        for place, name in enumerate(parts[:-1]):
            original = "/".join((*parts[:place], name.partition(".")[0]))
            if "." in name and not name.startswith(".") and original in folders:
                held.setdefault(name, []).append(path)
                break
    texts = [text_of(file) or "" for file in sorted(said)] if held else []
    return frozenset(path for name, found in held.items() if not any(name in text for text in texts) for path in found)


def _put_aside(
    odd: Iterable[str], paths: Collection[str], text_of: Callable[[str], str | None]
) -> dict[str, list[str]]:
    """Those of `odd` that are called like one beside them and as what is put aside, by a name that no import can have: `old-tasks.py`, `tasks copy.py`."""
    held: dict[str, list[str]] = {}
    for path in odd:
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0]
        if stem.isidentifier():
            continue
        words = [one for one in re.split(r"[^A-Za-z0-9_]+", stem) if one]
        beside = [one for one in words if f"{folder}/{one}.py".lstrip("/") in paths]
        others = {one.lower() for one in words if one not in beside}
        if (
            beside
            and others
            and all(one in ASIDE or one.isdigit() for one in others)
            and "__main__" not in (text_of(path) or "")
        ):
            held.setdefault(name, []).append(path)
    return held


def _loads(text: str) -> bool:
    return any(word in text for word in BY_PATH)


def _names(text: str, name: str) -> bool:
    """Whether a text names a file, at the end of a string or as all of it."""
    return re.search(rf"(?<![\w-]){re.escape(name)}[\"']", text) is not None


def _runs(text: str, path: str) -> bool:
    """Whether a command of a text runs a file by its path, as that is written there."""
    name = re.escape(path.rpartition("/")[2])
    found = re.finditer(
        rf"\b(?:python[\d.]*|pypy3?|run|exec)[\"',]*\s+(?:[\"']?-\w+[\"',]*\s+)*[\"']?([\w./$\{{}}-]*/)?{name}(?![\w.])",
        text,
    )
    for one in found:
        inside = [part for part in (one[1] or "").split("/") if part not in ("", ".", "..")]
        if not inside or f"/{path.rpartition('/')[0]}/".endswith(f"/{inside[-1]}/") or "/" not in path:
            return True
    return False
