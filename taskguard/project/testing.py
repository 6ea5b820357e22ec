"""Which files are there to test or to show something, by their paths: no worker runs them as a whole."""

from __future__ import annotations

import re

TEST_WORDS = frozenset("test tests testing".split())
SHOWN_FOLDERS = TEST_WORDS | frozenset(
    "t examples example docs doc benchmarks benchmark samples sample demo demos".split()
)

_DEMO = re.compile(r"^(?:demo|example)s?(?:_\w+)?\.|_(?:demo|example)s?\.")


def in_tests(path: str) -> bool:
    """Whether a file is part of tests, examples or documentation."""
    folders, last = _parts(path)
    return _test_name(last) or not SHOWN_FOLDERS.isdisjoint(folders)


def in_test_path(path: str) -> bool:
    """Whether a file is part of the tests."""
    folders, last = _parts(path)
    return _test_name(last) or not TEST_WORDS.isdisjoint(folders)


def hidden(path: str) -> bool:
    """Whether a file lies in a hidden folder (`.github`, `.semgrep`): no import can name it from outside, and no worker loads it."""
    return path.startswith(".") or "/." in path


def _parts(path: str) -> tuple[list[str], str]:
    folders = path.split("/")
    return folders, folders.pop()


def _test_name(name: str) -> bool:
    return name.startswith(("test_", "conftest.")) or name == "tests.py" or bool(_DEMO.search(name))
