"""`python -m benchmarks`: measure taskguard and its neighbours on the same work, one after the other, several times."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import commits, plot, report, spread, tools, trees, works
from benchmarks.measuring import HAS_PSS, Cell, in_turn
from benchmarks.report import Work
from benchmarks.works import PARTS, PATIENCE, SIZES, TITLES, Tree

HOME = Path(__file__).resolve().parent
RESULTS, PLOT = "RESULTS.md", "time-against-lines.svg"


class Options(NamedTuple):
    """What the user asked for."""

    only: tuple[str, ...]
    tree: Path | None
    trees: tuple[Path, ...]
    file: str | None
    lines: int
    sizes: tuple[int, ...]
    repeat: int
    limit: float
    tools: tuple[str, ...]
    bin: Path | None
    work: Path
    output: Path | None
    commits: Sequence[str] | None


def options(argv: Sequence[str] | None) -> Options:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition(": ")[2])
    add = parser.add_argument
    add("--only", type=_list(PARTS), default=PARTS, help=f"these parts: {','.join(PARTS)}")
    add("--tools", type=_list(tools.NAMES), default=tools.NAMES, help=f"these tools: {','.join(tools.NAMES)}")
    add("--tree", type=Path, help="measure on a copy of this tree, not on a generated one")
    add("--trees", type=Path, nargs="+", default=(), help="measure on copies of all these trees, and show the spread")
    add(
        "--file",
        help="the module that stands for one file, counted from the tree (default: one with tasks, of middle length)",
    )
    add("--lines", type=number, default=1_000_000, help="the length of the generated tree (default: 1M)")
    add(
        "--sizes",
        type=_numbers,
        default="10k,100k,1M,5M",
        help="the trees of the part `sizes` (default: 10k,100k,1M,5M)",
    )
    add("--repeat", type=int, default=5, help="timed runs of each command (default: 5)")
    add(
        "--limit",
        type=float,
        default=60,
        help="leave out a tool that would take more seconds than this for a tree (default: 60)",
    )
    add("--bin", type=Path, help="the folder that holds the other tools (default: beside this Python, then PATH)")
    add(
        "--work",
        type=Path,
        default=_work(),
        help="where trees and caches are kept (default: in the folder for temporary files)",
    )
    add(
        "--output",
        type=Path,
        help=f"where {RESULTS} and the plot go (default: benchmarks/; nowhere for chosen parts, tools or lines)",
    )
    add(
        "--commits",
        nargs="+",
        metavar="FOLDER",
        help="replay the last commits of these repositories; a number behind them says how many (default: 25)",
    )
    given = vars(parser.parse_args(argv))
    if given["output"] is None and not any(
        given[name] != parser.get_default(name) for name in ("only", "tools", "lines", "trees")
    ):
        given["output"] = HOME
    for name in ("work", "tree", "bin"):
        given[name] = given[name] and given[name].resolve()
    given["trees"] = tuple(one.resolve() for one in given["trees"])
    return Options(**given)


def _work() -> Path:
    return Path(tempfile.gettempdir(), "taskguard-benchmarks")


def _list(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        words = {word.strip() for word in text.split(",")}
        if unknown := words - {*known}:
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not one of {', '.join(known)}")
        return tuple(word for word in known if word in words)

    return read


def number(text: str) -> int:
    """A number of lines, such as `100k` or `5M`."""
    for letter, unit in (("k", 1_000), ("M", 1_000_000)):
        if text.endswith(letter):
            return round(float(text[:-1]) * unit)
    return int(text)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(map(number, text.split(","))))


class Session:
    """One run of the benchmarks: measures part after part and remembers how long each tool takes for a line."""

    def __init__(self, asked: Options, found: tools.Tools) -> None:
        self.asked = asked
        self.tools = found
        self._environment = tools.environment(asked.work)
        self._pace: dict[str, float] = {}

    def measure(self, part: str, tree: Tree, title: str) -> Work:
        """What the tools take for one part of the work."""
        editor = works.Editor(tree.root / tree.file)
        whole = part in ("cold", SIZES)
        try:
            wanted = works.commands(part, tree, self.tools, self._environment, editor)
            slow = {one.tool for one in wanted if whole and self._pace.get(one.tool, 0) * tree.lines > self.asked.limit}
            cells = in_turn(
                [one for one in wanted if one.tool not in slow],
                self.asked.repeat,
                lambda words: say(f"{title}: {words}"),
            )
        finally:
            editor.restore()
        for cell in cells:
            if whole and cell.figures is not None and cell.tool != "python":
                self._pace[cell.tool] = cell.figures.wall / tree.lines
        about = {tool: f"not run: about {self._pace[tool] * tree.lines / 60:.0f} min" for tool in slow}
        return Work(
            part,
            title,
            (*cells, *(Cell(tool, None, note) for tool, note in about.items())),
            tree.lines if whole else 0,
        )


def plan(asked: Options) -> tuple[Tree, list[tuple[str, Tree]]]:
    """The tree that most parts are measured on, and all trees that are looked at as a whole, from the shortest to the longest."""
    main = tree_of(asked, None)
    others = [tree_of(asked, size) for size in asked.sizes] if SIZES in asked.only else []
    whole = [(SIZES, one) for one in others if one.root != main.root]
    if "cold" in asked.only or (SIZES in asked.only and len(whole) < len(others)):
        whole.append(("cold", main))
    return main, sorted(whole, key=lambda one: one[1].lines)


def tree_of(asked: Options, size: int | None) -> Tree:
    """The generated tree of some size, or the one that most parts are measured on."""
    asked.work.mkdir(parents=True, exist_ok=True)
    if size is None and asked.tree is not None:
        say(f"a copy of {asked.tree.name}")
        root = works.copied(asked.tree, asked.work)
    else:
        say(f"a tree of {size or asked.lines:,} lines")
        root = trees.tree(asked.work, size or asked.lines)
    works.committed(root)
    return works.look(root, asked.file if size is None else None)


def facts(asked: Options, found: tools.Tools, main: Tree) -> list[str]:
    """What a reader has to know of a run."""
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    what = f"a copy of {asked.tree.name}" if asked.tree is not None else "generated"
    return [
        f"Tree: {what}, {main.files:,} Python files, {main.lines:,} lines; the one file is `{main.file}`.",
        f"Tools: {versions}; ruff with `--select F401,F822`, pylint with `too-many-lines` only.",
        *(f"Missing: {name}, {why}." for name, why in found.missing.items()),
        *machine(asked),
        "`python -c pass` is the unit of CPU: no tool written in Python takes less.",
    ]


def machine(asked: Options) -> list[str]:
    """Where and how it was measured."""
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    return [
        f"Machine: {processor()}, {os.cpu_count()} cores, {platform.system()}{load}.",
        f"Medians of {asked.repeat} runs in turn, after one that warms up; one run of flake8 and pylint where that takes more than {PATIENCE} s.",
        "CPU is that of all processes of a command. "
        + ("Memory is PSS, summed over them." if HAS_PSS else "This system does not tell the memory (PSS)."),
    ]


def processor() -> str:
    """The name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def curves(measured: Sequence[Work]) -> dict[str, list[tuple[float, float]]]:
    """Wall time against lines, for each tool that was run on at least two trees."""
    found: dict[str, list[tuple[float, float]]] = {}
    for work in measured:
        for cell in work.cells:
            if work.lines and cell.figures is not None and cell.tool != "python":
                found.setdefault(cell.tool, []).append((float(work.lines), cell.figures.wall))
    return {tool: points for tool, points in found.items() if len(points) > 1}


def several(session: Session) -> int:
    """Measures on each of the trees, prints the spread and writes it into the results that stand in `--output`."""
    asked, measured = session.asked, []
    for root in asked.trees:
        tree = tree_of(asked._replace(tree=root), None)
        held = [session.measure(part, tree, f"{root.name}, {TITLES[part]}") for part in spread.PARTS]
        measured.append(spread.Measured(root.name, tree.files, tree.lines, spread.ratios(held)))
    named = ", ".join(f"{name} {version}" for name, version in session.tools.versions.items())
    text = spread.section(measured, [f"Tools: {named}.", *machine(asked)])
    print(text)
    if asked.output is not None:
        page = asked.output / RESULTS
        page.write_text(spread.placed(page.read_text("utf-8") if page.exists() else "# Results\n", text), "utf-8")
    return 0


def say(words: str) -> None:
    print(f"benchmarks: {words}", file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Measures, prints the table and writes the results."""
    asked = options(argv)
    if asked.commits:
        return commits.main(asked.commits, asked.work)
    found = tools.find(asked.bin, asked.work, asked.tools)
    for name, why in found.missing.items():
        say(f"{name} is missing: {why}")
    session = Session(asked, found)
    if asked.trees:
        return several(session)
    tree, whole = plan(asked)
    measured = [
        session.measure(part, one, TITLES["cold"] if part == "cold" else f"{one.lines:,} lines, nothing kept")
        for part, one in whole
    ]
    measured += [
        session.measure(part, tree, title) for part, title in TITLES.items() if part in asked.only and part != "cold"
    ]
    drawn = curves(measured)
    text = report.page(measured, facts(asked, found, tree), PLOT if drawn and asked.output else None)
    print(text)
    if asked.output is not None:
        asked.output.mkdir(parents=True, exist_ok=True)
        page = asked.output / RESULTS
        kept = spread.taken(page.read_text("utf-8")) if page.exists() else ""
        page.write_text(spread.placed(text, kept) if kept else text, "utf-8")
        if drawn:
            (asked.output / PLOT).write_text(plot.svg(drawn, "lines", "seconds"), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
