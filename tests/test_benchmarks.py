"""`python -m benchmarks` on a tiny tree: the table has a row for each tool and kind of work, the plot a curve for each tool."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import plot, spread, trees
from benchmarks.report import BUDGET_HEADER, HEADER
from benchmarks.works import TITLES

SVG = "{http://www.w3.org/2000/svg}"
RUN = ("--sizes", "400,900", "--repeat", "1", "--tools", "python,taskguard,ruff")


def measured(repository: Path, work: Path, *words: str) -> str:
    """What the command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--work", str(work / "work"), *words],
        cwd=repository, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def table(text: str, header: tuple[str, ...]) -> list[list[str]]:
    """The cells of the table that has these heads."""
    lines = iter(text.splitlines())
    for line in lines:
        if cells(line) == list(header):
            next(lines)
            break
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append(cells(line))
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_results_of_a_tiny_tree(repository: Path, tmp_path: Path) -> None:
    said = measured(repository, tmp_path, "--lines", "900", "--output", str(tmp_path), *RUN)
    page = (tmp_path / "RESULTS.md").read_text()
    assert page.strip() == said.strip()
    assert "not run" not in page and "ended with" not in page
    rows = table(page, HEADER)
    works = list(dict.fromkeys(row[0] for row in rows))
    assert len(works) == len(TITLES) + 1 and set(TITLES.values()) < set(works)
    assert {len(row) for row in rows} == {len(HEADER)}
    assert [row[:2] for row in rows] == [[work, tool] for work in works for tool in ("python", "taskguard", "ruff")]
    assert "one file, nothing has changed: CPU / `python -c pass`" in [row[0] for row in table(page, BUDGET_HEADER)]
    drawn = ElementTree.parse(tmp_path / "time-against-lines.svg").getroot()
    assert len(drawn.findall(f"{SVG}polyline")) == 2
    assert {"taskguard", "ruff"} < {text.text for text in drawn.findall(f"{SVG}text")}


def test_a_tree_of_the_user_is_left_alone(repository: Path, tmp_path: Path) -> None:
    trees.make(tmp_path / "shop", 300)
    before = state(tmp_path / "shop")
    empty = tmp_path / "empty"
    empty.mkdir()
    only = ("--only", "edited", "--repeat", "1", "--tools", "python,taskguard,pylint", "--bin", str(empty))
    said = measured(repository, tmp_path, "--tree", str(tmp_path / "shop"), *only)
    assert [row[1] for row in table(said, HEADER)][:2] == ["python", "taskguard"]
    assert state(tmp_path / "shop") == before
    assert not list(tmp_path.rglob("RESULTS.md"))


def state(root: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in root.rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.mark.parametrize("lines", [1, 6_000])
def test_a_tree_is_the_same_each_time_and_is_python(lines: int, tmp_path: Path) -> None:
    for name in "ab":
        trees.make(tmp_path / name, lines)
    made = state(tmp_path / "a")
    assert made == state(tmp_path / "b")
    texts = [text for path, (text, _) in made.items() if path.endswith(".py")]
    assert sum(text.count(b"\n") for text in texts) >= lines
    for text in texts:
        ast.parse(text)


def test_the_spread_over_two_trees_stays_when_one_is_measured_again(repository: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tasks.py").write_text("from celery import shared_task\n\n\n@shared_task\ndef send(): ...\n")
    (tmp_path / "second" / "more.py").write_text("import os\n")
    few = ("--repeat", "1", "--tools", "python,taskguard,ruff", "--output", str(tmp_path))
    said = measured(repository, tmp_path, "--trees", str(tmp_path / "first"), str(tmp_path / "second"), *few)
    page = (tmp_path / "RESULTS.md").read_text()
    assert said.strip() in page
    rows = table(page, spread.HEADER)
    assert [row[0] for row in rows] == [TITLES[part] for part in spread.PARTS]
    for row in rows:
        best, middle, worst = map(float, row[2:5])
        assert 0 < best <= middle <= worst and row[5] in ("first", "second")
    assert "| first  | 1     | 5     |" in page and "| second | 2     | 6     |" in page
    measured(repository, tmp_path, "--tree", str(tmp_path / "first"), "--only", "warm", *few)
    again = (tmp_path / "RESULTS.md").read_text()
    assert said.strip() in again and table(again, HEADER)


def test_curves_stay_on_the_paper() -> None:
    drawn = ElementTree.fromstring(plot.svg({"a & b": [(10, 0.5), (2_000, 70)], "c": [(10, 0.5)]}, "lines", "seconds"))
    for circle in drawn.findall(f"{SVG}circle"):
        assert 0 < float(circle.attrib["cx"]) < plot.WIDTH and 0 < float(circle.attrib["cy"]) < plot.HEIGHT


@pytest.mark.parametrize("words", [["--only", "hot"], ["--tools", "ruff,black"], ["--lines", "many"]])
def test_a_wrong_option_is_named(words: list[str], repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and words[0] in done.stderr and "Traceback" not in done.stderr
