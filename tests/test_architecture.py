"""The folder listing is the architecture: what may import what, how long a file may be, what start-up may load."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest
import tomli

from taskguard.patterns import regex

FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "misc", "types"}
MOST_LINES = 400
# So many modules of the project a module with questions may load, itself and packages among them.
MOST_LOADED = 12
# Each of these costs a good part of the interpreter's own start.
HEAVY = {
    "argparse", "astroid", "asyncio", "dataclasses", "flake8", "importlib.metadata", "inspect", "logging", "msgspec",
    "multiprocessing", "pyflakes", "subprocess", "tokenize", "typing",
}  # fmt: skip


def modules(repository: Path) -> list[Path]:
    return sorted((repository / "taskguard").rglob("*.py"))


def test_imports_go_downwards(repository: Path) -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports, "--no-cache"], cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_drawing_of_the_rooms_is_the_contract(repository: Path) -> None:
    text = (repository / "docs" / "architecture.md").read_text("utf-8")
    drawn = [
        re.split(r"\s{2,}", line)[0]
        for line in text.partition("\n## The rooms\n")[2].partition("```text\n")[2].partition("```")[0].splitlines()
        if not line.startswith(" ")
    ]
    settings = tomli.loads((repository / "pyproject.toml").read_text("utf-8"))
    (rooms,) = (one for one in settings["tool"]["importlinter"]["contracts"] if one["id"] == "rooms")
    assert drawn == rooms["layers"]


def test_every_room_says_what_it_is_for(repository: Path) -> None:
    rooms = list((repository / "taskguard").glob("*/__init__.py"))
    assert rooms and not [str(path) for path in rooms if not ast.get_docstring(ast.parse(path.read_bytes()))]


def test_every_room_of_the_project_has_tests_of_its_own(repository: Path) -> None:
    """Those that `nox -s mutation` shows its mutants to."""
    told = tomli.loads((repository / "mutation" / "rooms.toml").read_text("utf-8"))
    inside = {name for name, room in told.items() if "folder" not in room}
    assert inside == {path.parent.name for path in (repository / "taskguard" / "project").glob("*/__init__.py")}
    assert all(list((repository / room["folder"]).glob("*.py")) for room in told.values() if "folder" in room)
    named = [name for room in told.values() for name in (*room["tests"], *room.get("last", ()))]
    assert named and not [name for name in named if not (repository / name).is_file()]


def test_the_files_of_the_engine_are_told(repository: Path) -> None:
    text = (
        (repository / "docs" / "architecture.md")
        .read_text("utf-8")
        .partition("\n### The engine")[2]
        .partition("\n## ")[0]
    )
    told = {word for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for word in re.findall(r"`(\w+)`", row)}
    assert told == {path.stem for path in (repository / "taskguard" / "engine").glob("*.py")} - {"__init__"}


def test_no_files_import_one_another_in_a_circle(repository: Path) -> None:
    """Imports in functions and for types count: what a file needs of another it needs, whenever it says so."""
    names = by_name(repository)
    imported = {name: set(imports_of(path, names)) for name, path in names.items()}
    assert not circles(imported), "move what both need to a third file, or pass it as an argument"


def test_a_circle_is_found_wherever_the_import_stands(tmp_path: Path) -> None:
    package = tmp_path / "taskguard"
    package.mkdir()
    texts = {
        "__init__": "",
        "one": "import taskguard.two\n",
        "two": "def work():\n    from taskguard import three\n",
        "three": "if TYPE_CHECKING:\n    from taskguard.one import Name\n",
        "four": "from taskguard.one import Name\n",
    }
    for name, text in texts.items():
        (package / f"{name}.py").write_text(text)
    names = by_name(tmp_path)
    found = circles({name: set(imports_of(path, names)) for name, path in names.items()})
    assert [sorted(one) for one in found] == [["taskguard.one", "taskguard.three", "taskguard.two"]]


def by_name(repository: Path) -> dict[str, Path]:
    """The files of the package by the dotted names of their modules."""
    return {
        ".".join(path.relative_to(repository).with_suffix("").parts).removesuffix(".__init__"): path
        for path in modules(repository)
    }


def imports_of(path: Path, names: Collection[str]) -> Iterator[str]:
    """The modules among `names` that a file imports, at its top, in functions, or for types."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name in names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}:{node.lineno}: our imports are absolute"
            for one in node.names:
                inner = f"{node.module}.{one.name}"
                yield from (name for name in [inner if inner in names else node.module] if name in names)


def circles(graph: Mapping[str, Collection[str]]) -> list[set[str]]:
    """The largest groups of nodes that reach one another."""
    reached = {node: reachable(graph, node) for node in graph}
    groups = {frozenset(other for other in reached[node] if node in reached[other]) for node in graph}
    return [set(group) for group in groups if group]


def reachable(graph: Mapping[str, Collection[str]], start: str) -> set[str]:
    """What can be reached from a node in one step or more."""
    found: set[str] = set()
    left = [*graph[start]]
    while left:
        node = left.pop()
        if node not in found:
            found.add(node)
            left += graph[node]
    return found


def test_no_file_is_too_long(repository: Path) -> None:
    others = [path for folder in ("tests", "benchmarks") for path in sorted((repository / folder).glob("*.py"))]
    counts = {path: path.read_bytes().count(b"\n") for path in [*modules(repository), *others]}
    assert not {str(path): count for path, count in counts.items() if count > MOST_LINES}


def test_every_module_says_what_it_is_about(repository: Path) -> None:
    assert not [str(path) for path in modules(repository) if path.stem in FORBIDDEN_NAMES]


def test_no_pattern_is_compiled_while_a_module_loads(repository: Path) -> None:
    compiled = [f"{path}:{line}" for path in modules(repository) for line in compiling(ast.parse(path.read_bytes()))]
    assert not compiled, "write taskguard.patterns.regex(…), or compile within a function"


def compiling(node: ast.AST) -> Iterator[int]:
    """The lines on which `re.compile` is called as soon as the code is loaded."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and ast.unparse(child.func) == "re.compile":
            yield child.lineno
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from compiling(child)


def test_a_pattern_that_is_compiled_late_is_what_it_would_have_been() -> None:
    for source, flags, text in (("(?P<word>a+)", re.IGNORECASE, "baAd"), ("x|y", 0, "")):
        late, compiled = regex(source, flags), re.compile(source, flags)
        assert [match.span() for match in late.finditer(text)] == [match.span() for match in compiled.finditer(text)]
        assert late.sub("-", text) == compiled.sub("-", text)
        assert (late.pattern, late.flags, late.groupindex) == (compiled.pattern, compiled.flags, compiled.groupindex)
    assert regex(rb"\d+").findall(b"1 22") == [b"1", b"22"]
    with pytest.raises(AttributeError):
        getattr(regex("a"), "seek")  # noqa: B009 - mypy knows that there is none


def test_one_file_is_checked_without_heavy_imports(tmp_path: Path) -> None:
    file = tmp_path / "tasks.py"
    file.write_text("from celery import shared_task\n\n\n@shared_task\ndef send():\n    pass\n")
    check = "from taskguard.cli.main import main; main(['check', '--no-project', 'tasks.py'])"
    modules_of(check, tmp_path)  # the first run reads the packs and keeps what they say
    loaded = modules_of(check, tmp_path)
    assert "taskguard.engine" in loaded
    heavy = HEAVY & (loaded - modules_of("pass", tmp_path))
    assert not heavy


@pytest.mark.parametrize("command", ["--version", "--help"])
def test_words_about_the_command_load_no_engine(command: str, tmp_path: Path) -> None:
    loaded = modules_of(f"from taskguard.cli.main import main; main([{command!r}])", tmp_path)
    assert "taskguard.engine" not in loaded


def modules_of(code: str, folder: Path) -> set[str]:
    """The modules that an interpreter has loaded after this code."""
    ending = "import sys; print('\\n' + ' '.join(sys.modules), file=sys.__stdout__)"
    program = f"try:\n    {code}\nexcept SystemExit:\n    pass\n{ending}"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_a_question_is_asked_again_without_the_project(repository: Path) -> None:
    """After each edit the questions about a text are asked again. A module that declares one brings none of those along that link files."""
    loads: dict[str, set[str]] = {}
    asks = []
    for path in modules(repository):
        name = ".".join(path.relative_to(repository).with_suffix("").parts)
        tree = ast.parse(path.read_bytes())
        loads[name] = {one for node in tree.body for one in _loaded(node)}
        decorators = (ast.unparse(one) for node in tree.body for one in getattr(node, "decorator_list", ()))
        if any(one.endswith("Question") for one in decorators):
            asks.append(name)
    reached = {name: [one for one in _all_loaded(name, loads) if one.startswith("taskguard.project.")] for name in asks}
    assert len(asks) > 30 and not {name: held for name, held in reached.items() if len(held) > MOST_LOADED}


def _loaded(node: ast.stmt) -> Iterator[str]:
    """The modules that a statement at the head of a module may load."""
    if isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{one.name}" for one in node.names)
    elif isinstance(node, ast.Import):
        yield from (one.name for one in node.names)


def _all_loaded(name: str, loads: Mapping[str, Collection[str]]) -> set[str]:
    found, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        if one not in found and one in loads:
            found.add(one)
            waiting.extend(loads[one])
    return found
