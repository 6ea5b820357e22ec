"""The facts of all files stand in one file, behind one another: what an edit does to it, and what is done when it is damaged."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from test_cache import FILES, OLD, TASKS, check, facts_file, write, written_to


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return written_to(tmp_path / "shop")


def texts_file(root: Path) -> Path:
    """The file with the facts themselves, to which the other one is the index."""
    return facts_file(root).with_name("facts-texts")


def test_a_touched_file_whose_facts_are_damaged_is_read_again(shop: Path) -> None:
    first = check(shop)
    facts = texts_file(shop)
    assert b"shared_task" in facts.read_bytes()
    facts.write_bytes(facts.read_bytes().replace(b"shared_task", b"shared_tusk"))
    os.utime(shop / "shop/plain.py", (OLD + 9, OLD + 9))
    assert check(shop) == first == check(shop)


def test_an_edit_writes_its_own_facts_alone(shop: Path) -> None:
    check(shop)
    before = texts_file(shop).read_bytes()
    write(shop / "shop/tasks.py", TASKS.replace("send(order)", "send(self, order)"), OLD + 10)
    assert "TG206" not in check(shop)
    after = texts_file(shop).read_bytes()
    assert after.startswith(before) and len(after) > len(before)
    assert check(shop) == check(shop, "--no-cache")


def test_texts_of_which_most_are_of_no_use_are_written_anew(shop: Path) -> None:
    check(shop)
    long = TASKS + "".join(f"\n\n@shared_task\ndef task_{number}(order):\n    pass\n" for number in range(500))
    sizes = []
    for number in range(20):
        write(shop / "shop/tasks.py", long + f"X = {number}\n", OLD + 10 + number)
        assert "TG206" in check(shop)
        sizes.append(texts_file(shop).stat().st_size)
    assert any(later < size for size, later in itertools.pairwise(sizes))
    assert max(sizes) < 5 * sizes[0]
    assert check(shop) == check(shop, "--no-cache")


@pytest.mark.parametrize("keep", [0, 5, 17, 200, -1, None])
def test_torn_texts_are_no_texts(shop: Path, keep: int | None) -> None:
    first = check(shop)
    path = texts_file(shop)
    if keep is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:keep])
    write(shop / "shop/plain.py", FILES["shop/plain.py"].replace("1", "2", 1), OLD + 20)
    assert check(shop) == first == check(shop, "--no-cache")
    assert check(shop) == first


def test_texts_of_another_index_are_no_texts(shop: Path) -> None:
    first = check(shop)
    path = texts_file(shop)
    path.write_bytes(b"0" * 16 + path.read_bytes()[16:])
    write(shop / "shop/plain.py", FILES["shop/plain.py"].replace("1", "2", 1), OLD + 20)
    assert check(shop) == first
