"""What holds of every input: facts survive their codec, edits leave all other bytes, and neither processes nor what was kept change an answer.

`TASKGUARD_EXAMPLES=50 pytest tests/test_properties.py` tries fifty times as many, and others each time.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.commands import run
from small_projects import Change, change, changes, projects, write
from taskguard.diagnostics import Edit, Span
from taskguard.facts import codec, model
from taskguard.facts.extract import extract
from taskguard.facts.model import Facts
from taskguard.fixes.edited import Unedited, edited
from warm import WHOLE, taskguard

MORE = int(os.environ.get("TASKGUARD_EXAMPLES", "1"))


def examples(number: int) -> Any:
    """So many examples, the same ones each time; the more that were asked for, none of them twice."""
    return settings(
        max_examples=number * MORE, derandomize=MORE == 1, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )  # fmt: skip


# The codec


def readable(text: str) -> bool:
    """Whether JSON tells this text from others: to it two halves of a character beside one another are the character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") == text


PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "str": st.text(st.characters(), max_size=6).filter(readable),
    "int": st.integers(),
    "float": st.floats(allow_nan=False),
    "bool": st.booleans(),
    "None": st.none(),
}


def values(annotation: str, depth: int = 3) -> st.SearchStrategy[Any]:
    """What a field with this annotation may hold, expressions nested no deeper than this."""
    return st.one_of([value(part, depth) for part in codec.split(annotation, "|")])


def value(name: str, depth: int) -> st.SearchStrategy[Any]:
    if name.startswith("tuple["):
        parts = codec.split(name[len("tuple[") : -1], ",")
        if parts[-1] == "...":
            return st.lists(values(parts[0], depth), max_size=2).map(tuple) if depth > 0 else st.just(())
        return st.tuples(*(values(part, depth) for part in parts))
    if name in model.WORDS:
        return st.sampled_from(WORDS[name])
    if name == "Expr":
        kinds = ("Const", "Ref", "Opaque") if depth <= 0 else tuple(one.__name__ for one in model.Expr.__args__)
        return st.sampled_from(kinds).flatmap(lambda one: value(one, depth - 1))
    return PLAIN[name] if name in PLAIN else record(name, depth)


def record(name: str, depth: int) -> st.SearchStrategy[Any]:
    fields: dict[str, str] = codec.RECORDS[name].__annotations__
    inner = depth - 1 if name == "Step" else depth
    return st.tuples(*(values(one, inner) for one in fields.values())).map(lambda made: codec.RECORDS[name](*made))


WORDS = dict.fromkeys(model.WORDS, ("", "if", "function"))


@examples(60)
@given(st.data())
def test_all_that_facts_can_be_comes_back_from_their_text(data: st.DataObject) -> None:
    field, annotation = data.draw(st.sampled_from(sorted(Facts.__annotations__.items())))
    facts = Facts(data.draw(PLAIN["int"])).replace(**{field: data.draw(values(annotation))})
    text = codec.encode(facts)
    assert text.isascii() and "\n" not in text
    back = codec.decode(text)
    assert back == facts
    assert repr(back) == repr(facts), "an int is no bool, and a float no int"


@examples(40)
@given(projects())
def test_the_facts_of_a_project_come_back_from_their_text(files: dict[str, str]) -> None:
    for text in files.values():
        assert codec.decode(codec.encode(extract(text))) == extract(text)


# Edits

LINE = st.text(st.sampled_from("ab(),é\t\f\x85\u2028 =#"), max_size=6)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
HEADS = {"utf-8": "", "latin-1": "# -*- coding: latin-1 -*-\n", "cp1252": "# coding=cp1252\n"}


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str, bool, list[tuple[int, int, str]]]:
    """An encoding, a text, whether a byte order mark stands before it, and what to put in place of which parts of it."""
    encoding = draw(st.sampled_from(sorted(HEADS)))
    head = HEADS[encoding]
    text = head + "".join(draw(st.lists(st.tuples(LINE, ENDS).map("".join), max_size=6))) + draw(LINE)
    if encoding != "utf-8":
        text = text.replace("\u2028", "").replace("\x85", "")
    places = sorted(draw(st.sets(st.integers(len(head), len(text)), max_size=6)))
    new = st.text(st.sampled_from("xyz\n"), max_size=3)
    made = [(start, end, draw(new)) for start, end in zip(places[::2], places[1::2], strict=False)]
    # What begins between the two characters of a line's end is no place that a span can name.
    made = [one for one in made if not any(text[at - 1 : at + 1] == "\r\n" for at in one[:2])]
    return encoding, text, encoding == "utf-8" and draw(st.booleans()), made


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@examples(150)
@given(edits())
def test_what_no_edit_covers_stays_byte_for_byte(given: tuple[str, str, bool, list[tuple[int, int, str]]]) -> None:
    encoding, text, marked, wanted = given
    mark = codecs.BOM_UTF8 if marked else b""
    spans = [Edit("a.py", Span(*place(text, start), *place(text, end)), new) for start, end, new in wanted]
    pieces, at = [], 0
    for start, end, new in wanted:
        pieces += [text[at:start], new]
        at = end
    after = "".join([*pieces, text[at:]])
    assert edited(mark + text.encode(encoding), reversed(spans)) == mark + after.encode(encoding)


@examples(20)
@given(st.sampled_from(["latin-1", "ascii"]), st.sampled_from("€日ı"))
def test_what_an_encoding_has_no_place_for_changes_nothing(encoding: str, letter: str) -> None:
    data = f"# coding: {encoding}\nx = 1\n".encode(encoding)
    try:
        edited(data, [Edit("a.py", Span(2, 1, 2, 2), letter)])
    except Unedited:
        return
    raise AssertionError("it was written all the same")


FIXABLE = "@shared_task(max_retry=3)"
AROUND = st.sampled_from(
    ["x = 1", "", "# é", "def f(a, b): return 'é'", "\f", "y = '''\n  two \n'''", "z = [1,\\\n 2]"]
)


@examples(12)
@given(
    st.lists(AROUND, max_size=4),
    st.lists(AROUND, max_size=4),
    st.sampled_from(sorted(HEADS)),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_fix_changes_what_it_says_and_no_other_byte(
    above: list[str], below: list[str], encoding: str, end: str
) -> None:
    lines = [
        *HEADS[encoding].splitlines(),
        "from celery import shared_task",
        *above,
        FIXABLE,
        "def send(): ...",
        *below,
    ]
    data = "\n".join([*lines, ""]).replace("\n", end).encode(encoding)
    with TemporaryDirectory() as top:
        write(Path(top), {})
        (Path(top) / "tasks.py").write_bytes(data)
        outcome = run(["check", "--fix", "--select", "TG207", "--no-cache", "--workers", "1"], Path(top))
        assert outcome.code in (0, 1), outcome.err
        assert (Path(top) / "tasks.py").read_bytes() == data.replace(b"max_retry=", b"max_retries=")


# The number of processes


def command(folder: Path, *words: str) -> tuple[int, bytes]:
    """What a command says in a process of its own."""
    done = taskguard(folder, *words, loaded=WHOLE)
    assert done.code in (0, 1), done.error
    return done.code, done.out


@examples(3)
@given(projects())
def test_any_number_of_processes_says_the_same_bytes(files: dict[str, str]) -> None:
    with TemporaryDirectory() as top:
        write(Path(top), files)
        for words in (("check", "--packs", "strict", "--show-undecided", "--no-cache"), ("tasks",)):
            said = {
                command(Path(top), *words, "--output-format", "json", "--workers", count) for count in ("1", "2", "5")
            }
            assert len(said) == 1


# What was kept

JSON = ("--output-format", "json", "--workers", "1")


IGNORE = ".gitignore"


@contextmanager
def long_ago() -> Iterator[None]:
    """Files count as settled as soon as they are written: what a run keeps of them is otherwise asked again for two seconds, and proves nothing."""
    from taskguard.engine import facts_cache, result_cache  # noqa: F401 - they have it by then

    held = [one for name, one in sys.modules.items() if name.startswith("taskguard.") and hasattr(one, "RACY_NS")]
    assert held
    with pytest.MonkeyPatch.context() as patch:
        for one in held:
            patch.setattr(one, "RACY_NS", -60 * 10**9)
        yield


@examples(12)
@given(st.booleans(), projects(), st.lists(changes(), min_size=1, max_size=8))
def test_after_every_edit_a_run_says_what_a_run_says_that_kept_nothing(
    settled: bool, files: dict[str, str], edits: list[Change]
) -> None:
    with TemporaryDirectory() as top, long_ago() if settled else nullcontext():
        folder = Path(top)
        write(folder, files)
        agree(folder)
        for one in edits:
            change(folder, one)
            agree(folder)


def test_a_file_that_git_ignores_comes_and_goes(tmp_path: Path) -> None:
    patch = "from unittest.mock import patch\nimport celery\n\n\n@patch('shop.views.send')\ndef test_send(_): ...\n"
    write(tmp_path, {"shop/__init__.py": "import celery\n", "tests/test_tasks.py": patch, IGNORE: "views.py\n"})
    with long_ago():
        agree(tmp_path)
        change(tmp_path, Change("write", "shop/views.py", "send = 1\n"))
        agree(tmp_path)
        change(tmp_path, Change("drop", "shop/views.py"))
        agree(tmp_path)


def agree(folder: Path) -> None:
    """Asks for the whole project, for one file of it, and again, with and without what was kept."""
    paths = [path for path in ("shop/tasks.py", "shop/views.py") if (folder / path).is_file()]
    for words in (("check",), *(("check", path) for path in paths[:1])):
        cold = run([*words, *JSON, "--show-undecided", "--no-cache"], folder)
        for _ in range(2):
            kept = run([*words, *JSON, "--show-undecided"], folder)
            assert (kept.code, kept.out) == (cold.code, cold.out), kept.err + cold.err


@examples(1)
@given(projects(), st.lists(changes(), min_size=4, max_size=4))
def test_so_it_is_in_processes_of_their_own(files: dict[str, str], edits: list[Change]) -> None:
    with TemporaryDirectory() as top:
        folder = Path(top)
        write(folder, files)
        command(folder, "check", *JSON)
        for one in edits:
            change(folder, one)
            assert command(folder, "check", *JSON) == command(folder, "check", *JSON, "--no-cache")
