"""Edits on the code of installed packages: each does what it says, and nothing else. The parser of Python is the judge."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskguard.diagnostics import Edit, Span
from taskguard.facts.extract import extract
from taskguard.facts.model import Call, Facts
from taskguard.fixes.choice import Places
from taskguard.fixes.edited import edited
from taskguard.project.editing import arguments
from taskguard.project.editing.imports import statement
from taskguard.project.editing.items import added, removed, strings
from taskguard.project.editing.script import Script
from warm import completed

PACKAGES = ("kombu", "flake8", "pip")
NEW = "taskguard_new_name"
SETTINGS = """
select = ["TG003", "TG201", "TG206", "TG207", "TG302", "TG401", "TG403", "TG405", "TG406"]
[options.TG405]
modules = "all"
[tasks]
base = ["{package}._taskguard.Base"]
[[facades]]
module = "{package}"
sources = ["{package}.*"]
"""


def files_of(package: str) -> dict[str, bytes]:
    """The Python files of an installed package by their path below the folder that it is in."""
    spec = PathFinder.find_spec(package)  # a package may have put something else into `sys.modules`
    assert spec is not None and spec.origin is not None
    folder = Path(spec.origin).parent
    found = [path for path in sorted(folder.rglob("*.py")) if "_vendor" not in path.parts]
    return {path.relative_to(folder.parent).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(params=PACKAGES, scope="module")
def files(request: pytest.FixtureRequest) -> dict[str, bytes]:
    return files_of(request.param)


@cache
def facts_of(text: str) -> Facts:
    """The facts of a file of a package, which all tests ask for."""
    return extract(text)


def same(data: bytes, other: bytes) -> bool:
    """Whether two texts are one to the parser; equal bytes need not be parsed for it."""
    return data == other or ast.dump(ast.parse(data)) == ast.dump(ast.parse(other))


def apart(groups: Iterable[tuple[Edit, ...] | None]) -> list[tuple[Edit, ...]]:
    """As many of the groups of edits as do not touch one another."""
    taken: list[tuple[Edit, ...]] = []
    places = Places()
    for group in groups:
        if group and all(map(places.free, group)):
            taken.append(group)
            for edit in group:
                places.take(edit)
    return taken


def scripts(files: Mapping[str, bytes]) -> Iterator[tuple[bytes, Script]]:
    for path, data in files.items():
        yield data, Script(path, data.decode())


def test_an_argument_more(files: dict[str, bytes]) -> None:
    done = 0
    for data, script in scripts(files):
        calls = [one for function in facts_of(script.text).functions for one in function.decorators]
        made = apart(arguments.argument(script, one, f"{NEW}=1") for one in calls)
        after = edited(data, [edit for group in made for edit in group])
        tree = ast.parse(after)
        found = 0
        for node in ast.walk(tree):
            for decorator in getattr(node, "decorator_list", ()):
                if isinstance(decorator, ast.Call) and any(one.arg == NEW for one in decorator.keywords):
                    found += 1
        assert found == len(made), script.path
        done += found
    assert done


def test_a_keyword_under_another_name(files: dict[str, bytes]) -> None:
    for data, script in scripts(files):
        calls = [site.call for site in facts_of(script.text).calls]
        names = [(one, one.keywords[0].name) for one in calls if one.keywords and one.keywords[0].name]
        made = apart(arguments.keyword_name(script, one, name, NEW) for one, name in names if name)
        after = edited(data, [edit for group in made for edit in group])
        found = sum(
            one.arg == NEW for node in ast.walk(ast.parse(after)) if isinstance(node, ast.Call) for one in node.keywords
        )
        assert found == len(made), script.path


def test_a_parameter_more(files: dict[str, bytes]) -> None:
    for data, script in scripts(files):
        functions = facts_of(script.text).functions
        made = apart(arguments.parameter(script, one, NEW) for one in functions)
        after = edited(data, [edit for group in made for edit in group])
        nodes = [one for one in ast.walk(ast.parse(after)) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
        first = [(*one.args.posonlyargs, *one.args.args) for one in nodes]
        assert sum(bool(one) and one[0].arg == NEW for one in first) == len(made) == len(functions), script.path


def test_a_name_more_in_an_import_and_less_again(files: dict[str, bytes]) -> None:
    done = 0
    for data, script in scripts(files):
        imports = [one for one in facts_of(script.text).imports if one.name and one.name != "*"]
        held = {one.start: one for imported in imports if (one := statement(script, imported.span)) is not None}
        made = apart(added(script, one.items, {NEW: NEW}) for one in held.values())
        after = edited(data, [edit for group in made for edit in group])
        nodes = [one for one in ast.walk(ast.parse(after)) if isinstance(one, ast.ImportFrom)]
        assert sum(any(alias.name == NEW for alias in one.names) for one in nodes) == len(made) == len(held), (
            script.path
        )
        done += len(made)
        again = Script(script.path, after.decode())
        gone = []
        for imported in extract(again.text).imports:
            one = statement(again, imported.span) if imported.name == NEW else None
            at = next((at for at, item in enumerate(one.items.items) if item.name == NEW), None) if one else None
            if one is not None and at is not None:
                gone += removed(again, one.items, (at,))
        assert same(edited(after, gone), data), script.path
    assert done


def test_a_string_more_and_less_in_dunder_all(files: dict[str, bytes]) -> None:
    for data, script in scripts(files):
        for part in (facts_of(script.text).exports or ())[:3]:
            found = strings(script, script.lines.range(part.span)[0]) if part.kind == "name" else None
            if found is None:
                continue
            after = edited(data, added(script, found, {NEW: repr(NEW)}) or ())
            names = [part.value for part in extract(after.decode()).exports or ()]
            assert NEW in names, script.path
            again = Script(script.path, after.decode())
            place = again.text.index(repr(NEW))
            wider = strings(again, place)
            assert wider is not None
            at = next(at for at, one in enumerate(wider.items) if one.start == place)
            assert same(edited(after, removed(again, wider, (at,))), data), script.path


def fix(folder: Path, package: str) -> None:
    """Fixes everything in a folder, under settings that find much."""
    (folder / "taskguard.toml").write_text(SETTINGS.format(package=package))
    done = completed("check", "--fix", "--unsafe-fixes", "--quiet", cwd=folder)
    assert done.returncode in (0, 1), done.stderr


@pytest.mark.parametrize("package", ["celery", "flake8", "astroid", "pip"])
def test_fixing_keeps_every_file_whole_and_a_second_run_changes_nothing(package: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    files = files_of(package)
    own = f"{package}/_taskguard.py"
    files[own] = (
        b"from celery import Task, shared_task  # noqa: TG302\n\n\nclass Base(Task): ...\n\n\n@shared_task(bind=True, max_retry=1)\ndef send(): ...\n"
    )
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    fix(tmp_path, package)
    once = {path: (tmp_path / path).read_bytes() for path in files}
    changed = [path for path in files if once[path] != files[path]]
    assert own in changed and (f"{package}/__init__.py" in changed or package != "celery")
    for path in changed:
        ast.parse(once[path])
    fix(tmp_path, package)
    assert {path: (tmp_path / path).read_bytes() for path in files} == once


def test_a_decorator_without_a_call_is_called() -> None:
    script = Script("a.py", "@task\ndef f(): ...\n")
    expr = extract(script.text).functions[0].decorators[0]
    assert not isinstance(expr, Call)
    assert edited(script.text.encode(), arguments.argument(script, expr, "x=1") or ()) == b"@task(x=1)\ndef f(): ...\n"


def overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits get in each other's way, told by looking at both."""
    (start, end), (from_, to) = (
        ((edit.span.line, edit.span.column), (edit.span.end_line, edit.span.end_column)) for edit in (one, other)
    )
    if start == end == from_ == to:
        texts = (one.text, other.text)
        lists = all(text.startswith(",") for text in texts) or all(text.rstrip().endswith(",") for text in texts)
        return not (lists or all(text.endswith(("\n", "\r")) for text in texts))
    if start == end or from_ == to:
        return start <= to and from_ <= end
    return start < to and from_ < end


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3), st.sampled_from([",a", "a,", "a\n", "a", ",a,"]))))
def test_edits_that_go_together_are_told_by_their_places(given: list[tuple[int, int, str]]) -> None:
    places = Places()
    taken: list[Edit] = []
    for start, length, text in given:
        edit = Edit("a.py", Span(1, start, 1, start + length), text)
        free = not any(overlap(edit, other) for other in taken)
        assert places.free(edit) is free
        if free:
            taken.append(edit)
            places.take(edit)
