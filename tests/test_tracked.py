"""What git tracks is read, though a pattern of an ignore file matches it: git goes on with it too."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from taskguard.cachefile import CacheFile
from taskguard.discovery import ListingCache, Options, walk
from taskguard.sealing import Seal

IGNORED = "settings.py\nbuild/\n/made/*.py\nlong_*.py\n"
LONG = f"{'x' * 200}/" * 21


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words], cwd=root, check=True)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with files that its patterns match, the second of each kind tracked."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    made = tmp_path / "repository"
    write(
        made,
        "shop/models.py",
        "a/settings.py",
        "shop/settings.py",
        "x/build/a.py",
        "build/lib/a.py",
        "build/lib/b.py",
        "build/c.py",
    )
    write(made, "build/sub/deeper/d.py", "made/a.py", "made/b.py", "made/readme.md")
    (made / ".gitignore").write_text(IGNORED)
    git(made, "init", "-q")
    git(made, "add", "-f", "shop", "build/lib/b.py", "made/b.py", "made/readme.md")
    return made


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")


def found(root: Path, memory: ListingCache | None = None, **options: object) -> list[str]:
    return sorted(walk(str(root), [str(root)], Options(**options), memory).sizes)  # type: ignore[arg-type]


TRACKED = ["build/lib/b.py", "made/b.py", "shop/models.py", "shop/settings.py"]


@pytest.mark.parametrize("version", ["2", "3"])
def test_tracked_files_are_read(root: Path, version: str) -> None:
    if version == "3":
        git(root, "add", "-N", "a")  # an entry with more flags makes git write the third version
    git(root, "update-index", "--index-version", version)
    assert found(root) == TRACKED


def test_what_the_settings_leave_out_stays_left_out(root: Path) -> None:
    assert found(root, exclude=("build", "settings.py")) == ["made/b.py", "shop/models.py"]


def test_a_folder_that_is_passed_is_walked_beside_the_tree_that_leaves_it_out(root: Path) -> None:
    for paths in (["", "build"], ["build", ""]):
        made = walk(str(root), [str(root / one) for one in paths])
        assert sorted(made.sizes) == [
            "build/c.py", "build/lib/a.py", "build/lib/b.py", "build/sub/deeper/d.py", *TRACKED[1:],
        ]  # fmt: skip


def test_a_folder_of_the_repository_and_a_work_tree_beside_it(root: Path) -> None:
    assert found(root / "shop") == ["models.py", "settings.py"]
    assert found(root / "made") == ["b.py"]
    git(root, "add", ".gitignore")
    git(root, "commit", "-q", "-m", "c")
    git(root, "worktree", "add", "-q", "../beside")
    write(root.parent / "beside", "build/new.py", "shop/new.py")
    assert found(root.parent / "beside") == [
        "build/lib/b.py",
        "made/b.py",
        "shop/models.py",
        "shop/new.py",
        "shop/settings.py",
    ]


def test_an_index_that_does_not_tell(root: Path) -> None:
    git(root, "update-index", "--index-version", "4")
    assert found(root) == ["shop/models.py"]
    (root / ".git/index").write_bytes(b"DIRC\0\0\0\2 made/b.py\0")
    assert found(root) == ["shop/models.py"]


def test_a_path_that_its_entry_cannot_count(root: Path) -> None:
    (root / ".gitignore").write_text("x*/\n")
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], cwd=root, input=b"", capture_output=True, check=True
    ).stdout
    git(root, "update-index", "--add", "--cacheinfo", f"100644,{blob.decode().strip()},{LONG}a.py")
    write(root, f"{'x' * 200}/b.py")
    assert found(root, exclude=("build", "made")) == ["a/settings.py", "shop/models.py", "shop/settings.py"]


def test_a_walk_that_remembers_sees_what_git_tracks_since(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskguard.discovery.listing.RACY_NS", 0)
    file = CacheFile(f"{root}.walk", Seal(b"k" * 32, b"walk"))
    for words, expected in (
        ((), TRACKED),
        (("add", "-f", "a", "build/sub"), ["a/settings.py", "build/lib/b.py", "build/sub/deeper/d.py", *TRACKED[1:]]),
        (("rm", "-q", "--cached", "-r", "a", "build"), TRACKED[1:]),
    ):
        if words:
            git(root, *words)
        memory = ListingCache("question", file)
        assert found(root, memory) == expected
        memory.write()
