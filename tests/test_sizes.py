"""What counts as a line of code."""

from __future__ import annotations

from textwrap import dedent

import pytest

from taskguard.facts.sizes import code_lines

COUNTED = {
    "nothing": ("", 0),
    "one line": ("x = 1\n", 1),
    "no newline at the end": ("x = 1", 1),
    "blank lines": ("x = 1\n\n   \n\t\ny = 2\n", 2),
    "a form feed": ("x = 1\n\f\ny = 2\n", 2),
    "comments": ("# one\nx = 1  # beside code\n    # two\n", 1),
    "only comments": ("# one\n# two\n", 0),
    "a coding line": ("#!/usr/bin/env python\n# coding: utf-8\nx = 1\n", 1),
    "the docstring of a module": ('"""One.\n\nTwo.\n"""\nx = 1\n', 1),
    "the docstring of a function": ("def f():\n    '''One.\n\n    Two.\n    '''\n    return 1\n", 2),
    "the docstring of a class and its method": ('class A:\n    """One."""\n\n    def f(self):\n        "Two."\n', 2),
    "the docstring of an inner function": ("if x:\n    async def f():\n        def g():\n            'One.'\n", 3),
    "a docstring beside code": ("def f(): 'One.'\n", 1),
    "a docstring and code after it": ("'One.'; x = 1\n", 1),
    "a string that is no docstring": ('x = """\none\n\ntwo\n"""\n', 4),
    "a comment inside a string": ('x = """\n# one\n"""\n', 3),
    "a comment between two strings": ("x = (\n    'one'\n    # between\n    'two'\n)\n", 4),
    "a string in the middle of a body": ("x = 1\n'''about\nx\n'''\n", 4),
    "bytes are no docstring": ("b'one'\n", 1),
    "brackets over lines": ("f(\n    1,\n\n    # why\n    2,\n)\n", 4),
    "a continued line": ("x = 1 + \\\n    2\n", 2),
    "carriage returns": ("x = 1\r\n\r\n# one\r\ny = 2\r\n", 2),
    "old carriage returns": ("x = 1\r# one\ry = 2\r", 2),
    "newer syntax": ("type A[T] = list[T]\n# one\ndef f[T](): 'One.'\n", 2),
    "a text that is no Python": ("def f(:\n\n    # one\n    x = 1\n", 2),
    "an open string": ('x = """\none\n# two\n\n', 2),
    "a bad dedent": ("if x:\n        y\n    z\n# one\n", 3),
    "a null byte": ("x = 1\n\0\n", 2),
}


@pytest.mark.parametrize(("text", "lines"), COUNTED.values(), ids=COUNTED)
def test_code_lines(text: str, lines: int) -> None:
    assert code_lines(text) == lines


def test_a_deep_expression_is_counted() -> None:
    assert code_lines("x = " + "(" * 5000 + ")" * 5000 + "\n# one\n") == 1


def test_a_docstring_with_other_letters() -> None:
    text = dedent(
        '''\
        def grüßen():
            """Größe.

            Straße.
            """
            return "ß"
        '''
    )
    assert code_lines(text) == 2
