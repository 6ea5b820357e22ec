"""Bytes to text: encodings as Python reads them, and lines as editors count them."""

from __future__ import annotations

import ast
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskguard.facts.source import SourceError, count_lines, decode


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"x = 1\n", "x = 1\n"),
        ("grüezi".encode(), "grüezi"),
        (b"\xef\xbb\xbfx", "x"),
        (b"a\r\nb\rc\x0cd", "a\r\nb\rc\x0cd"),
        (b"# coding: latin-1\n# \xfc\n", "# coding: latin-1\n# ü\n"),
        (
            b"#!/usr/bin/python\n# -*- coding: iso-8859-15 -*-\n# \xa4\n",
            "#!/usr/bin/python\n# -*- coding: iso-8859-15 -*-\n# €\n",
        ),
        (b" \t\x0c# vim: set fileencoding=cp1252 :\n# \x80", " \t\x0c# vim: set fileencoding=cp1252 :\n# €"),
        (b"# coding:latin-1\r# \xfc", "# coding:latin-1\r# ü"),
        ("# coding: UTF_8\n# ü".encode(), "# coding: UTF_8\n# ü"),
        (b"\xef\xbb\xbf# coding: utf8\n", "# coding: utf8\n"),
        ("x = 1\n# coding: latin-1\n# ü".encode(), "x = 1\n# coding: latin-1\n# ü"),
        ("\n\n# coding: latin-1\n# ü".encode(), "\n\n# coding: latin-1\n# ü"),
        ("# encoding is no coding\n# ü".encode(), "# encoding is no coding\n# ü"),
        ('"coding: latin-1"\n# ü'.encode(), '"coding: latin-1"\n# ü'),
        (b"# coding: shift_jis\n# \x93\xfa\n", "# coding: shift_jis\n# 日\n"),
    ],
)
def test_text(data: bytes, text: str) -> None:
    assert decode(data) == text


@pytest.mark.parametrize(
    ("data", "kind", "line", "part"),
    [
        (
            b"x = 1\ny = '\xfc'\n",
            "unreadable",
            2,
            "byte 0xfc in line 2 is not UTF-8, and no other encoding is declared",
        ),
        (b"# coding: utf-8\n\xfc\n", "unreadable", 2, "is not UTF-8"),
        (b"# coding: ascii\n\n\xc3\xbc\n", "unreadable", 3, "is not ascii"),
        (b"\n# coding: latin-99\n", "unreadable", 2, "unknown encoding: latin-99"),
        (b"# coding: rot13\n", "unreadable", 1, "rot13"),
        (b"# coding: undefined\n", "unreadable", 1, "undefined"),
        (b"# coding: utf-16\n## odd\n", "unreadable", 1, "utf-16"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "unreadable", 1, "mark of UTF-8"),
        ("x = 1".encode("utf-16"), "unreadable", 1, "UTF-16"),
        ("x = 1".encode("utf-32"), "unreadable", 1, "UTF-32"),
        (b"a = 1\r\nb = '\0'\n", "syntax", 2, "null bytes"),
    ],
)
def test_what_is_no_text(data: bytes, kind: str, line: int, part: str) -> None:
    with pytest.raises(SourceError) as caught:
        decode(data)
    assert (caught.value.kind, caught.value.line) == (kind, line)
    assert part in caught.value.message


@given(
    st.sampled_from([b"", codecs.BOM_UTF8]),
    st.sampled_from(
        [
            b"",
            b"# coding: latin-1\n",
            b"\n#coding=cp1252\n",
            b"# -*- coding: utf-8-sig -*-\r",
            b"x=1\n# coding: ascii\n",
        ]
    ),
    st.binary(max_size=30),
)
def test_a_file_that_python_reads_is_decoded(mark: bytes, head: bytes, rest: bytes) -> None:
    """Whatever the bytes, the outcome is text or a SourceError; and it is text where Python makes a module of them."""
    data = mark + head + b"'''" + rest + b"'''"
    try:
        text = decode(data)
    except SourceError:
        with pytest.raises((SyntaxError, ValueError)):
            ast.parse(data)
        return
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return
    assert ast.dump(tree) == ast.dump(ast.parse(text))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", 0),
        ("a", 1),
        ("a\n", 1),
        ("a\nb", 2),
        ("a\r\nb\r\n", 2),
        ("a\rb", 2),
        ("\n\r", 2),
        ("a\x0cb\n", 1),
        ("a\x85b\u2028c\n", 1),
    ],
)
def test_lines(text: str, lines: int) -> None:
    assert count_lines(text) == count_lines(text.encode()) == lines


@given(st.text(alphabet="a\r\n\x0c", max_size=12))
def test_lines_are_those_of_python(text: str) -> None:
    assert count_lines(text) == len(text.encode().splitlines())
