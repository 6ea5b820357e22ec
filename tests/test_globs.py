"""Globs as settings use them."""

from __future__ import annotations

import pytest

from taskguard.globs import fault, matcher


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("tests/**", ["tests/a.py", "tests/a/b.py"], ["x/tests/a.py", "tests"]),
        ("tests", ["tests/a.py", "x/tests/a.py", "tests"], ["tests2/a.py"]),
        ("*.py", ["a.py", "a/b.py"], ["a.pyi"]),
        ("a/*.py", ["a/b.py"], ["a/c/b.py", "x/a/b.py"]),
        ("**/migrations/*.py", ["migrations/1.py", "a/b/migrations/1.py"], ["migrations.py"]),
        ("a/**/b.py", ["a/b.py", "a/x/y/b.py"], ["a/xb.py"]),
        ("[!a]*.py", ["b.py"], ["a.py"]),
        ("[0-9]?.py", ["1a.py", "x/1a.py"], ["1.py"]),
        ("build/", ["build/x.py", "a/build/x.py"], ["build"]),
        ("/a.py", ["a.py"], ["x/a.py"]),
        ("./a/b", ["a/b", "a/b/c.py"], ["a/bc"]),
        ("a/b", ["a/b", "a/b/c.py"], ["a/bc", "x/a/b"]),
        ("a?b.py", ["axb.py"], ["a/b.py"]),
        ("a.b", ["a.b"], ["axb"]),
        ("**", ["a", "a/b"], []),
        ("**/tests/**", ["tests/a.py", "x/tests/y/a.py"], ["tests", "x/tests", "mytests/a.py", "tests.py"]),
        (
            "**/alembic/versions/**",
            ["alembic/versions/1.py", "x/alembic/versions/1.py"],
            ["x/versions/1.py", "alembic/versions"],
        ),
        ("test_*.py", ["test_a.py", "x/test_.py", "test_x.py/a"], ["test.py", "x/atest_a.py", "test_a.pyi"]),
        ("*_test.py", ["a_test.py", "x/_test.py"], ["a_tests.py", "atest.py"]),
        ("aba*aba", ["abaaba", "x/abacaba/y"], ["aba", "ababa"]),
    ],
)
def test_globs(pattern: str, yes: list[str], no: list[str]) -> None:
    match = matcher([pattern])
    assert [path for path in yes if not match(path)] == []
    assert [path for path in no if match(path)] == []
    assert fault(pattern) is None


def test_no_pattern_matches_nothing() -> None:
    assert not matcher(())("a.py")


@pytest.mark.parametrize("pattern", ["", "./", "[a", "[z-a]", "!x", "../x", "a\\b"])
def test_faulty_globs(pattern: str) -> None:
    assert fault(pattern)
