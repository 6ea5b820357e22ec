"""Many words are found by an index: it finds what a search of each file finds, and reads no file once more for each word."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taskguard.engine import finder
from taskguard.engine.finder import Finder
from taskguard.engine.searches import for_modules, for_words

TEXT = st.text(alphabet="ab.(-\n \"'@é", max_size=30)


def texts(count: int) -> dict[str, bytes]:
    return {
        f"m{number}.py": f"from a.m{number} import b\nqueue = 'mail-{number}'\n".encode() for number in range(count)
    }


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXT, max_size=6), st.lists(TEXT, min_size=1, max_size=8), st.integers(0, 4), st.integers(0, 4))
def test_the_index_finds_what_each_file_holds(held: list[str], words: list[str], pieces: int, dotted: int) -> None:
    files = {f"{number}.py": one.encode() for number, one in enumerate(held)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finder, "MOST_WORDS", 0)
        patch.setattr(finder, "MOST_IN_PIECES", pieces)
        patch.setattr(finder, "MANY", dotted)
        patch.setattr(finder, "MOST_BYTES", 60)  # those that are not indexed are found as well
        found = Finder(files, files.__getitem__).each(for_words(words))
    for search, paths in found.items():
        assert paths == {path for path, data in files.items() if search[1:] in data}, search


def test_many_words_read_each_file_a_few_times() -> None:
    reads, files = 0, texts(600)

    def read(path: str) -> bytes:
        nonlocal reads
        reads += 1
        return files[path]

    asked = Finder(files, read)
    for number in range(600):
        assert f"m{number}.py" in asked.find(for_words([f"mail-{number}"]))
        assert f"m{number}.py" in asked.find(for_words([f"'mail-{number}'"]))
        assert asked.find(for_modules([f"m{number}"])) == {f"m{number}.py"}
    assert reads <= (finder.MOST_WORDS + 20) * len(files)
