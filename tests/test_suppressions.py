"""Comments that hide diagnostics: how they are read, what they hide, what is said of those that hide nothing."""

from __future__ import annotations

import pytest
from flake8 import defaults
from hypothesis import given
from hypothesis import strategies as st

from taskguard import Diagnostic, Settings, check_project
from taskguard.diagnostics import Span
from taskguard.facts.directives import scan
from taskguard.facts.model import Directive
from taskguard.suppressions import apply, unused

# Its name differs from version to version of flake8.
FLAKE8_NOQA = next(value for name, value in vars(defaults).items() if name.startswith("NOQA_INLINE"))
GOD_FILE = "from celery import shared_task{comment}\n" + "x = 1\n" * 600
ONLY_SIZE = Settings(select=("TG101",))


def diagnostic(code: str, line: int) -> Diagnostic:
    return Diagnostic("a.py", line, 1, code, line, 5, "name", "error", None, "message", "")


def noqa(line: int, *codes: str) -> Directive:
    return Directive("noqa", codes, "", Span(line, 1, line, 9))


@pytest.mark.parametrize(
    ("comment", "hidden"),
    [
        ("  # noqa", True),
        ("  # NOQA", True),
        ("  # noqa: TG101", True),
        ("  # noqa:TG101", True),
        ("  # noqa: tg101", True),
        ("  # noqa: E501 TG101", True),
        ("  # noqa: TG2,TG1", True),
        ("  # a word before # noqa: TG101 and one behind", True),
        ("", False),
        ("  # noqa: TG102", False),
        ("  # noqa: E501", False),
        ("  #noqa", False),
        ("  # taskguard: ignore-file[TG101] generated", True),
        ("  # taskguard: ignore-file[TG201, TG1] generated", True),
        ("  #taskguard:ignore-file generated", True),
        ("  # taskguard: ignore-file[TG101]", False),
        ("  # taskguard: ignore-file[TG2] generated", False),
        ("  # see `# taskguard: ignore-file generated`", False),
    ],
)
def test_what_a_comment_hides(comment: str, hidden: bool) -> None:
    report = check_project({"a.py": GOD_FILE.format(comment=comment)}, ONLY_SIZE)
    assert (len(report.diagnostics), report.suppressed) == ((0, 1) if hidden else (1, 0))


def test_ignore_file_stands_anywhere() -> None:
    text = GOD_FILE.format(comment="") + "\n# taskguard: ignore-file[TG101] generated\n"
    assert not check_project({"a.py": text}, ONLY_SIZE).diagnostics


def test_further_lines_count() -> None:
    found = [(diagnostic("TG201", 3), (5, 6)), (diagnostic("TG202", 3), (5, 6))]
    applied = apply([noqa(6, "TG201")], found)
    assert [one.code for one in applied.kept] == ["TG202"]
    assert applied.suppressed == 1


def test_unused_names_only_what_ran_and_hid_nothing() -> None:
    directives = [noqa(3, "TG201", "TG202", "TG203"), noqa(9, "TG201")]
    applied = apply(directives, [(diagnostic("TG201", 3), ())])
    said = {one.directive.span.line: one.idle for one in unused(directives, applied.used, {"TG201", "TG202"}, "TG003")}
    assert said == {3: ("TG202",), 9: ("TG201",)}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_python(end: str) -> None:
    text = end.join(["x = 1\x0c", "s = '\u2028'", "y = 2  # noqa: TG101", ""])
    assert scan(text) == (Directive("noqa", ("TG101",), "", Span(3, 8, 3, 21)),)


@pytest.mark.parametrize(
    "text",
    [
        "x = '# taskguard: facade'\n",
        'x = "it\'s # noqa: TG101"\n',
        'x = """\n# taskguard: facade\n# noqa: TG101\n"""\n',
        "x = r'\\' # taskguard: facade'\n",
        "x = 'a\\\n# taskguard: facade\\\n'\n",
        "x = '''a''' + '''\n# taskguard: facade'''\n",
        "x = 1  # quoted: `# taskguard: facade`\n",
    ],
)
def test_a_string_holds_no_directive(text: str) -> None:
    assert scan(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "x = '#'  # taskguard: facade\n",
        'x = """#"""  # taskguard: facade\n',
        "x = '''\n' # '''  # taskguard: facade\n",
        "x = 'a\\\nb'  # taskguard: facade\n",
        "x = 'not closed\n# taskguard: facade\n",
        "# it's\n# taskguard: facade\n",
        "x = f'{y!r:>{w}}'  # taskguard: facade\n",
    ],
)
def test_a_comment_beside_strings_is_one(text: str) -> None:
    assert [one.kind for one in scan(text)] == ["facade"]


words = st.lists(
    st.sampled_from(["# ", "#", "noqa", "NoQA", ":", " ", ",", "\t", "E501", "tg101", "TG202", "W", "9", "é", "İ"])
)


@given(words.map("".join))
def test_noqa_is_read_as_flake8_reads_it(line: str) -> None:
    match = FLAKE8_NOQA.search(line)
    expected: list[tuple[str, ...]] = []
    if match:
        codes = (match["codes"] or "").upper().replace(",", " ").split()
        own = tuple(dict.fromkeys(code for code in codes if code.startswith("TG")))
        expected = [own] if own or not codes else []
    assert [one.codes for one in scan(line) if one.kind == "noqa"] == expected


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    scan(text + "# taskguard: " + text + "# noqa: TG1")
