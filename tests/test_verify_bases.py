"""What `verify` compares with: wrong revisions, wrong files, other kinds of clones."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bakery import QUEUE, Repository, committed
from warm import completed

GUIDE = Path(__file__).parent.parent / "docs" / "guides" / "verifying.md"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return committed(tmp_path)


def test_annotations_for_a_pull_request(repository: Repository) -> None:
    repository.edit("bakery/tasks.py", QUEUE, 'queue="ovens", priority=5')
    code, said = repository.guard("verify", "--output-format", "github")
    assert code == 1
    assert said.startswith("::error ")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--against", "nowhere"), "no commit nowhere"),
        (("--accept", "TG702:x"), "--reason"),
        (("--reason", "x"), "--accept"),
        (("--accept", "TG101:x", "--reason", "y"), "CODE:SUBJECT"),
        (("--against", "taskguard.toml"), "no snapshot"),
    ],
)
def test_wrong_words_are_told(repository: Repository, words: tuple[str, ...], part: str) -> None:
    code, said = repository.guard("verify", *words)
    assert code == 2
    assert part in said


def test_what_is_no_commit(repository: Repository) -> None:
    for revision in ("HEAD^{tree}", "HEAD:bakery", "HEAD:bakery/tasks.py", "bakery", "--all"):
        code, said = repository.guard("verify", f"--against={revision}")
        assert code == 2, said
        assert "no commit" in said


def test_a_snapshot_that_is_not_there_or_damaged(repository: Repository) -> None:
    code, said = repository.guard("verify", "--against", "contract.json")
    assert code == 2
    assert "`taskguard snapshot -o contract.json`" in said
    repository.guard("snapshot", "-o", "contract.json")
    file = repository.path / "contract.json"
    data = json.loads(file.read_text())
    for damage in (
        "[]",
        "{",
        "\0",
        json.dumps({**data, "files": 3}),
        json.dumps({**data, "services": [{}]}),
        json.dumps({**data, "files": {"a.py": {}}}),
    ):
        file.write_text(damage)
        code, said = repository.guard("verify", "--against", "contract.json")
        assert code == 2, damage
        assert "snapshot" in said


def test_without_git(repository: Repository, tmp_path: Path) -> None:
    repository.environment["PATH"] = str(tmp_path)
    code, said = repository.guard("verify")
    assert code == 2
    assert "git" in said


@pytest.mark.parametrize("depth", [("--depth", "1"), ()], ids=["shallow", "complete"])
def test_a_pull_request_in_ci_is_annotated(repository: Repository, tmp_path: Path, depth: tuple[str, ...]) -> None:
    """The line of the guide, in the clone of a merge commit that CI makes."""
    repository.git("checkout", "-qb", "work")
    repository.edit("bakery/tasks.py", QUEUE, 'queue="ovens", priority=5')
    repository.git("commit", "-qam", "work")
    repository.git("checkout", "-q", "main")
    (repository.path / "notes.py").write_text("NOTES = 1\n")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "meanwhile")
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "work")
    repository.git("branch", "-q", "pull", "HEAD")
    repository.git("reset", "-q", "--hard", "HEAD^")
    repository.git("clone", "-q", *depth, "-b", "pull", f"file://{repository.path}", "ci")
    clone = Repository(tmp_path / "ci")
    clone.git("checkout", "-q", "--detach")
    clone.environment["GITHUB_BASE_REF"] = "main"
    if depth:
        code, said = clone.guard("verify", "--output-format", "github")
        assert code == 2
        assert "git fetch" in said
    (line,) = [one for one in GUIDE.read_text().splitlines() if one.startswith("git fetch -q")]
    done = clone.run("sh", "-c", line.replace("taskguard verify", f"{sys.executable} -m taskguard verify"))
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("::error file=bakery/tasks.py,")
    assert done.stdout.count("::error") == 1


def test_a_snapshot_of_a_newer_version(repository: Repository) -> None:
    repository.guard("snapshot", "-o", "contract.json")
    repository.edit("contract.json", '"schema": 1', '"schema": 99')
    code, said = repository.guard("verify", "--against", "contract.json")
    assert code == 2
    assert "schema 99" in said


def test_before_the_first_commit(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.git("init", "-q")
    made.put("before")
    made.git("add", "-A")
    for words in ((), ("--staged",), ("--against", "HEAD")):
        assert made.guard("verify", *words) == (0, "taskguard: there is no commit yet, so nothing to compare with\n")
    done = completed("verify", "--staged", "--output-format", "json", cwd=tmp_path, environment=made.environment)
    assert done.returncode == 0
    assert json.loads(done.stdout)["diagnostics"] == []
    code, said = made.guard("verify", "--against", "v1")
    assert code == 2
    assert "no v1" in said


def test_outside_of_a_repository(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.put("before")
    code, said = made.guard("verify")
    assert code == 2
    assert "git" in said


def test_in_a_bare_repository(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("bare")
    repository.git("clone", "-q", "--bare", ".", str(place / "bare.git"))
    bare = Repository(place / "bare.git")
    code, said = bare.guard("verify", "--isolated")
    assert code == 2
    assert "bare" in said


def test_in_a_shallow_clone(repository: Repository, tmp_path: Path) -> None:
    repository.put("after")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "split")
    base = repository.git("rev-parse", "HEAD^")
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.path}", "shallow")
    code, said = Repository(tmp_path / "shallow").guard("verify", "--against", base)
    assert code == 2
    assert "git fetch" in said


def test_submodules_are_left_out(repository: Repository) -> None:
    repository.git(
        "-c", "protocol.file.allow=always", "submodule", "add", "-q", f"file://{repository.path}", "vendored"
    )
    repository.git("commit", "-qm", "vendored")
    assert repository.codes("--against", "HEAD") == set()
    assert repository.codes("--staged", "--against", "HEAD^") == set()
