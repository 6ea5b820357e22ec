"""The blocks of a file: what each one is, what it binds, and what it needs at once or later."""

from __future__ import annotations

from textwrap import dedent

import pytest

from taskguard.facts.blocks import Block, blocks_of


def block(text: str) -> Block:
    """The last block of a text."""
    return blocks_of(dedent(text)).blocks[-1]


def test_all_text_is_in_some_block() -> None:
    text = '#!/usr/bin/env python\n"""Doc."""\nimport os\n\n\n# about f\n@d\ndef f():\n    pass\n\n\nX = 1  # one\n# the end\n'
    found = blocks_of(text)
    assert text[: found.head] + "".join(text[one.start : one.end] for one in found.blocks) == text
    assert [one.kind for one in found.blocks] == ["docstring", "import", "function", "assignment"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("from __future__ import annotations", "future"),
        ("import os; import sys", "import"),
        ("try:\n    import a\nexcept ImportError:\n    a = None", "imports"),
        ("if TYPE_CHECKING:\n    from a import B", "imports"),
        ("try:\n    import a\nexcept ImportError:\n    a = make()", "statement"),
        ("logger = logging.getLogger(__name__)", "logger"),
        ("logger = get_task_logger('mail')", "logger"),
        ("logger = logging.getLogger(name_of())", "assignment"),
        ("X = Y = 1", "assignment"),
        ("X['a'] = 1", "statement"),
        ("@task\nasync def f(): ...", "function"),
        ("class A: ...", "class"),
        ("if __name__ == '__main__':\n    main()", "main"),
        ("__all__ = ['f']", "listing"),
        ("__all__ += ['f']", "listing"),
        ("register(f)", "statement"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    assert blocks_of(f"Z = 0\n{text}\n").blocks[-1].kind == kind


def test_what_is_needed_at_once_and_what_later() -> None:
    found = block(
        """
        @retry(times=TRIES)
        def send(to: Address, at=NOON):
            mail = make(to, SUBJECT)
            return [line for line in mail if line not in SEEN]
        """
    )
    assert found.now == {"retry", "TRIES", "Address", "NOON"}
    assert found.run == {"retry", "TRIES"}
    assert found.later == {"make", "SUBJECT", "SEEN"}


def test_annotations_come_later_where_they_are_texts() -> None:
    found = block("from __future__ import annotations\ndef f(to: Address) -> 'Letter': ...")
    assert found.now == set() and found.later == {"Address"} and found.soft == {"Letter"}


def test_type_comments_and_casts_name_types() -> None:
    assert block("x = cast('Order', y)  # type: List[Line]").soft >= {"Order", "List", "Line"}
    assert (
        block("Either = Union[Order, 'Line']").soft == {"Line"}
        and block("def f():\n    return d['Line']").soft == set()
    )


def test_local_names_are_nobody_elses() -> None:
    found = block(
        """
        def f(a, *b, c=1, **d):
            import e
            for g in a: pass
            with b as h: pass
            try: pass
            except OSError as i: print(i)
            if (j := c): pass
            def k(): return l
            class M: n = d
            return [o for o in e], lambda p: p, g, h, j, k, M
        """
    )
    assert found.later == {"OSError", "print", "l"}


def test_a_class_body_runs_at_once_and_its_methods_later() -> None:
    found = block(
        """
        class Send(Base, metaclass=Meta):
            queue = QUEUE
            other = queue
            def run(self):
                return queue, LIMIT
        """
    )
    assert found.now == {"Base", "Meta", "QUEUE"} and found.run == {"Base", "Meta"}
    assert found.later == {"queue", "LIMIT"}


def test_a_lambda_that_is_handed_to_a_call_may_run_at_once() -> None:
    assert block("X = sorted(Y, key=lambda one: KEY[one])").now == {"sorted", "Y", "KEY"}
    assert block("X = lambda one: KEY[one]").later == {"KEY"}


def test_rebinding_by_global() -> None:
    found = block("def f():\n    global CACHE, OTHER\n    CACHE = OTHER\n    del OTHER")
    assert found.rebinds == {"CACHE", "OTHER"} and found.later == {"OTHER"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("X['a'] = f", {"X"}),
        ("X.a.b = f", {"X"}),
        ("X += 1", {"X"}),
        ("X.append(f)", {"X"}),
        ("del X['a']", {"X"}),
        ("for one in Y:\n    X.add(one)", {"X"}),
        ("register(f)", set()),
    ],
)
def test_what_a_statement_changes(text: str, names: set[str]) -> None:
    assert block(text).alters == names


def test_names_that_a_branch_may_leave_out() -> None:
    assert block("if DEBUG:\n    def f(): ...\n    X = 1\nelse:\n    X = 2").maybe == ("f",)
    assert block("try:\n    X = a()\nexcept KeyError:\n    raise").maybe == ()
    assert block("for one in Y:\n    X = 1").maybe == ("one", "X")


def test_a_branch_that_ends_in_an_exception_leaves_nothing_out() -> None:
    fails = "    raise ValueError(A)"
    assert block(f"if A:\n    X = 1\nelif B:\n    X = 2\nelse:\n{fails}").maybe == ()
    assert block(f"if A:\n{fails}\nelse:\n    X = 1").maybe == ()
    assert block(f"if A:\n    X = 1\nelif B:\n{fails}").maybe == ("X",)
    assert block(f"if A:\n    X = 1\nelse:\n    if B:\n    {fails}\n    else:\n    {fails}").maybe == ()
    assert block(f"try:\n    X = a()\nexcept KeyError:\n    if A:\n    {fails}").maybe == ("X",)


def test_places_of_the_own_name_and_of_dots() -> None:
    text = "def f():\n    from . import a\n    from ..b.c import d\n    return f'{__name__!r}', __name__\n"
    (found,) = blocks_of(text).blocks
    assert [text[slice(*place)] for place in found.own_name] == ["__name__"]
    assert found.odd == ("puts `__name__` into a text",)
    assert [(text[start:end], dots) for start, end, dots in found.dots] == [(".", "."), ("..b.c", "..b.c")]


def test_headings() -> None:
    text = "X = 1\n\n# --- mail ---\n\n\ndef f(): ...\n\n\n# sends it\ndef g(): ...\n\n\n# =====\n# Billing\n# =====\ndef h(): ...\n"
    assert [one.section for one in blocks_of(text).blocks] == ["", "mail", "mail", "Billing"]


def test_positions_count_letters_and_not_bytes() -> None:
    text = "X = 'äöü'; Y = __name__\n"
    (found,) = blocks_of(text).blocks
    assert [text[slice(*place)] for place in found.own_name] == ["__name__"]


@pytest.mark.parametrize(
    ("code", "held"),
    [
        ("f'{__name__}' + '{__name__}'", ["{__name__}"]),
        ("'{__name__}' f'a{__name__}b{{__name__}}'", ["{__name__}"]),
        ("F'{ __name__ }'  # {__name__}", ["{ __name__ }"]),
        ("rf'\\{__name__}' f'\\N{EN DASH}{__name__}'", ["{__name__}", "{__name__}"]),
        ("f\"{f'{__name__}'}:{x:{__name__}}\"", ["{__name__}", "{__name__}"]),
        ("f'''\n{__name__}\n''' '''{__name__}'''", ["{__name__}"]),
        # one that cannot be written out, and a text that looks as if it could
        ("f'{__name__!r}' + '{__name__}'", None),
        ("f'{__name__!r}'  # {__name__}", None),
        ("f'{__name__:>20}' '{__name__}'", None),
        ("f'{__name__=}' '{__name__}'", None),
        ("f'{__name__.upper()}' '{__name__}'", None),
        ("f\"{d['{__name__}']}{__name__!r}\"", None),
    ],
)
def test_the_own_name_in_texts(code: str, held: list[str] | None) -> None:
    text = f"A = 1\ndef f(x=0, d=0):\n    return {code}\n"
    found = blocks_of(text).blocks[1]
    assert [text[slice(*place)] for place in found.own_name] == (held or [])
    assert found.odd == (() if held else ("puts `__name__` into a text",))
    # Each place is that of a field: what is written there does not change what the other texts say.
    made = text
    for start, end in sorted(found.own_name, reverse=True):
        made = f"{made[:start]}shop.tasks{made[end:]}"
    before: dict[str, object] = {"__name__": "shop.tasks"}
    after: dict[str, object] = {"__name__": "elsewhere"}
    if held and "x:" not in code:
        exec(text, before)
        exec(made, after)
        assert before["f"]() == after["f"]()  # type: ignore[operator]
