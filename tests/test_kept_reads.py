"""What was read, kept in layers: a run of some rules adds what these have read, and what they had read before counts no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from taskguard.cachefile import CacheFile
from taskguard.engine.kept_reads import MOST_LAYERS, Head, KeptReads, Sealed, write
from taskguard.engine.reads import Reads
from taskguard.facts.cached_texts import SUFFIX
from taskguard.sealing import Seal
from taskguard.tracing import ALL, AT

HEAD = Head("a.py\0b.py", {b"wtask": b"\1"}, {}, {}, {}, ())
QUESTION = (("questions", "holds"), ("task",))


@pytest.fixture
def file(tmp_path: Path) -> Sealed:
    return sealed(tmp_path / "reads")


def sealed(path: Path) -> Sealed:
    return Sealed(CacheFile(str(path), Seal(b"k" * 32, path.name.encode())), Seal(b"k" * 32, b"texts"))


def opened(file: Sealed, name: bytes) -> KeptReads:
    made = KeptReads.open(file, name)
    assert made is not None
    return made


def first(file: Sealed) -> KeptReads:
    reads = Reads(
        [ALL, "one", "two", f"{AT}a.py"],
        {"a.py": {3: 0b0010, 4: 0b0110}, "b.py": {5: 0b1100, 6: 0b0001}},
        {"a.py": {QUESTION: (7, 0b0110)}},
        {b"wtask": 0b0010, b"wqueue": 0b0100},
    )
    assert write(file, b"1" * 16, HEAD, reads, {"a.py": {QUESTION: True}})
    return opened(file, b"1" * 16)


def told(kept: KeptReads, path: str) -> dict[object, set[str]]:
    return {part: kept.named(mask)[0] for part, mask in kept.parts(path).items()}


def test_what_was_written_is_read(file: Sealed) -> None:
    kept = first(file)
    assert told(kept, "a.py") == {3: {"one"}, 4: {"one", "two"}}
    assert told(kept, "b.py") == {5: {"two"}, 6: {ALL}}
    assert kept.named(kept.parts("b.py")[5])[1] == {"a.py"}
    assert kept.parts("b.py")[6] & 1
    assert kept.answers("a.py") == {QUESTION: (7, kept.parts("a.py")[4])}
    assert kept.values("a.py") == {QUESTION: True}
    assert kept.parts("c.py") == {} == kept.answers("c.py")
    assert KeptReads.open(file, b"2" * 16) is None


def test_what_a_unit_had_read_counts_no_more_when_it_was_judged_again(file: Sealed) -> None:
    own = Reads([ALL, "one"], {"b.py": {8: 0b10}}, {}, {b"wtask": 0b10})
    assert first(file).more(file, b"2" * 16, HEAD, own, {}, [], {"one"}, (), {})
    kept = opened(file, b"2" * 16)
    assert told(kept, "a.py") == {4: {"two"}}
    assert told(kept, "b.py") == {5: {"two"}, 6: {ALL}, 8: {"one"}}
    assert {search: kept.named(mask)[0] for search, mask in kept.searches.items()} == {
        b"wtask": {"one"},
        b"wqueue": {"two"},
    }
    assert KeptReads.open(file, b"1" * 16) is None


def test_another_index_takes_over_what_stands_in_one(file: Sealed, tmp_path: Path) -> None:
    other, before = sealed(tmp_path / "other"), first(file)
    own = Reads([ALL, "one"], {"b.py": {8: 0b10}}, {"b.py": {QUESTION: (9, 0b10)}}, {})
    assert before.more(other, b"2" * 16, HEAD, own, {"b.py": {QUESTION: False}}, [], {"one"}, (), {})
    kept = opened(other, b"2" * 16)
    assert (told(kept, "a.py"), told(kept, "b.py")) == ({4: {"two"}}, {5: {"two"}, 6: {ALL}, 8: {"one"}})
    assert kept.values("a.py") == {QUESTION: True} and kept.values("b.py") == {QUESTION: False}
    assert told(opened(file, b"1" * 16), "a.py") == {3: {"one"}, 4: {"one", "two"}}


def test_what_says_something_else_by_now_is_gone(file: Sealed) -> None:
    gone = [("a.py", 4), ("a.py", QUESTION), ("", b"wqueue")]
    assert first(file).more(file, b"2" * 16, HEAD, Reads([ALL], {}, {}, {}), {}, ["a.py"], (), gone, {})
    kept = opened(file, b"2" * 16)
    assert told(kept, "a.py") == {3: {"one"}}
    assert kept.answers("a.py") == {} == kept.values("a.py")
    assert set(kept.searches) == {b"wtask"}


def test_answers_stand_where_they_are_by_now(file: Sealed) -> None:
    own = Reads([ALL, "three"], {"a.py": {3: 0b10}}, {}, {})
    placed = {"a.py": {QUESTION: (7, ((4, 1), (4, 9)))}}
    assert first(file).more(file, b"2" * 16, HEAD, own, {}, [], (), (), placed)
    kept = opened(file, b"2" * 16)
    assert kept.answers("a.py")[QUESTION][0] == (7, ((4, 1), (4, 9)))
    assert told(kept, "a.py") == {3: {"one", "three"}, 4: {"one", "two"}}


def test_all_at_once_is_what_stands_in_the_layers(file: Sealed) -> None:
    own = Reads([ALL, "one"], {"b.py": {8: 0b10}}, {"b.py": {QUESTION: (9, 0b10)}}, {})
    assert first(file).more(file, b"2" * 16, HEAD, own, {"b.py": {QUESTION: False}}, [], {"one"}, (), {})
    kept = opened(file, b"2" * 16)
    reads, values = opened(file, b"2" * 16).all()
    assert reads.parts == {path: kept.parts(path) for path in ("a.py", "b.py")}
    assert reads.answers == {path: kept.answers(path) for path in ("a.py", "b.py")}
    assert values == {"a.py": {QUESTION: True}, "b.py": {QUESTION: False}}
    rest, left = kept.rest({"one"}, [("a.py", 4)], {})
    assert not left["b.py"] and left["a.py"] == {QUESTION: True}
    assert {part for held in rest.parts.values() for part in held} == {5, 6}


def test_there_is_an_end_to_layers(file: Sealed) -> None:
    kept, name = first(file), b"1" * 16
    own = Reads([ALL, "one"], {"b.py": {8: 0b10}}, {}, {})
    layers = 1
    while kept.more(file, name := bytes([layers]) * 16, HEAD, own, {}, [], {"one"}, (), {}):
        kept, layers = opened(file, name), layers + 1
    assert layers == MOST_LAYERS
    assert told(kept, "b.py") == {5: {"two"}, 6: {ALL}, 8: {"one"}}


@pytest.mark.parametrize("keep", [0, 10, 30, -1])
def test_damaged_texts_are_told(file: Sealed, keep: int) -> None:
    first(file)
    path = Path(file.index.path + SUFFIX)
    path.write_bytes(path.read_bytes()[:keep])
    kept = KeptReads.open(file, b"1" * 16)
    if kept is not None:
        with pytest.raises(ValueError, match="damaged"):
            kept.all()
