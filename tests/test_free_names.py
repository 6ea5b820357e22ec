"""Which names of its module a function reads."""

from __future__ import annotations

from textwrap import dedent

from taskguard.facts.free_names import globals_read

TEXT = dedent("""\
    from flask import current_app, g, request


    @wrapped(g)
    def send(a, request=None):
        b = current_app.config[a]

        def inner():
            return g.user, b, request

        return inner


    def local():
        from flask import session

        return session.user


    def broken(): ...
""")


def test_names_of_inner_functions_count_and_parameters_do_not():
    assert globals_read(TEXT, 5) == {"current_app", "g"}


def test_what_a_function_imports_itself_is_its_own():
    assert globals_read(TEXT, 14) == frozenset()


def test_other_lines_and_text_that_cannot_be_read_give_nothing():
    assert globals_read(TEXT, 1) == frozenset()
    assert globals_read("def f(:\n    return x\n", 1) == frozenset()
