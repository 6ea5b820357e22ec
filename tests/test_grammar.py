"""The newest grammar on any host: each new form gives the tree of its older spelling, at its own lines and columns."""

from __future__ import annotations

import ast
import sys
import warnings
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskguard.facts.extract import extract
from taskguard.facts.grammar import parse

# New form, and the older one that means the same to us: without type parameters.
SAME = [
    ("try: pass\nexcept A, b.C: pass", "try: pass\nexcept (A, b.C): pass"),
    ("try: pass\nexcept  A  ,  B[1]  :\n    x", "try: pass\nexcept (A, B[1]):\n    x"),
    ("try: pass\nexcept (A, B) as e: pass", "try: pass\nexcept (A, B) as e: pass"),
    ("def f[T](a): pass", "def f(a): pass"),
    ("async def f[T: (int, str), *Ts, **P](a: T) -> T: pass", "async def f(a: T) -> T: pass"),
    ("def f[T = list[int]](a): pass", "def f(a): pass"),
    ("def f[\n  T,  # why\n\n](a): pass\nx", "def f(\n\n\na): pass\nx"),
    ("class C[T](Base[T], k=1): pass", "class C(Base[T], k=1): pass"),
    ("class C[T]:\n    @d\n    def m[U](self): pass", "class C:\n    @d\n    def m(self): pass"),
    ("type X = int", "X = int"),
    ("type X[T: int = str] = list[T]", "X = list[T]"),
    ("if a: type X = int; type Y[T] = T", "if a: X = int; Y = T"),
    ("x = f'{a['b']}'", "x = f'{a[\"b\"]}'"),
    ("x = f\"{'\\n'.join(a)}\"", "x = f\"\"\"{'''\n'''.join(a)}\"\"\""),
    ("x = f'{f'{f'{1}'}'}'", "x = f'''{f\"{f'{1}'}\"}'''"),
    ("x = f'a{{{b!r:>{w['x']}}}}c'", "x = f'a{{{b!r:>{w[\"x\"]}}}}c'"),
    ("x = f\"{a[\"b\"] = }{a[\"b\"]=!s}{a[\"c\"]=:>5}\"", "x = f'{a[\"b\"] = }{a[\"b\"]=!s}{a[\"c\"]=:>5}'"),
    ("x = 'p' rf'\\d{a['b']}' '' f'{c}'", "x = 'p' rf'\\d{a[\"b\"]}' '' f'{c}'"),
    ("x = f'{a, *b['c']}{(d, e['f'])}{lambda_({1: 'x'}['y'])}'", "x = f'{a, *b[\"c\"]}{(d, e[\"f\"])}{lambda_({1: \"x\"}[\"y\"])}'"),
    ("x = f'{g(f'a{b['c']}', 'd', f'{e}')}'", "x = f'''{g(f'a{b[\"c\"]}', 'd', f'{e}')}'''"),
    ("x = f'{a != b['c']}{a == b['c']}{a:=^9}'", "x = f'{a != b[\"c\"]}{a == b[\"c\"]}{a:=^9}'"),
    ("x = f'\\N{EM DASH}\\x41ü{a['b']}'", "x = f'\\N{EM DASH}\\x41ü{a[\"b\"]}'"),
]  # fmt: skip
OLD = [
    "type = 3\ntype[1] = 2\ntype.x = 1\nprint(type == x, type [1] == 2)\nx: type = 1\n",
    "match x:\n    case {'type': type, **rest}: type = 1\n    case [1, 2]: pass\n",
    "x = a[b:type][1]\nexcepting = {1: lambda: 2}\nclassic[0] = 1\n",
    "'''\nexcept A, B:\ntype X = int\ndef f[T](): pass\n'''\n",
]


def without_types(tree: ast.AST) -> ast.AST:
    """The tree as it is to us: no type parameters, and an alias is an assignment."""
    for node in ast.walk(tree):
        if hasattr(node, "type_params"):
            node.type_params = []
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, name, [assignment(one) for one in value])
    return tree


def assignment(node: ast.AST) -> ast.AST:
    if type(node).__name__ != "TypeAlias":
        return node
    return ast.copy_location(ast.Assign([node.name], node.value), node)  # type: ignore[attr-defined]


def dump(text: str) -> str:
    return ast.dump(without_types(parse(text)))


@pytest.mark.parametrize(("new", "old"), SAME)
def test_a_new_form_is_its_older_one(new: str, old: str) -> None:
    assert dump(new) == dump(old)


@pytest.mark.parametrize("old", OLD)
@pytest.mark.parametrize("beside", ["", "try: pass\nexcept A, B: pass\n", "x = f'{a['b']}'\ntype Y[T] = T\n"])
def test_what_only_looks_new_stays(old: str, beside: str) -> None:
    """Also where something else in the file is new, so that the file is brought to older syntax."""
    alone = [ast.dump(node) for node in parse(old).body]
    assert [ast.dump(node) for node in parse(beside + old).body][-len(alone) :] == alone


MANY = '''\
try: pass
except A, B: one(1); two(2)
ü = "é"; zz = (ü, f"{x["ä"]} é {y}", after(1), ü)
type X[T] = list[T]; type Y = int
def f[
  T: int,
](a, b=[1]): three(3)
class C[T](Base): four = f"""{x["a"]}" {\'\'\'b\'\'\'}
 {"""c"""}"""; five(5)
def g[T](
    a: T,
): return f"{(d)
}", six(6)
'''
PLACES = {"one": (2, 13), "two": (2, 21), "after": (3, 37), "X": (4, 5), "Y": (4, 26), "three": (7, 13), "Base": (8, 11),
          "four": (8, 18), "five": (9, 15), "six": (13, 4)}  # fmt: skip


# A form of Python 2, and that of today.
OLDER = [
    ("print 'a', 1", "print('a', 1)"),
    ("print 'a',", "print('a',)"),
    ("print >>f, 'a'; print 'b'", "print(f, 'a'); print('b')"),
    ("if a: print 'b' % (c,)\nelse: print", "if a: print('b' % (c,))\nelse: print"),
    ("print 'a' \\\n    'b'\nprint", "print('a' \\\n    'b')\nprint"),
    ("try:\n    print 'a'\nexcept (A, B), e: pass", "try:\n    print('a')\nexcept (A, B) as e: pass"),
    (
        "try: print 'a'\nexcept A, e:\n    raise B, 'c %s' % e",
        "try: print('a')\nexcept A as e:\n    raise B('c %s' % e)",
    ),
    ("def f():\n    raise B(c), None, d", "def f():\n    raise B(c)"),
    (
        "class A(object):\n    def f(self):\n\treturn unicode(self)",
        "class A(object):\n    def f(self):\n        return unicode(self)",
    ),
    ("exec 'a = 1' in b", "exec('a = 1' in b)"),
    ("a = 0777 + 10L + 0xFFL", "a = 0o777 + 10 + 0xFF"),
    ("a = `b` if c <> d else `e`", "a = (b) if c != d else (e)"),
    ("a = ur'\\d'", "a = r'\\d'"),
    ("f(key=lambda (a, b): b)", "f(key=lambda a, b: b)"),
]


@pytest.mark.parametrize(("old", "new"), OLDER)
def test_a_form_of_python_2_is_that_of_today(old: str, new: str) -> None:
    assert ast.dump(parse(old)) == ast.dump(parse(new))


def test_a_statement_of_python_2_keeps_its_place() -> None:
    text = "if a:\n    print 'é', f(b)  # why\ng()\n"
    calls = [one for one in ast.walk(parse(text)) if isinstance(one, ast.Call)]
    assert [ast.get_source_segment(text, one) for one in calls] == ["g()", "print 'é', f(b)", "f(b)"]


def test_a_form_of_python_2_in_a_file_of_today_is_a_mistake() -> None:
    with pytest.raises(SyntaxError):
        parse("async def f():\n    await g()\nprint 'x'\n")


def test_everything_keeps_its_place() -> None:
    lines = MANY.split("\n")
    found = {}
    for node in ast.walk(parse(MANY)):
        if isinstance(node, ast.Name):
            found[node.id] = node.lineno, len(lines[node.lineno - 1].encode()[: node.col_offset].decode())
            assert lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset].decode() in (node.id, "d")
    assert {name: found[name] for name in PLACES} == PLACES


def test_statements_keep_their_place() -> None:
    spans = [(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset) for node in parse(MANY).body]
    assert spans[3:5] == [(4, 0, 4, 19), (4, 21, 4, 33)]
    assert [span[0] for span in spans] == [1, 3, 3, 4, 4, 5, 8, 10]
    handler = next(node for node in ast.walk(parse(MANY)) if isinstance(node, ast.ExceptHandler))
    assert handler.type is not None and (handler.type.col_offset, handler.type.end_col_offset) == (7, 11)


def test_line_ends_of_every_kind() -> None:
    for end in ("\r\n", "\r", "\x0c\n"):
        text = end.join(
            ["try: pass", "except A, B: pass", "type X[", "T] = int", "x = f'''{a['''b''']}", "'''", "last"]
        )
        assert parse(text + end).body[-1].lineno == 7


def test_t_strings_are_read() -> None:
    for text in ("x = t'a {b!r:>{c}} {{'", "x = rt'{a['b']}' t'{t'{c}'}'", "x = T'{f(t'')}'"):
        assert isinstance(parse(text), ast.Module)


def test_exception_groups_and_unpacked_types() -> None:
    tree = parse("try: pass\nexcept* A, B: pass\nexcept *(C): pass\ndef f(*a: *T): return x[*T, 1], y[*T], [*a]\n")
    handlers = [ast.unparse(node.type) for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type]
    assert handlers == ["(A, B)", "C"]
    items = [ast.dump(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    assert [item.count("Starred") for item in items] == [1, 1]


BROKEN = [
    ("def send(name=): pass", 1), ("x = (\n\n", 1), ("try: pass\nexcept A, B: pass\n\ndef f(:\n", 4), ("type X[T] = int\nclass C[T]\n", 2),
    ("x = f'{a['b']}'\ny = f'{a['\n", 2), ("try: pass\nexcept A, B as e: pass\n", 2), ("def f[](): pass", 1), ("type X[] = int", 1), ("print 1 2", 1),
    ("x = f'{}'", 1), ("x = f'{a!x}'", 1), ("x = f'}'", 1), ("return = 1", 1), ("  x\n", 1), ("'''", 1), ("x = $", 1), ("a\0b", 1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), BROKEN)
def test_what_no_python_reads(text: str, line: int) -> None:
    with pytest.raises(SyntaxError) as caught:
        parse(text)
    assert caught.value.lineno == line


def test_the_column_of_a_mistake_beside_a_new_form() -> None:
    with pytest.raises(SyntaxError) as caught:
        parse("type X[T] = int; y = ü ü $\n")
    assert caught.value.offset in (22, 24, 26)


@pytest.mark.parametrize(
    "part", ["(", "[", "-", "not ", "lambda: ", "1 if 1 else ", "{1:", "f'{", "a.b(", "1+", "2**", "[*a"]
)
@pytest.mark.parametrize("beside", ["", "try: pass\nexcept A, B: x = f'{a['b']}'\n"])
def test_depth_is_no_crash(part: str, beside: str) -> None:
    for count in (95, 1_000, 20_000):
        text = f"{beside}x = {part * count}1"
        with suppress(SyntaxError):
            parse(text)


def test_no_warning_is_shown_or_raised() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse("x = '\\d'\ny = 1if 2else 3\n")
        parse("try: pass\nexcept A, B: x = '\\d'\n")


PIECES = [
    "except",
    " A, B",
    ":",
    "\n",
    "type X",
    " = ",
    "[T]",
    "def f",
    "(",
    ")",
    "f'",
    "{",
    "}",
    "'",
    '"',
    "!r",
    "\\",
    "#",
    "t'''",
    "'''",
    " ",
    "a",
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_no_text_is_a_crash(text: str) -> None:
    facts = extract(text)
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return
    if sys.version_info >= (3, 12):
        assert facts.failure is None
