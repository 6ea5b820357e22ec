"""God files of real projects, planned and split with no editing: what came of each."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from time import perf_counter
from typing import Any

from corpus.tables import Tables
from corpus.trees import Tree, opened

LEAST, MOST = 600, 4000
LEFT_OUT = re.compile(
    r"(^|/)(tests?|testing|test_[^/]*|tests_[^/]*|[^/]*_tests?\.py|conftest\.py|migrations|alembic|docs?|examples?|node_modules|vendor|third_party"
    r"|\.[^/]+|models|[^/]*models\.py|[^/]*_pb2\.py|setup\.py)(/|$)"
)
TASK = re.compile(r"^@[\w.]*task\b", re.MULTILINE)
CIRCLE = re.compile(
    r"(ImportError: cannot import name '\w+' from) partially initialized module '([\w.]+)'.*", re.DOTALL
)
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
LISTED = re.compile(r"\(([^()]*, [^()]*)\)")
STUBBED = Path(__file__).parent.parent / "tests" / "oracle" / "firsts.py"


@dataclass(frozen=True)
class Row:
    """One file. `result` is `split`, `refused` (by the plan or for what cannot be written), `taken back` (verify or check would say something) or
    `wrong`; `imports` is `as before` where its modules can be imported with stubs, each first, with the names and the tasks that were there; `as before, the
    old path first` where what they import leads back to the old path, so that this has to be loaded before them."""

    project: str
    commit: str
    file: str
    lines: int
    modules: int
    largest: int
    crossing: int
    seconds: float
    result: str
    imports: str
    reason: str


def god_files(root: Path, most: int) -> list[str]:
    """The files of a checkout that are to be split: with tasks first, then the longest; at most so many."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=root, capture_output=True, text=True, check=True)
    made = []
    for path in listed.stdout.splitlines():
        if LEFT_OUT.search(path) or not (root / path).is_file() or (root / path).is_symlink():
            continue
        text = (root / path).read_text("utf-8", "replace")
        if LEAST <= text.count("\n") <= MOST and parses(text):
            made.append((-len(TASK.findall(text)), -text.count("\n"), path))
    return [path for *_, path in sorted(made)[:most]]


def parses(text: str) -> bool:
    """Whether this Python reads it."""
    try:
        compile(text, "text", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def splits(place: Path, most: int) -> Iterator[Row]:
    """What comes of the god files of a project, in a clone that is thrown away."""
    with opened(place, "HEAD") as tree:
        for path in god_files(tree.root, most):
            yield one_split(tree, path)


def one_split(tree: Tree, path: str) -> Row:
    """One file planned and split, looked at, and taken back."""
    text = (tree.root / path).read_text("utf-8", "replace")
    plan = tree.root / "plan.taskguard-split.toml"
    start = perf_counter()
    planned = taskguard(tree, "plan", path, "--output-format", "json")
    asked = perf_counter() - start
    told: dict[str, Any] = json.loads(planned.stdout) if planned.stdout.startswith("{") else {"modules": []}
    written = taskguard(tree, "plan", path, "-o", plan.name)
    base, was = root_of(tree.root, path), {}
    if base is not None and plan.exists():
        was = stubbed(tree.root, base, path, []).get(path, {})
    start = perf_counter()
    done = taskguard(tree, "split", plan.name) if plan.exists() else written
    seconds = asked + perf_counter() - start
    plan.unlink(missing_ok=True)
    modules = [str(one["path"]) for one in told["modules"]]
    sizes = [int(one["after"] or 0) for one in told["modules"]]
    result, imports, problems = "split", "", list[str]()
    if done.returncode:
        result = {1: "taken back", 2: "refused"}.get(done.returncode, "wrong")
        said = done.stderr.strip().splitlines() or [""]
        reason = " | ".join(said[-1:] if "Traceback" in done.stderr else said[:3])
        if "Traceback" in done.stderr or changed(tree):
            problems = [reason, *changed(tree)[:3]]
    else:
        reason = "; ".join(re.findall(r"over the limit: (.*)", done.stderr))
        problems = looked_at(tree, path, modules)
        if base is not None:
            lost, imports = imported(tree.root, base, path, modules, text, was)
            problems += lost
        undone = taskguard(tree, "split", "--undo")
        if undone.returncode or changed(tree):
            problems.append(f"not taken back: {undone.stderr.strip()} {changed(tree)[:3]}")
    if problems:
        result, reason = "wrong", " | ".join(problems)
    return Row(
        tree.name, tree.commit, path, text.count("\n"), len(sizes), max(sizes, default=0), int(told.get("crossing", 0)), round(seconds, 1),
        result, imports, reason[:300],
    )  # fmt: skip


def taskguard(tree: Tree, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "taskguard", *words], cwd=tree.root, capture_output=True, text=True, check=False
    )


def changed(tree: Tree) -> list[str]:
    """The files of a clone that are not as they were checked out; what a snapshot lacks is no change."""
    said = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=tree.root, capture_output=True, text=True, check=True
    )
    return [line for line in said.stdout.splitlines() if line[:2] not in (" D", "D ")]


def looked_at(tree: Tree, path: str, modules: list[str]) -> list[str]:
    """What is wrong with the files of a split."""
    said = taskguard(tree, "verify", "--against", "HEAD", "--output-format", "concise")
    problems = [f"verify: {(said.stdout or said.stderr).strip().splitlines()[0]}"] if said.returncode else []
    compiled = (one for one in (path, *modules) if not parses((tree.root / one).read_text("utf-8", "replace")))
    return [*problems, *(f"{one} does not compile" for one in compiled)]


def imported(
    root: Path, base: str, path: str, modules: list[str], text: str, was: dict[str, Any]
) -> tuple[list[str], str]:
    """What is otherwise than before where the modules are imported, each first; and in a word, how that went."""
    after = stubbed(root, base, path, modules)
    if not after or not was or was["failed"]:
        return [], "not possible"
    own = {str((root / one).resolve()): dotted_of(base, one) for one in (path, *modules)}
    problems = [line for first, state in after.items() for line in differing(first, state, was, names(text), own)]
    # What the god file imports may lead back to it: the old path has to be loaded before its parts then, as it always was.
    late = [line for line in problems if not line.startswith(f"{path} first") and "partially initialized" in line]
    problems = [line for line in problems if line not in late]
    return problems, "other" if problems else "as before, the old path first" if late else "as before"


def names(text: str) -> set[str]:
    """The public names that a file defines at its top."""
    made: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            made.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            if node.value is None or "getlogger" in ast.unparse(node.value).lower().replace("_", "").replace(
                "task", ""
            ):
                continue  # each module has it for itself
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            made |= {one.id for one in targets if isinstance(one, ast.Name)}
    return {name for name in made if not name.startswith("_")}


def differing(
    first: str, state: dict[str, Any], was: dict[str, Any], public: set[str], own: Mapping[str, str]
) -> list[str]:
    """What is otherwise than before where a module is imported first. `own` are the dotted names of the split's files: of other files counts only what
    they say of these, since circles that the project had before begin elsewhere then."""
    made = [f"{first} first: {name}: {why}" for name, why in state["failed"].items()]
    if lost := sorted(public.intersection(was["names"]).difference(state.get("names", ()))):
        made.append(f"{first} first: the old path lacks {', '.join(lost[:5])}")
    known = {alike(one) for one in (*was["left_out"].values(), *was["failed"].values())}
    errors: dict[str, None] = {}
    for place, error in state.get("left_out", {}).items():
        circle = CIRCLE.match(error)
        mine = circle[2] in own.values() if circle else place.rpartition(":")[0] in own
        if mine and alike(error) not in known:
            errors[error] = None
    made += [f"{first} first: {error}" for error in errors]
    if gone := sorted(set(was["tasks"]).symmetric_difference(state.get("tasks", ()))):
        made.append(f"{first} first: other tasks: {', '.join(gone[:3])}")
    return made


def alike(error: str) -> str:
    """An error without what differs from run to run: the module that a circle began with, addresses, and the order of a set that it lists."""
    plain = ADDRESS.sub("", CIRCLE.sub(r"\1", error))
    return LISTED.sub(lambda found: ", ".join(sorted(found[1].split(", "))), plain)


def stubbed(root: Path, base: str, path: str, modules: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By path, what importing each file first gives; empty where that cannot be done."""
    own = {one: dotted_of(base, one) for one in (path, *modules)}
    job = {"roots": [str(root / base) if base else str(root)], "first": list(own.values()), "old": own[path]}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "job.json").write_text(json.dumps(job), "utf-8")
        try:
            done = subprocess.run(
                [sys.executable, "-B", str(STUBBED), str(Path(folder, "job.json"))], cwd=folder, capture_output=True, text=True,
                timeout=600, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {}
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {}
    told = json.loads(lines[-1])
    return {one: told[name] for one, name in own.items()}


def root_of(root: Path, path: str) -> str | None:
    """The folder from which a file is imported, relative to the root, as taskguard has it; None where no import can spell it."""
    from taskguard.engine.running import opened as project_of
    from taskguard.request import Request

    *_, project = project_of(Request((".",), str(root), root=str(root.resolve()), below=False))
    module = project.modules.get(path)
    inside = path.removesuffix(".py").removesuffix("/__init__")
    name = module.name.replace(".", "/") if module is not None else ""
    return inside.removesuffix(name).strip("/") if name and inside.endswith(name) else None


def dotted_of(base: str, path: str) -> str:
    inside = path[len(base) + 1 :] if base else path
    return inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def written(tables: Path, rows: Iterable[Row]) -> None:
    """Puts rows into the table, in the place of those of the same files."""
    Tables(tables).add_splits(tuple(one.name for one in fields(Row)), map(astuple, rows))


def shown(row: Row) -> str:
    words = f"{row.project} {row.file}: {row.lines} lines, {row.result}"
    if row.modules:
        words += f", {row.modules} modules, the largest of {row.largest}, {row.crossing} names cross"
    words += f", {row.seconds} s" + (f", imports {row.imports}" if row.imports else "")
    return words + (f"\n    {row.reason}" if row.reason else "")
