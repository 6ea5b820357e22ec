"""Any partition of a module's names, in any order: every body keeps its bytes, every name is at the old path, no name is unbound, and each module can be
the first that is imported. Or the split is refused with its reason.

`TASKGUARD_EXAMPLES=50 pytest tests/test_split_properties.py` parts every module in every way, and generates fifty times as many.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from split_places import god, write
from taskguard.errors import UserError
from taskguard.facts.grammar import parse
from taskguard.facts.undefined import undefined
from taskguard.splitting.edges import names_of, units_of
from taskguard.splitting.god import God, User
from taskguard.splitting.plan import Plan, PlannedModule
from taskguard.splitting.write import Split, split

# Modules of the standard library that are one file, import little that changes what is there, and are Python.
REAL = (
    "argparse cmd configparser contextlib copy csv dataclasses difflib fileinput fractions ftplib gzip html.parser http.cookies imaplib "
    "inspect ipaddress json.decoder logging.handlers mailbox mimetypes optparse pickletools plistlib pprint pstats sched selectors shelve shlex shutil smtplib "
    "socketserver statistics string subprocess tarfile tempfile textwrap timeit tokenize traceback unittest.mock urllib.parse uuid wave weakref"
).split()
# A folder of checkouts whose modules are split, too: how many, by chance.
CHECKOUTS, MODULES, SEED = "TASKGUARD_CHECKOUTS", "TASKGUARD_CHECKOUT_MODULES", "TASKGUARD_CHECKOUT_SEED"
OWN_PATH = re.compile(
    r"from \.*tasks import|\bimport tasks\b"
)  # in the place of the module itself, which is called so here
# All ways of parting each module, and not one of each in turn, where more examples are asked for.
MORE = int(os.environ.get("TASKGUARD_EXAMPLES", "1"))
# How many parts, and whether each takes a stretch of the file: what is scattered by chance often needs one another to be loaded.
FORMS = ((2, False), (5, False), (2, True), (4, True))

# Why a split may be refused.
REASONS = (
    "outside of a function, and that module needs",
    "need one another to be loaded",
    "need one another:",
    "calls `globals()`",
    "uses `__all__`",
    "uses `__file__`",
    "is rebound by",
)

# Loads each module first in its turn, and tells what the old path lacks and which global names no module binds.
LOADER = """
import builtins, importlib, json, sys, types

def codes(code):
    yield code
    for one in code.co_consts:
        if isinstance(one, types.CodeType):
            yield from codes(one)

def read(code):
    import dis
    return {str(one.argval) for part in codes(code) for one in dis.get_instructions(part) if one.opname == "LOAD_GLOBAL"}

for line in sys.stdin:
    old, package, modules = json.loads(line)
    problems = []
    bound, unbound = set(), set()
    try:
        module = importlib.import_module(old)
        bound = {name for name in vars(module) if not name.startswith("__")}
        if module.__spec__.loader.get_code(old):
            unbound = read(module.__spec__.loader.get_code(old)) - vars(module).keys() - vars(builtins).keys()
    except Exception as error:
        print(json.dumps(["not by itself", repr(error)]), flush=True)
        continue
    for first in modules:
        for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
            del sys.modules[name]
        try:
            importlib.import_module(first)
            facade = importlib.import_module(package + ".tasks")
        except Exception as error:
            problems.append(f"{first} first: {error!r}")
            continue
        if missing := sorted(bound - vars(facade).keys()):
            problems.append(f"{first} first: the old path lacks {missing[:5]}")
    for name in modules if not problems else ():
        module = sys.modules[name]
        lost = read(module.__spec__.loader.get_code(name)) - vars(module).keys() - vars(builtins).keys() - unbound
        if lost:
            problems.append(f"{name} does not bind {sorted(lost)[:5]}")
    print(json.dumps(problems), flush=True)
"""


def whole(text: str) -> God:
    """A god file of which somebody uses each name."""
    held = god(text)
    return held.replace(
        outside={name: (User("shop/views.py", 1, "imports it"),) for name in (*held.homes, *held.given, *held.rebound)}
    )


def partition(held: God, count: int, stretches: bool, chance: random.Random) -> Plan:
    """The names of a god file in modules by chance, in an order by chance; what cannot be parted stays together."""
    groups: list[list[int]] = [[] for _ in range(count)]
    units = units_of(held)
    homes = [chance.randrange(count) for _ in units]
    for unit, home in zip(units, sorted(homes) if stretches else homes, strict=True):
        groups[home].extend(unit.places)
    made = []
    for number, places in enumerate(groups):
        names = names_of(held, sorted(places))
        chance.shuffle(names)
        if names:
            made.append(PlannedModule(f"shop/parts/part{number}.py", "A part.", tuple(names)))
    return Plan("shop/tasks.py", "shop/parts", tuple(made))


def complaints(held: God, made: Split) -> list[str]:
    """What is wrong with the texts of a split."""
    said = []
    known = {name for name, _, _ in undefined(held.text)}
    for path, text in made.files.items():
        parse(text)
        said += [f"{path} does not bind {name}" for name, _, _ in undefined(text) if name not in known]
    parts = [made.files[part.module.path] for part in made.parts]
    for place in held.moving:
        one = held.blocks[place]
        body = held.text[one.code : one.end].rstrip("\r\n")
        # A body in which a name of the module is pinned, a relative import re-rooted or an import added has other bytes there, and only there.
        if not one.own_name and not one.dots and not made.notes and sum(body in text for text in parts) != 1:
            said.append(f"line {one.line} is not in one module")
    return said


def loaded(folder: Path, asked: list[tuple[str, str, str, list[str]]]) -> list[list[str]]:
    """What is wrong when the modules of packages in a folder are imported."""
    lines = "".join(f"{json.dumps(one[1:])}\n" for one in asked)
    done = subprocess.run(
        [sys.executable, "-c", LOADER], input=lines, cwd=folder, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def placed_as(package: str, made: Split) -> dict[str, str]:
    """The files of a split in a package of another name."""
    files = {
        path.replace("shop/", f"{package}/", 1): text.replace("shop.", f"{package}.")
        for path, text in made.files.items()
    }
    return {f"{package}/__init__.py": "", **files}


def modules_of(package: str, made: Split) -> list[str]:
    """The dotted names of the old path and of the parts, in a package of that name."""
    paths = [f"{package}/tasks.py", *(part.module.path.replace("shop/", f"{package}/", 1) for part in made.parts)]
    return [path.removesuffix(".py").replace("/", ".") for path in paths]


def test_modules_of_the_standard_library_are_split_by_any_partition(tmp_path: Path) -> None:
    asked: list[tuple[str, str, str, list[str]]] = []
    said: list[str] = []
    refused: list[str] = []
    for place, name in enumerate(REAL):
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.origin is not None
        held = whole(Path(spec.origin).read_text("utf-8"))
        for number, stretches in FORMS if MORE > 1 else (FORMS[place % len(FORMS)],):
            form, package = f"{name}, {number} {'stretches' if stretches else 'parts'}", f"p{len(asked)}"
            try:
                made = split(held, partition(held, number, stretches, random.Random(form)), comment=False)
            except UserError as error:
                refused.append(f"{form}: {error}")
                continue
            said += [f"{form}: {one}" for one in complaints(held, made)]
            write(tmp_path, placed_as(package, made))
            asked.append((form, name, package, modules_of(package, made)))
    for (form, *_), problems in zip(asked, loaded(tmp_path, asked), strict=True):
        said += [f"{form}: {one}" for one in problems]
    assert not said, "\n".join(said)
    odd = [one for one in refused if not any(reason in one for reason in REASONS)]
    assert not odd, "\n".join(odd)
    assert len(asked) > len(refused)


def own_imports(path: str, text: str, files: dict[str, str]) -> set[str]:
    """The files of a split that one of them imports when it is loaded."""
    names = {one.removesuffix(".py").removesuffix("/__init__").replace("/", "."): one for one in files}
    package = path.rpartition("/")[0].split("/")
    made = set()
    for node in parse(text).body:
        if isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1], node.module or ""] if node.level else [node.module or ""]
            module = ".".join(part for part in base if part)
            made |= {
                names[one] for one in (module, *(f"{module}.{alias.name}" for alias in node.names)) if one in names
            }
    return made - {path}


def circle(files: dict[str, str]) -> list[str]:
    """Files that import one another when they are loaded, if there are any: all that no order leaves over."""
    needs = {path: own_imports(path, text, files) for path, text in files.items()}
    while ready := [path for path, others in needs.items() if not others & needs.keys()]:
        for path in ready:
            del needs[path]
    return sorted(needs)


@pytest.mark.skipif(CHECKOUTS not in os.environ, reason=f"{CHECKOUTS} names no folder of checkouts")
def test_modules_of_checkouts_are_split_by_any_partition() -> None:
    found = sorted(one for one in Path(os.environ[CHECKOUTS]).rglob("*.py") if 100 < one.stat().st_size < 200_000)
    random.Random(os.environ.get(SEED, "16")).shuffle(found)
    said: list[str] = []
    done, refused = 0, dict.fromkeys(REASONS, 0)
    files = 0
    for path in found:
        try:
            held = whole(path.read_text("utf-8"))
        except (SyntaxError, ValueError):
            continue
        if len(units_of(held)) < 8 or OWN_PATH.search(held.text):
            continue
        files += 1
        for number, stretches in FORMS:
            form = f"{path}, {number} {'stretches' if stretches else 'parts'}"
            try:
                made = split(held, partition(held, number, stretches, random.Random(form)), comment=False)
            except UserError as error:
                reason = next((one for one in REASONS if one in str(error)), None)
                if reason is None:
                    said.append(f"{form}: {error}")
                else:
                    refused[reason] += 1
                continue
            done += 1
            said += [f"{form}: {one}" for one in complaints(held, made)]
            said += [f"{form}: {one} is in a circle of imports" for one in circle(made.files)]
        if files == int(os.environ.get(MODULES, "30")):
            break
    print(f"{files} modules, {done} partitions split, refused: {refused}")
    assert files and not said, "\n".join(said)


HEAD = """\
from __future__ import annotations

import json
import logging
from os.path import join as joined, \\
    basename
from typing import TYPE_CHECKING

try:
    import no_such_library as fast
except ImportError:
    fast = None

if TYPE_CHECKING:
    from decimal import Decimal

logger = logging.getLogger(__name__)

"""


@st.composite
def modules(draw: st.DrawFn) -> str:
    """A module of many definitions, each of which needs some of those above when it is loaded, and any when it is called."""
    count = draw(st.integers(3, 14))
    names = [f"{draw(st.sampled_from(('_a', 'b', 'C')))}{number}" for number in range(count)]
    stars = draw(st.booleans())
    others = [*names, "json.dumps", "joined", "basename", "logger.info", "fast", *(["normpath"] if stars else [])]
    made = [HEAD.replace("import json\n", "import json\nfrom os.path import *\n") if stars else HEAD]
    for number, name in enumerate(names):
        above = draw(st.sampled_from(names[:number])) if number else "len"
        other = draw(st.sampled_from(others))
        form = draw(st.sampled_from(FORMS_OF_CODE))
        made.append(form.format(name=name, above=above, other=other, number=number))
    return "".join(made)


FORMS_OF_CODE = (
    "def {name}(one: Decimal = None, *rest):\n    # {other} is called later\n    return {other}\n\n\n",
    "def _mark_{number}(one):\n    one.marked = True\n    return one\n\n\n@_mark_{number}\ndef {name}(): return {other}\n",
    "async def {name}(one, two=None):\n    # type: (int, {other}) -> {above}\n    return await {other}\n\n\n",
    "def {name}(one: {other} = None) -> {above}:\n    two: {other} = one\n    return lambda: (two, {other})\n\n\n",
    "try:\n    {name} = {above}\nexcept ValueError as error:\n    {name} = error\n",
    "class {name}:\n    kept = {above}\n\n    def work(self) -> '{above}':\n        '''Text.'''\n        return {other}, self.kept\n\n",
    "{name} = [{above}, {number}]  # type: list\n",
    "{name}, _also_{number} = {above}, ({above},)\n\n# -- a section --\n",
    "{name} = 0\nfor _n{number} in range(3):\n    {name} += _n{number}\n",
    "if {number} > 2:\n    def {name}(): return {other}\nelse:\n    {name} = {above}\n",
    "{name} = {{}}\n{name}['{above}'] = {above}\n",
    "{name} = lambda: ({other}, {above})\n",
    "{name} = None\n\n\ndef set_{number}(value):\n    global {name}\n    {name} = value, {other}\n    return {above}\n\n\n",
)


@settings(max_examples=120 * MORE, deadline=None, derandomize=MORE == 1)
@given(modules(), st.integers(1, 5), st.booleans(), st.randoms(use_true_random=False))
def test_generated_modules_keep_every_body_and_bind_every_name(
    text: str, count: int, stretches: bool, chance: random.Random
) -> None:
    held = whole(text)
    try:
        made = split(held, partition(held, count, stretches, chance), comment=False)
    except UserError as error:
        refused = str(error)
        assert any(reason in refused for reason in REASONS), refused
        return
    assert not complaints(held, made)
    exec_in_one_process(held, made)


def exec_in_one_process(held: God, made: Split) -> None:
    """Runs the god file and what it was split into, as modules that are held in memory, and compares the names at the old path."""
    before: dict[str, object] = {"__name__": "shop.tasks"}
    exec(compile(held.text, "shop/tasks.py", "exec"), before)
    sources = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): text for path, text in made.files.items()
    }
    for first in sources:
        with Held({"shop": "", **sources}):
            importlib.import_module(first)
            after = vars(importlib.import_module("shop.tasks"))
            assert not {name for name in before if not name.startswith("__") and name not in after}


class Held:
    """Modules whose sources are in memory can be imported while this is open."""

    def __init__(self, sources: dict[str, str]) -> None:
        self.sources = sources

    def __enter__(self) -> Held:
        sys.meta_path.insert(0, self)  # type: ignore[arg-type]
        return self

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self)  # type: ignore[arg-type]
        for name in [name for name in sys.modules if name == "shop" or name.startswith("shop.")]:
            del sys.modules[name]

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name not in self.sources:
            return None
        is_package = any(one.startswith(f"{name}.") for one in self.sources)
        return ModuleSpec(name, self, is_package=is_package)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.sources[module.__name__], module.__name__, "exec"), vars(module))
