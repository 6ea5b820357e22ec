"""What git says: of the index, of revisions, of blobs. With the real git on repositories made here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from taskguard import gitread
from taskguard.errors import UserError


class Repository:
    """A work tree and the commands that a test needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = str(folder)
        folder.mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always", *words],
            cwd=self.folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def write(self, path: str, text: str = "x = 1\n") -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, message: str = "c") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    for variable in [name for name in os.environ if name.startswith("GIT_")] + list(gitread.CI_TARGETS):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return Repository(tmp_path / "work")


def test_the_index_says_what_a_commit_changes(repository: Repository) -> None:
    repository.write("kept.py", "kept\n" * 20)
    repository.write("gone.py", "gone\n" * 20)
    repository.write("old name.py", "".join(f"line {number}\n" for number in range(40)))
    repository.commit()
    repository.write("kept.py", "changed\n")
    repository.git("mv", "old name.py", "ünew\tname.py")
    repository.git("rm", "-q", "gone.py")
    repository.write("added.py", "added\n")
    repository.git("add", "-A")
    repository.write("not in the index.py")

    changes = gitread.index_changes(repository.root)

    assert changes.added == ("added.py",)
    assert changes.modified == ("kept.py",)
    assert changes.deleted == ("gone.py",)
    assert changes.renamed == (("old name.py", "ünew\tname.py"),)


def test_before_the_first_commit_everything_is_added(repository: Repository) -> None:
    repository.write("a.py")
    repository.git("add", "-A")
    assert gitread.index_changes(repository.root) == gitread.Changes(added=("a.py",))


def test_an_index_without_changes(repository: Repository) -> None:
    repository.write("a.py")
    repository.commit()
    repository.write("a.py", "changed\n")
    assert gitread.index_changes(repository.root) == gitread.Changes()


def test_the_index_of_the_environment_counts(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git commit -a` and `git commit FILE` give hooks an index of their own."""
    repository.write("a.py")
    repository.commit()
    monkeypatch.setenv("GIT_INDEX_FILE", str(repository.folder / ".git" / "other"))
    repository.git("read-tree", "HEAD")
    repository.git("rm", "-q", "--cached", "a.py")
    assert gitread.index_changes(repository.root).deleted == ("a.py",)
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert gitread.index_changes(repository.root).deleted == ()


def test_a_conflict_and_a_change_of_type(repository: Repository) -> None:
    repository.write("both.py", "one\n")
    repository.write("link.py", "text\n")
    repository.commit()
    repository.git("checkout", "-q", "-b", "other")
    repository.write("both.py", "two\n")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write("both.py", "three\n")
    repository.commit()
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "-q", "other")
    (repository.folder / "link.py").unlink()
    (repository.folder / "link.py").symlink_to("both.py")
    repository.git("add", "link.py")

    assert gitread.index_changes(repository.root).modified == ("both.py", "link.py")
    ours = gitread.read_index(repository.root)["both.py"]
    assert list(gitread.read_blobs(repository.root, [ours])) == [(ours, b"three\n")]


def test_submodules_are_left_out(repository: Repository, tmp_path: Path) -> None:
    inner = Repository(tmp_path / "inner")
    inner.write("i.py")
    inner.commit()
    repository.write("a.py")
    repository.commit()
    repository.git("submodule", "--quiet", "add", inner.root, "vendored")
    assert gitread.index_changes(repository.root).added == (".gitmodules",)
    assert "vendored" not in gitread.read_index(repository.root)
    repository.commit()
    assert "vendored" not in gitread.read_tree(repository.root, "HEAD")


def test_trees_and_blobs(repository: Repository) -> None:
    name = os.fsdecode(b'odd \xff\n"name".py')
    repository.write("pkg/a.py", "first\n")
    repository.write(name, "odd")
    first = repository.commit()
    repository.write("pkg/a.py", "second\n")
    repository.commit()

    before, after = gitread.read_tree(repository.root, first), gitread.read_tree(repository.root, "HEAD")

    assert list(before) == list(after) == sorted(["pkg/a.py", name])
    blobs = dict(gitread.read_blobs(repository.root, [before["pkg/a.py"], after["pkg/a.py"], after[name]]))
    assert list(blobs.values()) == [b"first\n", b"second\n", b"odd"]
    assert gitread.read_index(repository.root) == after


def test_many_large_blobs_block_no_pipe(repository: Repository) -> None:
    for number in range(60):
        repository.write(f"m{number}.py", f"{number}\n" * 40_000)
    repository.commit()
    blobs = list(gitread.read_tree(repository.root, "HEAD").values()) * 5
    assert sum(len(data) for _, data in gitread.read_blobs(repository.root, blobs)) > 20_000_000


def test_a_reader_may_stop_early(repository: Repository) -> None:
    for number in range(20):
        repository.write(f"m{number}.py", f"{number}\n" * 40_000)
    repository.commit()
    reader = gitread.read_blobs(repository.root, gitread.read_tree(repository.root, "HEAD").values())
    next(reader)
    reader.close()


def test_a_blob_that_is_not_there(repository: Repository) -> None:
    repository.commit()
    with pytest.raises(UserError, match="does not have the object 0000"):
        list(gitread.read_blobs(repository.root, ["0" * 40]))


def test_untracked_files_that_are_not_ignored(repository: Repository) -> None:
    repository.write(".gitignore", "ignored.py\n")
    repository.commit()
    for name in ("b.py", "new/ä.py", "ignored.py"):
        repository.write(name)
    assert gitread.untracked(repository.root) == ("b.py", "new/ä.py")


def test_the_base_is_where_the_branch_left_the_default_one(repository: Repository) -> None:
    base = repository.commit("base")
    repository.git("checkout", "-q", "-b", "work")
    repository.commit("work")
    repository.git("checkout", "-q", "main")
    repository.commit("main goes on")
    repository.git("checkout", "-q", "work")
    assert gitread.merge_base_default(repository.root) == base


def test_the_base_is_that_of_the_upstream(repository: Repository, tmp_path: Path) -> None:
    """Its default branch may have any name, and a stale `main` of one's own does not count."""
    repository.commit("one")
    two = repository.commit("two")
    repository.git("branch", "-m", "trunk")
    subprocess.run(["git", "clone", "-q", repository.root, str(tmp_path / "clone")], check=True)
    clone = Repository(tmp_path / "clone")
    clone.git("checkout", "-q", "-b", "work")
    clone.commit("work")
    clone.git("branch", "main", "HEAD~2")
    assert gitread.merge_base_default(clone.root) == two


def test_the_base_is_the_branch_that_the_pull_request_targets(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit("one")
    repository.git("checkout", "-q", "-b", "release")
    target = repository.commit("two")
    repository.git("checkout", "-q", "-b", "work")
    repository.commit("three")
    monkeypatch.setenv("GITHUB_BASE_REF", "release")
    assert gitread.merge_base_default(repository.root) == target
    monkeypatch.setenv("GITHUB_BASE_REF", "nowhere")
    with pytest.raises(UserError, match="git fetch --depth=200 origin nowhere"):
        gitread.merge_base_default(repository.root)


def test_without_a_branch_to_compare_with_the_base_is_head(repository: Repository) -> None:
    head = repository.commit()
    repository.git("branch", "-m", "alone")
    assert gitread.merge_base_default(repository.root) == head


def test_a_shallow_clone_says_how_to_deepen_it(repository: Repository, tmp_path: Path) -> None:
    first = repository.commit("one")
    repository.git("checkout", "-q", "-b", "work")
    repository.commit("two")
    repository.git("checkout", "-q", "main")
    repository.commit("three")
    subprocess.run(
        [
            "git",
            "clone",
            "-q",
            "--depth=1",
            "--no-single-branch",
            f"file://{repository.root}",
            str(tmp_path / "shallow"),
        ],
        check=True,
    )
    shallow = Repository(tmp_path / "shallow")
    assert gitread.is_shallow(shallow.root)
    assert not gitread.is_shallow(repository.root)
    shallow.git("checkout", "-q", "work")
    with pytest.raises(UserError, match="git fetch --deepen=200"):
        gitread.merge_base_default(shallow.root)
    with pytest.raises(UserError, match="git fetch --unshallow"):
        gitread.read_tree(shallow.root, first)


def test_a_wrong_revision(repository: Repository) -> None:
    with pytest.raises(UserError, match="no commit yet"):
        gitread.read_tree(repository.root, "HEAD")
    repository.commit()
    with pytest.raises(UserError, match="no commit nonsense"):
        gitread.read_tree(repository.root, "nonsense")
    with pytest.raises(UserError, match="no commit --help"):
        gitread.read_tree(repository.root, "--help")


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    folder = tmp_path / "plain"
    folder.mkdir()
    for call in (gitread.index_changes, gitread.untracked, gitread.read_index, gitread.merge_base_default):
        with pytest.raises(UserError, match="no git repository"):
            call(str(folder))


def test_no_git(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.folder))
    with pytest.raises(UserError, match="git is not installed"):
        gitread.index_changes(repository.root)
