"""`python -m corpus`: findings of real projects are read once, remembered by what they say, and compared from change to change."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

TASKS = "from celery import shared_task\n\n\n@shared_task(bind=True)\ndef send():\n    return 1\n"


def corpus(repository: Path, tables: Path, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "corpus", "--tables", str(tables), *words], cwd=repository, input=text,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    return tmp_path / "tables"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "owner+shop"
    root.mkdir()
    (root / "tasks.py").write_text(TASKS)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "-qm", "first")
    return root


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def key_of(shown: str) -> str:
    return shown.partition("[")[2].partition("]")[0]


def test_a_finding_is_read_once_and_judged_with_a_reason(repository: Path, tables: Path, project: Path) -> None:
    shown = corpus(repository, tables, "read", str(project), "--round", "1", "--kind", "plain")
    assert "== owner/shop" in shown.stdout and ">    4 @shared_task(bind=True)" in shown.stdout
    key = key_of(shown.stdout)
    judged = corpus(repository, tables, "judge", str(project), text=f"{key},right,no parameter, each run fails\n")
    assert judged.returncode == 0, judged.stderr
    assert "0 to read" in corpus(repository, tables, "read", str(project)).stdout
    (row,) = csv.DictReader((tables / "verdicts.csv").read_text(encoding="utf-8").splitlines())
    assert row["reason"] == "no parameter, each run fails" and row["path"] == "tasks.py"
    assert "| TG206 | 1 | 0 | 0 | 100 |" in corpus(repository, tables, "report", "1").stdout
    assert "| all findings | 0 | 0 | 0 | - |" in corpus(repository, tables, "report", "2").stdout


@pytest.mark.parametrize(
    ("table", "key"), [("verdicts", ("key",)), ("projects", ("project",)), ("splits", ("project", "file"))]
)
def test_each_row_of_the_committed_tables_is_there_once(repository: Path, table: str, key: tuple[str, ...]) -> None:
    """A merge line by line of two rewritten tables once lost rows, and once left some twice."""
    with (repository / "corpus" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(row[one] for one in key) for row in csv.DictReader(file, strict=True)]
    assert rows and len(rows) == len(set(rows))


def test_some_rules_are_read_and_reported_alone(repository: Path, tables: Path, project: Path) -> None:
    assert "0 to read" in corpus(repository, tables, "read", str(project), "--codes", "TG5,TG603").stdout
    shown = corpus(repository, tables, "read", str(project), "--codes", "TG20", "--round", "1").stdout
    corpus(repository, tables, "judge", str(project), text=f"{key_of(shown)},right,each run fails\n")
    assert "TG206" in corpus(repository, tables, "report", "--codes", "TG2").stdout
    assert "TG206" not in corpus(repository, tables, "report", "--codes", "TG5").stdout
    assert "TG206" not in corpus(repository, tables, "report", "--without", "TG5,TG206").stdout


def test_a_finding_that_moved_is_the_same(repository: Path, tables: Path, project: Path) -> None:
    before = key_of(corpus(repository, tables, "read", str(project)).stdout)
    (project / "tasks.py").write_text("\n\n" + TASKS)
    assert key_of(corpus(repository, tables, "read", str(project)).stdout) == before


@pytest.mark.parametrize("line", ["nothing,right,x", "KEY,perhaps,x", "KEY,right,"])
def test_a_verdict_that_is_none_is_refused(repository: Path, tables: Path, project: Path, line: str) -> None:
    key = key_of(corpus(repository, tables, "read", str(project)).stdout)
    assert corpus(repository, tables, "judge", str(project), text=line.replace("KEY", key) + "\n").returncode != 0
    assert not (tables / "verdicts.csv").exists()


def test_a_git_directory_without_a_work_tree_is_a_project_too(
    repository: Path, tables: Path, project: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "mirror" / "owner+shop" / "repo"
    git(tmp_path, "clone", "-q", "--bare", str(project), str(bare))
    assert "== owner/shop" in corpus(repository, tables, "read", str(bare)).stdout


def test_counts_are_kept_and_a_change_of_them_is_named(repository: Path, tables: Path, project: Path) -> None:
    corpus(repository, tables, "count", str(project))
    assert corpus(repository, tables, "count", "--check", str(project)).returncode == 0
    (project / "tasks.py").write_text(TASKS.replace("send()", "send(self)"))
    changed = corpus(repository, tables, "count", "--check", str(project))
    assert changed.returncode == 1 and "owner/shop core TG206: 1 -> 0" in changed.stdout


def test_projects_of_the_table_are_fetched_in_turns(
    repository: Path, tables: Path, project: Path, tmp_path: Path
) -> None:
    corpus(repository, tables, "read", str(project), "--round", "1", "--kind", "plain")
    corpus(repository, tables, "count", str(project))
    rows = (tables / "projects.csv").read_text(encoding="utf-8")
    (tables / "projects.csv").write_text(f"{rows}owner/went,{'1' * 40},1,plain\n", encoding="utf-8")
    (project / "tasks.py").write_text("the commit that was counted does not have this")
    source = (tmp_path / "{name}").as_uri().replace("%7B", "{").replace("%7D", "}")
    (tmp_path / "owner").mkdir()
    git(tmp_path, "clone", "-q", "--bare", str(project), "owner/shop")
    words = ("count", "--check", "--fetch", "1", "--source", source, "--turn")
    assert [corpus(repository, tables, *words, turn).stdout for turn in ("0", "2")] == ["", ""]
    gone = corpus(repository, tables, *words, "1")
    assert gone.returncode == 0 and "owner/went: 1111" in gone.stdout and "cannot be fetched" in gone.stdout
    counts = (tables / "counts.csv").read_text(encoding="utf-8")
    (tables / "counts.csv").write_text(counts.replace("TG206,1", "TG206,2"), encoding="utf-8")
    changed = corpus(repository, tables, *words, "0")
    assert changed.returncode == 1 and "owner/shop core TG206: 2 -> 1" in changed.stdout
    assert corpus(repository, tables, "count", "--check").returncode == 1, "nothing was asked"


def test_what_another_taskguard_says_is_compared(repository: Path, tables: Path, project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text(f'#!/bin/sh\nexec {sys.executable} -m taskguard "$@" --ignore TG206\n')
    other.chmod(0o755)
    shown = corpus(repository, tables, "change", str(project), "--against", str(other)).stdout
    assert "== owner/shop: came, not judged: 1" in shown and "TG206" in shown and "went" not in shown


def test_a_fix_is_listed_with_what_is_said_before_and_no_more_after(
    repository: Path, tables: Path, project: Path
) -> None:
    (project / "tasks.py").write_text(TASKS.replace("send()", "send(self)"))
    git(project, "-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "-qam", "second")
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=project, check=True, capture_output=True, text=True)

    def listed(found: str) -> subprocess.CompletedProcess[str]:
        rows = f"owner/shop,{done.stdout.strip()},TG206,tasks.py:4,{found},yes,\nowner/gone,0,TG206,a.py:1,yes,yes,\n"
        (tables / "fixes.csv").write_text("project,commit,code,place,found_before,silent_after,note\n" + rows)
        return corpus(repository, tables, "fixes", str(project.parent))

    right, wrong = listed("yes"), listed("no")
    assert right.returncode == 0, right.stderr
    assert right.stdout == "1 fixes, 1 as the table says\n" and "owner/gone: not in" in right.stderr
    assert wrong.returncode == 1 and "TG206: not as the table says" in wrong.stdout


def test_god_files_are_split_in_a_clone(repository: Path, tables: Path, project: Path) -> None:
    bodies = "".join(
        f"@shared_task\ndef {area}_{number}():\n" + "    print(1)\n" * 60 + "\n\n"
        for area in ("mail", "bill")
        for number in range(6)
    )
    (project / "god_tasks.py").write_text(f"from celery import shared_task\n\n{bodies}")
    (project / "odd.py").write_text(bodies.replace("@shared_task\n", "") + "def all_of():\n    return globals()\n")
    git(project, "add", "-A")
    git(project, "-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "-qm", "gods")
    done = corpus(repository, tables, "split", str(project), "--keep")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 files: 1 split, 1 refused, 0 wrong or taken back" in done.stdout
    split, refused = csv.DictReader((tables / "splits.csv").read_text(encoding="utf-8").splitlines())
    assert (split["file"], split["result"], split["imports"]) == ("god_tasks.py", "split", "as before")
    assert refused["result"] == "refused" and "calls `globals()`" in refused["reason"]
    assert sorted(one.name for one in project.glob("*.py")) == ["god_tasks.py", "odd.py", "tasks.py"]


def test_side_by_side_has_each_right_finding_of_the_other_tool(tables: Path) -> None:
    (tables / "peers.csv").write_text(
        "project,tool,code,pack,file,line,verdict,ours,reason\no/p,other,X1,,a.py,1,right,TG809,\no/p,other,X2,,a.py,2,right,,\no/p,taskguard,TG809,strict,a.py,1,right,,\n"
    )
    said = corpus(Path(__file__).parents[1], tables, "peers").stdout
    assert "| other | X1 | 1 |  |  |  |  | TG809 |" in said and said.endswith("1 right findings that taskguard lacks\n")
    held = corpus(Path(__file__).parents[1], Path(__file__).parents[1] / "corpus", "peers").stdout
    assert held.endswith("0 right findings that taskguard lacks\n")
