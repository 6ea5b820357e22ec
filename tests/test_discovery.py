"""Which files are found. Paths are those of a user: folders, files, links, and things that are no files."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from taskguard.cachefile import CacheFile
from taskguard.discovery import ListingCache, Options, Walk, is_excluded, read, walk
from taskguard.errors import UserError
from taskguard.sealing import Seal


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project of a user without git settings."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    made = tmp_path / "project"
    made.mkdir()
    return made


def write(root: Path, *paths: str, text: str = "") -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def found(root: Path, *paths: str, **options: object) -> list[str]:
    seen = walked(root, *paths, **options)
    assert seen.sizes.keys() == seen.times.keys()
    return sorted(seen.sizes)


def walked(root: Path, *paths: str, **options: object) -> Walk:
    return walk(str(root), [str(root / path) for path in paths or ("",)], Options(**options))  # type: ignore[arg-type]


def test_python_files_and_stubs_in_order(root: Path) -> None:
    write(root, "b.py", "a/z.pyi", "a/b/c.py", ".hidden/d.py", "README.md", "x.pyc", "apy", "a/n.ipynb")
    assert found(root) == [".hidden/d.py", "a/b/c.py", "a/z.pyi", "b.py"]


def test_what_is_said_of_a_file(root: Path) -> None:
    write(root, "a.py", text="x = 1\n")
    os.utime(root / "a.py", ns=(5, 1_234_567_890))
    found = walked(root)
    assert (found.sizes, found.times) == ({"a.py": 6}, {"a.py": 1_234_567_890})
    assert walked(root, "a.py").explicit == {"a.py"}


def test_markers(root: Path) -> None:
    write(
        root,
        "pyproject.toml",
        "src/manage.py",
        "src/app/__init__.py",
        "src/app/tasks.py",
        "svc/taskguard.toml",
        "typed/__init__.pyi",
    )
    seen = walked(root)
    assert seen.markers == ("pyproject.toml", "src/manage.py", "svc/taskguard.toml")


def test_excludes(root: Path) -> None:
    write(root, "a.py", "dist/b.py", "deep/dist/c.py", "deep/gen_x.py", "deep/sub/d.py", "sub/d.py")
    options = {"exclude": ("dist", "gen_*.py", "deep/sub")}
    assert found(root, **options) == ["a.py", "sub/d.py"]
    assert found(root, "dist", "deep/gen_x.py", **options) == ["deep/gen_x.py", "dist/b.py"]
    assert found(root, "dist", "deep/gen_x.py", "deep/sub/d.py", **options, force_exclude=True) == []
    assert found(root, exclude=("sub/*.py",), folder="deep") == [
        "a.py",
        "deep/dist/c.py",
        "deep/gen_x.py",
        "dist/b.py",
        "sub/d.py",
    ]


def test_whether_a_path_is_excluded(root: Path) -> None:
    options = Options(exclude=("dist", "a/*.py"))
    for path, excluded in {"dist/x/y.py": True, "a/b.py": True, "a/b/c.py": False, "b/a/b.py": False}.items():
        assert is_excluded(str(root), str(root / path), options) is excluded


IGNORED = """
# a comment, and a blank line

*.log
build/
/top.py
docs/*.py
**/cache
a/**/z.py
logs/**
!keep.py
te?t_[a-c0-9].py
[!x]_set.py
\\#hash.py
\\!bang.py
trailing.py\x20\x20
blank.py\\\x20
/anchored/
*tail*
!not_tail.py
deep/er/
[[:digit:]]*.py
"""
TREE = """
build.py build/a.py x/build/b.py top.py x/top.py docs/c.py docs/x/c.py x/docs/d.py cache/e.py x/cache/e.py cache.py a/z.py a/b/z.py
a/b/c/z.py a/b/y.py logs/f.py logs/g/h.py x/logs/i.py x/keep.py test_a.py test_9.py test_d.py tet_a.py y_set.py x_set.py #hash.py
!bang.py trailing.py x/anchored/j.py anchored/k.py a_tail_b.py not_tail.py x/not_tail.py deep/er/l.py deep/er.py x/deep/er/m.py 9.py
n9.py docs/cache/q.py x/y/a/z.py
""".split()


@pytest.mark.parametrize("repository", [True, False])
def test_gitignore_is_read_as_git_reads_it(root: Path, repository: bool) -> None:
    write(root, *TREE, "blank.py ", "x/.gitignore")
    write(root, ".gitignore", text=IGNORED)
    write(root, "x/.gitignore", text="!a_tail_b.py\n!top.py\ny/\n!keep.py\nown.py\n/rooted.py\n")
    write(root, "x/own.py", "x/b/own.py", "own.py", "x/rooted.py", "x/b/rooted.py", "x/a_tail_b.py")
    git(root, "init", "-q")
    expected = git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", "*.py").rstrip("\0").split("\0")
    if not repository:
        subprocess.run(["rm", "-r", str(root / ".git")], check=True)
    assert found(root) == sorted(expected)
    assert set(TREE) <= set(found(root, respect_gitignore=False))


def git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout


def test_ignore_files_beside_the_tree(root: Path, tmp_path: Path) -> None:
    git(root, "init", "-q")
    write(root, "private.py", "mine.py", "sub/mine.py", "other.py", "kept.py")
    write(root, ".git/info/exclude", text="/private.py\nkept.py\n")
    write(root, ".gitignore", text="!kept.py\n")
    write(tmp_path / "home", ".gitconfig", text="[user]\n name = x\n[core]\n\texcludesFile = ~/my ignores\n")
    write(tmp_path / "home", "my ignores", text="mine.py\n")
    assert found(root) == ["kept.py", "other.py"]


def test_a_work_tree_beside_its_repository(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "--allow-empty", "-m", "c")
    git(root, "worktree", "add", "-q", "../beside")
    write(root, ".git/info/exclude", text="private.py\n")
    write(root.parent / "beside", "private.py", "a.py")
    assert found(root.parent / "beside") == ["a.py"]


def test_ignore_files_above_a_passed_folder_count(root: Path) -> None:
    write(root, ".gitignore", text="gen_*.py\n/pkg/old.py\nskipped/\n")
    write(root, "pkg/gen_a.py", "pkg/old.py", "pkg/new.py", "skipped/a.py")
    assert found(root, "pkg") == ["pkg/new.py"]
    assert found(root, "pkg/gen_a.py", "skipped") == ["pkg/gen_a.py", "skipped/a.py"]


def test_a_repository_inside_is_named_and_not_entered(root: Path) -> None:
    git(root, "init", "-q")
    write(root, "own.py", "inner/its.py", "inner/.git/HEAD", "inner/deeper/.git/HEAD", "linked/its.py", "linked/.git")
    made = walk(str(root), [str(root)])
    assert [*made.sizes] == ["own.py"] and made.repositories == ("inner", "linked")


def test_one_file_by_several_paths_is_found_once(root: Path) -> None:
    write(root, "a/x.py", "b.py")
    (root / "link.py").symlink_to("b.py")
    (root / "folder").symlink_to("a")
    assert found(root) == ["a/x.py", "b.py"]
    assert found(root, "", ".", "a", "a/../a/x.py", "folder", "folder/x.py", "link.py") == ["a/x.py", "b.py"]


def test_links_out_of_the_tree(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", "x.py", "y.py")
    (root / "a.py").symlink_to(tmp_path / "elsewhere/x.py")
    (root / "b.py").symlink_to(tmp_path / "elsewhere/x.py")
    (root / "away").symlink_to(tmp_path / "elsewhere")
    assert found(root) == ["a.py"]
    assert found(root, "away") == ["away/x.py", "away/y.py"]


def test_a_root_that_is_reached_through_a_link(root: Path, tmp_path: Path) -> None:
    write(root, "a/x.py")
    (tmp_path / "alias").symlink_to(root)
    assert [*walk(str(root), [str(tmp_path / "alias" / "a")]).sizes] == ["a/x.py"]
    assert [*walk(str(tmp_path / "alias"), [str(root / "a/x.py")]).sizes] == ["a/x.py"]


def test_paths_outside_of_the_root(root: Path, tmp_path: Path) -> None:
    write(tmp_path, "project/x.py", "other/y.py", "other/z.py")
    write(tmp_path, "other/.gitignore", text="z.py\n")
    assert found(root, "../other") == ["../other/y.py"]
    assert found(root, "..") == ["../other/y.py", "x.py"]


def test_loops_of_links_end(root: Path) -> None:
    write(root, "a/x.py")
    (root / "a/up").symlink_to("..")
    (root / "self").symlink_to("self")
    (root / "loop.py").symlink_to("loop.py")
    assert found(root) == ["a/x.py"]
    assert found(root, "a/up") == ["a/x.py"]
    with pytest.raises(UserError, match="self"):
        found(root, "self")


def test_what_is_no_file_is_no_crash(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "folder.py/inside.py")
    os.mkfifo(root / "pipe.py")
    (root / "dangling.py").symlink_to("nowhere")
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.py")
    assert found(root) == ["folder.py/inside.py"]
    assert found(root, "folder.py", "pipe.py", "socket.py") == ["folder.py/inside.py"]
    assert walked(root, "folder.py", "pipe.py", "socket.py").problems == {
        "pipe.py": "a named pipe, no regular file",
        "socket.py": "a socket, no regular file",
    }
    assert walk("/dev", ["/dev/null"]).problems == {"null": "a device, no regular file"}


def test_names_that_are_not_utf8(root: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.py")
    write(root, name)
    write(root, ".gitignore", text="*.txt\n")
    assert found(root) == [name]


def test_scripts_without_an_ending_and_files_that_are_no_python(root: Path) -> None:
    write(root, "script", "taskguard.toml", "setup.cfg", "book.ipynb")
    seen = walked(root, "script", "taskguard.toml", "setup.cfg", "book.ipynb")
    assert [*seen.sizes] == ["script"]
    assert seen.others == ("book.ipynb", "setup.cfg", "taskguard.toml")


def test_paths_that_do_not_exist_are_all_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    write(root, "apps/tasks.py")
    (root / "dangling.py").symlink_to("nowhere")
    with pytest.raises(UserError) as caught:
        found(root, "apps/taks.py", "none/of/these.py", "apps/tasks.py/x.py", "dangling.py", "nul\0l.py")
    said = [str(one) for one in caught.value.problems]
    assert said[0] == "apps/taks.py does not exist; did you mean apps/tasks.py?"
    assert said[1] == "none/of/these.py does not exist; the nearest folder that does is ."
    assert said[2].startswith("apps/tasks.py/x.py does not exist")
    assert said[3] == "dangling.py is a link to nowhere, which does not exist"
    assert len(said) == 5


def test_a_folder_that_cannot_be_read(root: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser reads everything")
    write(root, "a.py", "closed/b.py")
    (root / "closed").chmod(0)
    try:
        assert found(root) == ["a.py"]
        with pytest.raises(UserError, match="closed"):
            found(root, "closed")
    finally:
        (root / "closed").chmod(0o700)


def test_a_tree_deeper_than_the_stack(root: Path) -> None:
    folder = root
    for _ in range(400):
        folder /= "d"
    folder.mkdir(parents=True)
    (folder / "x.py").write_text("")
    assert len(found(root)) == 1


def test_reading(root: Path) -> None:
    write(root, "a.py", text="x = 1\n")
    write(root, "empty.py")
    os.mkfifo(root / "pipe.py")
    assert read(str(root / "a.py")) == b"x = 1\n"
    assert read(str(root / "empty.py")) == b""
    with pytest.raises(FileNotFoundError):
        read(str(root / "gone.py"))
    for path, part in {"pipe.py": "named pipe", "": "a folder"}.items():
        with pytest.raises(OSError, match=part):
            read(str(root / path))


def test_a_file_that_is_too_large(root: Path) -> None:
    with (root / "big.py").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(OSError, match="65 MiB, more than the 64 MiB"):
        read(str(root / "big.py"))


def test_a_file_whose_size_the_system_does_not_tell() -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc here")
    assert b"Name:" in read("/proc/self/status")


def kept(root: Path, kind: str = "walk") -> CacheFile:
    """A file beside the tree."""
    return CacheFile(f"{root}.{kind}", Seal(b"k" * 32, b"walk"))


def again(root: Path, memory: ListingCache, **options: object) -> ListingCache:
    """Walks with what a walk before it has seen. What is found must be what a walk without memory finds."""
    memory.write()
    made = ListingCache("question", kept(root))
    asked = Options(**options)  # type: ignore[arg-type]
    assert walk(str(root), [str(root)], asked, made) == walk(str(root), [str(root)], asked)
    return made


@pytest.fixture
def remembered(root: Path, monkeypatch: pytest.MonkeyPatch) -> ListingCache:
    """A tree of which all is old enough to be remembered, and what a walk has seen of it."""
    write(root, "a.py", "pkg/b.py", "pkg/deep/c.py", "gen/d.py", "gen/e.py", "pyproject.toml")
    write(root, ".gitignore", text="/nothing\n")
    write(root, "gen/.gitignore", text="e.py\n")
    (root / "link.py").symlink_to("../late.py")
    monkeypatch.setattr("taskguard.discovery.listing.RACY_NS", 0)
    memory = ListingCache("question", kept(root))
    walk(str(root), [str(root)], Options(), memory)
    assert memory.fresh
    return memory


def test_a_tree_that_is_as_it_was_is_not_listed_again(
    root: Path, remembered: ListingCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda place: listed.append(place) or scandir(place))
    remembered.write()
    memory = ListingCache("question", kept(root))
    assert sorted(walk(str(root), [str(root)], Options(), memory).sizes) == [
        "a.py", "gen/d.py", "pkg/b.py", "pkg/deep/c.py",
    ]  # fmt: skip
    assert listed == [] and not memory.fresh
    write(root, "pkg/new.py")
    assert "pkg/new.py" in walk(str(root), [str(root)], Options(), ListingCache("question", kept(root))).sizes
    assert listed == [f"{root}/pkg"]


@pytest.mark.parametrize(
    "change",
    [
        lambda root: write(root, "pkg/deep/new.py"),
        lambda root: write(root, "other/new.py"),
        lambda root: (root / "pkg/b.py").unlink(),
        lambda root: (root / "pkg").rename(root / "gone"),
        lambda root: (root / "pkg/deep/c.py").write_text("x = 1\n"),
        lambda root: write(root, ".gitignore", text="deep\n"),
        lambda root: write(root, "gen/.gitignore", text="d.py\n"),
        lambda root: (root / "gen/.gitignore").unlink(),
        lambda root: write(root, "pkg/.gitignore", text="c.py\n"),
        lambda root: write(root.parent, "late.py"),
        lambda root: (root / "a.py").rename(root / "pkg/a.py"),
        lambda root: (root / "pkg/.git").mkdir(),
        lambda root: write(root, ".git/info/exclude", text="pkg/b.py\n"),
        lambda root: write(root, "../home/.config/git/ignore", text="c.py\n"),
    ],
)
def test_every_change_is_seen_by_a_walk_that_remembers(
    root: Path, remembered: ListingCache, change: Callable[[Path], object]
) -> None:
    change(root)
    assert not again(root, again(root, remembered)).fresh


def test_what_has_changed_just_now_is_not_relied_on(root: Path) -> None:
    write(root, "a.py")
    memory = ListingCache("question", kept(root))
    walk(str(root), [str(root)], Options(), memory)
    assert "?" in memory.seen[""].state


def test_a_memory_of_another_walk_or_a_damaged_one_is_none(root: Path, remembered: ListingCache) -> None:
    remembered.write()
    data = Path(kept(root).path).read_bytes()
    for question, damaged in (("another", data), ("question", data[:-1]), ("question", data[:-3] + b"\xff\xff\xff")):
        file = kept(root, "damaged")
        Path(file.path).write_bytes(damaged)
        other = ListingCache(question, file)
        walk(str(root), [str(root)], Options(), other)
        assert other.held == {}
