"""The files of a split on disk: all of them or none, and back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from taskguard.errors import UserError
from taskguard.splitting import apply as applying
from taskguard.splitting.apply import apply, cut_off, undo

OLD: dict[str, bytes | None] = {"shop/tasks.py": b"old\n", "shop/parts/__init__.py": None, "shop/parts/mail.py": None}
NEW = {"shop/tasks.py": b"facade\n", "shop/parts/__init__.py": b"", "shop/parts/mail.py": b"mail\n"}


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "tasks.py").write_bytes(b"old\n")
    (tmp_path / "shop" / "tasks.py").chmod(0o640)
    return tmp_path


def test_what_is_written_can_be_taken_back(shop: Path) -> None:
    before, journal = tree(shop), str(shop / "journal")
    apply(str(shop), journal, OLD, NEW)
    assert {path: data for path, data in tree(shop).items() if path != "journal"} == NEW
    assert (shop / "shop" / "tasks.py").stat().st_mode & 0o777 == 0o640
    assert not cut_off(journal)
    assert set(undo(str(shop), journal)) == set(NEW)
    assert tree(shop) == before and not (shop / "shop" / "parts").exists()
    with pytest.raises(UserError, match="no split to take back"):
        undo(str(shop), journal)


@pytest.mark.parametrize("fails", range(1, 8))
def test_a_disk_that_fails_leaves_the_tree_as_it_was(shop: Path, fails: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before, calls = tree(shop), 0
    real = os.replace

    def replace(one: str, other: str) -> None:
        nonlocal calls
        calls += 1
        if calls == fails:
            raise OSError(28, "No space left on device", one)
        real(one, other)

    monkeypatch.setattr(applying.os, "replace", replace)
    if fails <= 5:
        with pytest.raises(UserError, match="No space left"):
            apply(str(shop), str(shop / "journal"), OLD, NEW)
        assert {path: data for path, data in tree(shop).items() if "journal" not in path} == before
    else:
        apply(str(shop), str(shop / "journal"), OLD, NEW)
        assert calls == 5


@pytest.mark.parametrize("dies", range(2, 6))
def test_a_split_that_is_cut_off_is_taken_back_by_the_next_command(
    shop: Path, dies: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, calls = tree(shop), 0
    real = os.replace

    class Cut(BaseException):
        """The power is gone."""

    def replace(one: str, other: str) -> None:
        nonlocal calls
        calls += 1
        if calls == dies:
            raise Cut
        real(one, other)

    monkeypatch.setattr(applying.os, "replace", replace)
    monkeypatch.setattr(applying, "_restore", lambda root, held: None)
    monkeypatch.setattr(applying.os, "unlink", lambda path: None)
    with pytest.raises(Cut):
        apply(str(shop), str(shop / "journal"), OLD, NEW)
    monkeypatch.undo()
    assert cut_off(str(shop / "journal"))
    undo(str(shop), str(shop / "journal"))
    assert {path: data for path, data in tree(shop).items() if "journal" not in path} == before


def test_an_edit_made_since_is_not_lost(shop: Path) -> None:
    apply(str(shop), str(shop / "journal"), OLD, NEW)
    (shop / "shop" / "parts" / "mail.py").write_bytes(b"edited\n")
    with pytest.raises(UserError, match=r"shop/parts/mail.py has changed since the split"):
        undo(str(shop), str(shop / "journal"))
    assert (shop / "shop" / "tasks.py").read_bytes() == b"facade\n"


def test_files_that_are_other_ones_now_are_not_touched(shop: Path) -> None:
    (shop / "shop" / "parts").mkdir()
    (shop / "shop" / "parts" / "mail.py").write_bytes(b"mine\n")
    (shop / "shop" / "tasks.py").write_bytes(b"newer\n")
    before = tree(shop)
    with pytest.raises(UserError, match="is there already") as caught:
        apply(str(shop), str(shop / "journal"), OLD, NEW)
    assert "shop/tasks.py has changed meanwhile" in str(caught.value)
    assert tree(shop) == before


def test_a_damaged_journal_is_named(shop: Path) -> None:
    (shop / "journal").write_text('{"what": "taskguard split"}')
    with pytest.raises(UserError, match="is damaged"):
        undo(str(shop), str(shop / "journal"))


def test_what_python_compiled_meanwhile_goes_with_its_folder_and_nothing_else(shop: Path) -> None:
    for other, stays in ((None, False), ("notes.txt", True)):
        apply(str(shop), str(shop / "journal"), OLD, NEW)
        compiled = shop / "shop" / "parts" / "__pycache__"
        compiled.mkdir()
        (compiled / "mail.cpython-311.pyc").write_bytes(b"")
        if other is not None:
            (compiled / other).write_bytes(b"mine")
        undo(str(shop), str(shop / "journal"))
        assert (shop / "shop" / "parts").exists() is stays and not list(shop.rglob("*.pyc"))
    assert (compiled / "notes.txt").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("key", "value"), [("what", "a cake"), ("what", "zero"), ("schema", 2), ("schema", 0), ("state", "baked")]
)
def test_the_journal_of_something_else_is_not_carried_out(shop: Path, key: str, value: object) -> None:
    apply(str(shop), str(shop / "journal"), OLD, NEW)
    data = json.loads((shop / "journal").read_text())
    (shop / "journal").write_text(json.dumps({**data, key: value}))
    with pytest.raises(UserError, match="is damaged: it is none of this version's"):
        undo(str(shop), str(shop / "journal"))
    assert (shop / "shop" / "tasks.py").read_bytes() == b"facade\n"


def test_what_is_new_is_there_before_the_facade_that_imports_it(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is started meanwhile finds each module, or the god file as it was."""
    seen: list[str] = []
    real = os.replace

    def replace(source: str, target: str) -> None:
        seen.append(os.path.relpath(target, shop))
        real(source, target)

    monkeypatch.setattr(applying.os, "replace", replace)
    new = {"shop/aaa.py": b"facade\n", "shop/parts/mail.py": b"mail\n"}
    (shop / "shop" / "aaa.py").write_bytes(b"old\n")
    apply(str(shop), str(shop / "journal"), {"shop/aaa.py": b"old\n", "shop/parts/mail.py": None}, new)
    assert [one for one in seen if one.endswith(".py")] == ["shop/parts/mail.py", "shop/aaa.py"]


def test_a_read_only_file_is_named_before_anything_is_written(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, god = tree(shop), str(shop / "shop" / "tasks.py")
    monkeypatch.setattr(applying.os, "access", lambda place, mode: place != god)
    with pytest.raises(UserError, match=r"shop/tasks.py is read-only"):
        apply(str(shop), str(shop / "journal"), OLD, NEW)
    assert tree(shop) == before


def test_folders_within_new_folders_go_again(shop: Path) -> None:
    before = tree(shop)
    apply(str(shop), str(shop / "journal"), {"shop/parts/mail/send.py": None}, {"shop/parts/mail/send.py": b"mail\n"})
    undo(str(shop), str(shop / "journal"))
    assert tree(shop) == before and not (shop / "shop" / "parts").exists()
