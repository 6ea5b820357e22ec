"""What is known of an expression is what Python makes of it; where that is not known nothing is said. Python is the judge."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskguard import engine
from taskguard.facts.model import Ref
from taskguard.project.celery.pieces import dict_pieces, list_pieces
from taskguard.project.python.bound import Bound, mapping_of, value_of
from taskguard.project.python.values import Known, Value

NAME = "MADE"


def bound(code: str) -> Bound:
    """The name `MADE` in a module of this code."""
    module = engine.link({"made.py": f"# celery\n{code}\n"}).modules["made.py"]
    (span, *_) = [one.span for one in module.facts.bindings if one.name == NAME]
    return Bound(Ref(NAME, span), module)


def worth(expression: str) -> Value:
    return value_of(bound(f"{NAME} = {expression}"))


KNOWN = (
    "1 + 2", "7 - 2", "2 * 3", "7 / 2", "7 // 2", "7 % 3", "2 ** 5", "2 ** -1", "-3", "+3", "not 0", "not 'a'", "1 < 2", "2 <= 2", "3 > 4", "3 >= 3",
    "1.5 + 1", "True + 1", "'a' in 'abc'", "'z' not in 'abc'", "1 in [1, 2]", "3 in (1, 2)", "'k' in {'k': 1}", "2 not in {1}", "1 == 1", "1 != 2", "1 == 1.0",
    "True == 1", "None is None", "None is not None", "'a' == 'a'", "'a' + 'b'", "[1] + [2]", "(1,) + (2,)", "f'{1}{True}x{\"y\"}'", "'%s.x' % 'a'", "'%s-%d' % ('a', 3)",
    "'{}.x'.format('a')", "'{a}.{b}'.format(a='x', b=1)", "'{0}{1}'.format('x', 'y')", "'a.tasks'.removesuffix('.tasks')", "'A'.lower()", "'a,b'.split(',')", "'-'.join(['a', 'b'])",
    "'abc'[:-1]", "'abc'[1:]", "'abc'[:]", "[1, 2, 3][1:]", "(1, 2)[0]", "[1, 2][-1]", "'aa'.replace('a', 'b')", "1 if 0 else 2", "'' or 'x'", "0 and 1", "1 and 2",
    "{'a': 1}['a']", "{'a': 1}.get('a')", "{'a': 1}.get('b', 2)", "str(1)", "int('3')", "bool('')", "float(2)", "list((1, 2))", "tuple([1])", "set([1])",
)  # fmt: skip
UNTOLD = (
    "1 / 0", "2 ** 65", "2000 ** 2", "10 ** 18 * 10 ** 18 * 10", "'a' + 1", "[] in {1}", "1 in 5", "'%5s' % 'a'", "'%s' % 1.5", "'%s %s' % 'a'", "'{:5}'.format(1)", "'{a.b}'.format(a=1)",
    "'{} {}'.format('a')", "'abc'.index('z')", "'a' * 10 ** 9", "-'a'", "f'{1.5}'", "1 @ 2", "'a' < 'b'", "unknown + 1", "f'{unknown}'", "'a'.join(unknown)", "unknown['a']", "[1][5]",
    "{'a': 1}['b']", "'x' * 20000", "unknown or 1", "1 if unknown else 2", "'a'.nothing()", "int('x')", "[*unknown]", "{'a': 1}.get(unknown)", "'a'.center(10 ** 9)", "(lambda: 1)()",
)  # fmt: skip


@pytest.mark.parametrize("expression", KNOWN)
def test_what_is_known_is_what_python_makes_of_it(expression: str) -> None:
    made = worth(expression)
    assert isinstance(made, Known), made
    assert same(made.value, eval(expression))


@pytest.mark.parametrize("expression", UNTOLD)
def test_what_fails_or_grows_or_rests_on_something_else_is_not_known(expression: str) -> None:
    assert not isinstance(worth(expression), Known)


def same(one: object, other: object) -> bool:
    """Equal and of one type, in every part."""
    return repr(one) == repr(other)


ATOMS = st.sampled_from(
    ["0", "1", "3", "-2", "2.5", "True", "None", "''", "'a'", "'b.c'", "[1]", "()", "('a', 2)", "{'a': 1}", "unknown"]
)
BINARY = "+ - * / // % ** < <= > >= == != in and or".split()


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0:
        return draw(ATOMS)
    one, two, three = (draw(expressions(depth - 1)) for _ in range(3))
    shapes = [
        *(f"({one} {op} {two})" for op in BINARY),
        f"({one} if {two} else {three})",
        f"(not {one})",
        f"f'{{{one if chr(39) not in one else 1}}}'",
        f"str({one})",
        one,
    ]
    return draw(st.sampled_from(shapes))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(expressions())
def test_no_known_value_is_another_than_pythons(expression: str) -> None:
    made = worth(expression)
    if isinstance(made, Known):
        assert same(made.value, eval(expression, {})), "what rests on something unknown has no value"


# -- dicts and lists that statements build

KEYS = st.sampled_from(["a", "b", "c"])
ENTRIES = st.dictionaries(KEYS, st.integers(0, 9), max_size=3)
DICT_STATEMENTS = st.one_of(
    st.builds("{0}[{1!r}] = {2}".format, st.just(NAME), KEYS, st.integers(0, 9)),
    st.builds("{0}.update({1})".format, st.just(NAME), ENTRIES),
    st.builds("{0}.update(b={1})".format, st.just(NAME), st.integers(0, 9)),
    st.builds("{0}.setdefault({1!r}, {2})".format, st.just(NAME), KEYS, st.integers(0, 9)),
    st.builds("{0}.pop({1!r}, None)".format, st.just(NAME), KEYS),
    st.builds("{0} |= {1}".format, st.just(NAME), ENTRIES),
    st.builds("{0} = {{**{0}, {1!r}: {2}}}".format, st.just(NAME), KEYS, st.integers(0, 9)),
    st.builds("{0} = {0} | {1}".format, st.just(NAME), ENTRIES),
    st.builds("{0} = dict({0}, c={1})".format, st.just(NAME), st.integers(0, 9)),
    st.builds("if YES:\n    {0}[{1!r}] = {2}".format, st.just(NAME), KEYS, st.integers(0, 9)),
    st.builds("if NO:\n    {0}.update({1})".format, st.just(NAME), ENTRIES),
    st.builds("def later():\n    {0}[{1!r}] = {2}\nlater()".format, st.just(NAME), KEYS, st.integers(0, 9)),
)
LIST_STATEMENTS = st.one_of(
    st.builds("{0}.append({1})".format, st.just(NAME), st.integers(0, 9)),
    st.builds("{0}.extend([{1}, 7])".format, st.just(NAME), st.integers(0, 9)),
    st.builds("{0}.insert(0, {1})".format, st.just(NAME), st.integers(0, 9)),
    st.builds("{0} += [{1}]".format, st.just(NAME), st.integers(0, 9)),
    st.builds("{0} = {0} + [{1}]".format, st.just(NAME), st.integers(0, 9)),
    st.builds("{0} = [*{0}, {1}]".format, st.just(NAME), st.integers(0, 9)),
    st.builds("{0} = list({0})".format, st.just(NAME)),
    st.builds("if YES:\n    {0} += [{1}]".format, st.just(NAME), st.integers(0, 9)),
    st.builds("{0} = {0} if YES else [{1}]".format, st.just(NAME), st.integers(0, 9)),
)


def run_python(code: str) -> Any:
    held: dict[str, Any] = {"YES": True, "NO": False, "copy": copy}
    exec(code, held)
    return held[NAME]


def program(start: str, statements: list[str]) -> tuple[str, Any]:
    """Code whose conditions nobody can tell, and what it makes in Python."""
    code = "\n".join([f"{NAME} = {start}", *statements])
    return f"from elsewhere import YES, NO\n{code}", run_python(code)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(ENTRIES, st.lists(DICT_STATEMENTS, max_size=4))
def test_an_entry_that_is_known_of_a_dict_is_there_with_this_value(
    start: dict[str, int], statements: list[str]
) -> None:
    code, real = program(repr(start), statements)
    made = mapping_of(bound(code))
    told = {key: value_of(value) if isinstance(value, Bound) else value for key, value in made.entries.items()}
    for key, value in told.items():
        if isinstance(value, Known):
            assert real.get(key) == value.value
    if not made.open:
        assert set(real) <= set(told), "an entry is there that nobody told of"


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(ENTRIES, st.lists(DICT_STATEMENTS, max_size=4))
def test_every_entry_of_a_dict_is_among_the_pieces(start: dict[str, int], statements: list[str]) -> None:
    code, real = program(repr(start), statements)
    made = dict_pieces(bound(code))
    told = {(one.key.value, value_of(one.value).value) for one in made.items}
    assert made.open or set(real.items()) <= told


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(st.integers(0, 9), max_size=3), st.lists(LIST_STATEMENTS, max_size=4))
def test_every_item_of_a_list_is_among_the_pieces(start: list[int], statements: list[str]) -> None:
    code, real = program(repr(start), statements)
    made = list_pieces(bound(code))
    assert made.open or set(real) <= {one.key.value for one in made.items}


PIECES = {
    "a spread": "{**{'a': 1}, 'b': 2}",
    "pairs": "dict([('a', 1), ('b', 2)])",
    "keywords": "dict(a=1, b=2)",
    "keywords that are spread": "dict(a=1, **{'b': 2})",
    "a copy by a method": "OTHER.copy()",
    "a deep copy": "copy.deepcopy(OTHER)",
    "or": "NOTHING or OTHER",
    "a condition": "OTHER if YES else {}",
    "an entry of another dict": "{'x': OTHER}['x']",
    "what a function returns": "make()",
    "what a function returns of its argument": "given({'b': 2})",
    "an attribute of a class": "Held.ONE",
    "nothing": "None",
}
OTHERS = """
OTHER = {'a': 1}
OTHER['b'] = 2
NOTHING = None
class Held:
    ONE = {'a': 1, 'b': 2}
def make():
    made = {'a': 1}
    made.update(b=2)
    return made
def given(more):
    if YES:
        return {'a': 1, **more}
    return {}
"""


@pytest.mark.parametrize("text", PIECES.values(), ids=PIECES)
def test_a_dict_of_every_form_has_its_pieces(text: str) -> None:
    code = f"import copy\n{OTHERS}\n{NAME} = {text}"
    made = dict_pieces(bound(f"from elsewhere import YES\n{code}"))
    real = run_python(code) or {}
    assert not made.open
    assert {one.key.value: value_of(one.value).value for one in made.items} == real


@pytest.mark.parametrize(
    "text",
    [
        "unknown()",
        "dict(unknown)",
        "dict([unknown])",
        "{**unknown}",
        "OTHER['z']",
        "unknown or {}",
        "OTHER | unknown",
        "1",
    ],
)
def test_a_dict_that_cannot_be_followed_is_open(text: str) -> None:
    assert dict_pieces(bound(f"{OTHERS}\n{NAME} = {text}")).open
