"""What of a function has to do with some calls or names is kept where it stands, and parses as the whole of it does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from taskguard.facts.flow import body_at
from taskguard.facts.lines import lines_between
from taskguard.facts.slices import about, text_of
from taskguard.project.python.flow import calls_of

WORDS = ("delay", "append", "get", "add", "s")
BODY = '''\
def run(self, order, mail=None):
    """Runs."""
    print(order)
    kind = order.kind
    if order.late:
        later = 5
        note(order)
    elif order.gone:
        return None
    else:
        if self.ready:
            log(self)
        later = 0
    for row in order.rows: count(row)
    options = {"countdown": later}
    options["queue"] = kind
    unused = kind
    try:
        send.delay(order, **options)
    except (ValueError,
            KeyError):
        logger.info("failed %s", options)
    finally:
        close(self)
    check(options)
    return unused
'''


def kept(cut: str, *words: str, names: tuple[str, ...] = ()) -> str:
    pieces = about(cut, 1, words, names)
    assert pieces is not None
    return text_of(pieces)


def test_what_a_call_is_made_of_is_kept_where_it_stands() -> None:
    lines = kept(BODY, "delay").splitlines()
    whole = BODY.splitlines()
    stands = {number for number, line in enumerate(lines) if line and line == whole[number]}
    assert [whole[number].strip() for number in sorted(stands)] == [
        "def run(self, order, mail=None):", "kind = order.kind", "if order.late:", "later = 5", "elif order.gone:", "return None", "else:", "later = 0",
        'options = {"countdown": later}', 'options["queue"] = kind', "unused = kind", "try:", "send.delay(order, **options)",
        "except (ValueError,", "KeyError):", "check(options)",
    ]  # fmt: skip
    assert {line.strip() for number, line in enumerate(lines) if number not in stands} == {"", "pass"}


@pytest.mark.parametrize(
    "line",
    ["    print(kind)\n", "    # a comment\n", "    other = self.name\n", "    logger.info('x', options)\n", "\n"],
)
def test_another_statement_leaves_the_pieces_as_they_are(line: str) -> None:
    before = about(BODY, 1, ("delay",), ())
    place = BODY.index("    try:")
    after = about(BODY[:place] + line + BODY[place:], 1, ("delay",), ())
    assert before is not None
    assert after is not None
    assert [one.text for one in before] == [one.text for one in after]
    assert before != after


@pytest.mark.parametrize(
    "line", ["    kind = None\n", "    options.clear()\n", "    del later\n", "    use(options)\n"]
)
def test_a_statement_that_matters_changes_them(line: str) -> None:
    place = BODY.index("    try:")
    assert kept(BODY, "delay") != kept(BODY[:place] + line + BODY[place:], "delay")


def test_names_are_followed_without_any_call() -> None:
    assert "later" not in kept(BODY, names=("mail",))
    assert "later = 5" in kept(BODY, names=("later",))


def test_a_function_of_which_nothing_is_kept_is_one_all_the_same() -> None:
    assert ast.unparse(ast.parse(kept(BODY, "chain"))) == "def run(self, order, mail=None):\n    pass"
    assert kept("def run(): send.delay(1)\n", "chain").strip() == "def run(): send.delay(1)"


def calls(text: str, first: int) -> list[object] | None:
    body = body_at(text, first)
    return None if body is None else [
        (one.call, [(around.part, around.number, type(around.statement)) for around in one.spot.around])
        for one in calls_of(body)
        if one.call.method in WORDS or one.call.callee.rpartition(".")[2] in WORDS
    ]  # fmt: skip


def test_the_calls_of_each_function_of_ours_are_the_same_in_what_is_kept(repository: Path) -> None:
    functions = 0
    for path in sorted((repository / "taskguard").rglob("*.py")):
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                cut = lines_between(text, node.lineno, node.end_lineno)
                pieces = about(cut, node.lineno, WORDS, ())
                assert pieces is not None
                assert calls(text_of(pieces), node.lineno) == calls(cut, node.lineno), f"{path}:{node.lineno}"
                functions += 1
    assert functions > 1000
