"""Which mutants there are: those of cosmic-ray, without those that no test can tell from the code they are made of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from cosmic_ray.commands import init
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import MutationSpec

# `==` and `is` of small numbers, words and None are one and the same to Python as it is run.
ALIKE = ("Eq_Is", "NotEq_IsNot", "Is_Eq", "IsNot_NotEq")

# Without them the answer is the same and takes longer.
KEEPING = ("query", "cache", "lru_cache")


def sample(files: list[Path], number: int, seed: str) -> list[MutationSpec]:
    """So many mutants of these files: a place by chance, as probable in each line of code, and one change of it."""
    random = Random(seed)
    weights = [path.read_bytes().count(b"\n") for path in files]
    found: list[MutationSpec] = []
    held: dict[Path, list[list[MutationSpec]]] = {}
    tries = 0
    while len(found) < number and tries < number * 20:
        tries += 1
        (path,) = random.choices(files, weights)
        if path not in held:
            held[path] = places(path)
        if held[path]:
            place = held[path].pop(random.randrange(len(held[path])))
            found.append(random.choice(place))
    return sorted(found, key=lambda one: (str(one.module_path), one.start_pos))


def places(path: Path) -> list[list[MutationSpec]]:
    """The places of a file that can be changed, each with the changes of one kind that it can take."""
    barred = list(unread(ast.parse(path.read_bytes())))
    made: dict[tuple[tuple[int, int], str], list[MutationSpec]] = {}
    with TemporaryDirectory() as folder, use_db(str(Path(folder) / "session.sqlite")) as db:
        init([path], db, {})
        for item in db.work_items:
            (one,) = item.mutations
            if not one.operator_name.endswith(ALIKE) and not any(start <= one.start_pos < end for start, end in barred):
                family = one.operator_name.partition("_")[0]
                made.setdefault((one.start_pos, family), []).append(one)
    return [sorted(place, key=lambda one: str(one.operator_name)) for _, place in sorted(made.items())]


def unread(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where code stands that is not run, or only makes another run faster: annotations, imports for types, `@query` and `@cache`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield (node.lineno, 0), (node.body[-1].end_lineno or 0, 1 << 20)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TYPE_CHECKING":
            yield span(node)
        if isinstance(node, ast.FunctionDef):
            yield from (span(one) for one in node.decorator_list if ast.unparse(one).partition("(")[0] in KEEPING)
            annotations = [one.annotation for one in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
            more = [one.annotation for one in (node.args.vararg, node.args.kwarg) if one is not None]
            yield from (span(one) for one in [*annotations, *more, node.returns] if one is not None)
        if isinstance(node, ast.AnnAssign):
            yield span(node.annotation)


def span(node: ast.expr | ast.stmt) -> tuple[tuple[int, int], tuple[int, int]]:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
