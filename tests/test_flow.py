"""What a function does, made of its own lines when somebody asks."""

from __future__ import annotations

from textwrap import dedent

import pytest

from taskguard.facts.extract import extract
from taskguard.facts.model import Call, Const, Ref
from taskguard.facts.statements import Body, If, Inner, Let, Loop, Match, Return, Try, With
from taskguard.project.python.flow import Called, below, body_of, calls_of, spots, values_bound
from taskguard.project.python.project import Project
from taskguard.settings.model import Settings


def body(text: str, name: str) -> Body:
    text = dedent(text)
    project = Project(["a.py"], lambda path: extract(text), Settings(), text_of=lambda path: text)
    module = project.modules["a.py"]
    function = module.function(name)
    assert function is not None
    made = body_of(module, function)
    assert made is not None
    assert body_of(module, function) is made
    return made


def called(made: Body) -> dict[str, Called]:
    return {one.call.callee: one for one in calls_of(made)}


def test_statements_come_in_order_with_what_is_around_them() -> None:
    made = body(
        """\
        x = 1


        class Sender:
            @decorated
            def send(self, rows):
                '''It sends.'''
                with open("a") as file, lock:
                    for row in rows:
                        try:
                            first(row)
                        except (KeyError, ValueError) as error:
                            second(error)
                        except:
                            raise
                        else:
                            third()
                        finally:
                            fourth()
                return file
        """,
        "Sender.send",
    )
    held, last = made.statements
    assert isinstance(held, With) and isinstance(last, Return)
    assert [bound is not None for _, bound in held.items] == [True, False]
    loop = held.body[0]
    assert isinstance(loop, Loop) and loop.kind == "for"
    tried = loop.body[0]
    assert isinstance(tried, Try)
    first, second = tried.handlers
    assert first.types is not None and len(first.types) == 2 and first.name == "error"
    assert second.types is None
    calls = called(made)
    assert [one.part for one in calls["first"].spot.around] == ["body", "body", "body"]
    assert [(one.part, one.number) for one in calls["second"].spot.around][-1] == ("handler", 0)
    assert [calls[one].spot.around[-1].part for one in ("third", "fourth")] == ["orelse", "final"]
    assert calls["first"].call.span.line == 11 and calls["first"].call.span.column == 21


def test_lambdas_and_functions_within_are_done_later() -> None:
    made = body(
        """\
        def send(pk):
            on_commit(lambda: now(pk))
            def inner():
                then(pk)
            class Kind:
                here()
            return [each(one) for one in rows(pk) if good(one)]
        """,
        "send",
    )
    calls = called(made)
    later = {name for name, one in calls.items() if one.later}
    assert later == {"now", "then"}
    assert isinstance(calls["now"].holder, Inner)
    assert [one for one in calls if one in ("rows", "good", "each")] == ["rows", "good", "each"]


def test_a_name_and_what_it_is_bound_to() -> None:
    made = body(
        """\
        def send(pk):
            user = first(pk)
            if pk:
                user = None
            for user in users: ...
            if (row := second(pk)) is not None: ...
            a, user = pair
        """,
        "send",
    )
    values = [one for one, _ in values_bound(made.statements, "user")]
    assert [type(one) for one in values] == [Call, Const, type(None), type(None)]
    (row,) = [one for one, _ in values_bound(made.statements, "row")]
    assert isinstance(row, Call) and row.callee == "second"


def test_a_long_chain_of_branches_is_no_deep_one() -> None:
    chain = "\n".join(f"    elif pk == {number}: step(pk)" for number in range(300))
    made = body(f"def send(pk):\n    if pk == -1: step(pk)\n{chain}\n", "send")
    assert isinstance(made.statements[0], If) and len(made.statements[0].branches) == 301
    assert len(list(spots(made.statements))) == 302


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_places_are_those_of_the_whole_text(ends: str) -> None:
    text = "x = 'é\f'\n\n\nclass A:\n\tdef one(self):\n\t\treturn 'ü', two(self)\n\n\tdef three(self): pass\n"
    text = text.replace("\n", ends)
    made = body(text, "A.one")
    (call,) = calls_of(made)
    assert (call.call.span.line, call.call.span.column) == (6, 15)
    assert made.span.end_line == 6


def test_newer_syntax_is_read() -> None:
    made = body(
        """\
        def send[T](row: T):
            try:
                first(f"{row["a"]!r}")
            except KeyError, ValueError:
                second()
            match row:
                case {"a": 1}:
                    third()
                case _:
                    fourth()
        """,
        "send",
    )
    assert list(called(made)) == ["first", "second", "third", "fourth"]
    assert isinstance(made.statements[1], Match) and made.statements[1].whole


def test_expressions_are_opened() -> None:
    made = body(
        """\
        async def send(row):
            a = (await one(row)) < two() < three()
            b = f"{four():>3}" + (yield five())
            c = row[six()](*seven(), **eight()).nine
        """,
        "send",
    )
    assert made.is_async and made.is_generator
    assert sorted(one.call.callee for one in calls_of(made)) == ["", "eight", "five", "four", "one", "seven", "six", "three", "two"]  # fmt: skip
    first = next(spots(made.statements)).statement
    assert isinstance(first, Let)
    assert isinstance(next(one for one, _ in below(first.value) if isinstance(one, Ref)), Ref)


def test_there_is_nothing_where_the_text_is_not_there() -> None:
    text = "def send(): ...\n"
    project = Project(["a.py"], lambda path: extract(text), Settings())
    function = project.modules["a.py"].function("send")
    assert function is not None and body_of(project.modules["a.py"], function) is None
