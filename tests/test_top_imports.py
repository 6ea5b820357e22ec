"""The imports that run when a module is loaded, told from its text alone: the same as a parser finds, or none are told."""

from __future__ import annotations

import time
from textwrap import dedent

import pytest

from taskguard.facts.extract import extract
from taskguard.facts.import_lines import import_lines, pairs_in, plain_imports
from taskguard.facts.model import Import
from taskguard.facts.top_imports import top_imports

TOLD = {
    "plain": "import a, b.c as d\nfrom e import f\nfrom . import g\nfrom ..h import i as j, k\nfrom l import *\n",
    "over several lines": "from a import (\n    b,  # why (this)\n    c as d,\n)\n\nx = 1\nfrom e import f  # late\n",
    "after a docstring": '"""About\n\nAn import of things.\n"""\n\nimport a\n',
    "letters that are no ASCII": 'x = "äöü"\nfrom a import b\n# ü\nimport ö\n',
    "in functions and methods": """
        import a
        def f():
            import b
            if a:
                from c import d
        class K:
            x = 1
            def m(self):
                from e import f
        async def g():
            with a:
                import h
        """,
    "under conditions": """
        import a
        if a:
            import b
        elif c:
            import d
        try:
            from e import f
        except ImportError:
            from g import h
        if TYPE_CHECKING:
            from i import j
        """,
    "strings that end before": "x = '''a\nb''' + \"it's\"\nimport a\ny = \"# '''\"\nimport b\n",
    "nothing": "x = 1\n",
    "words that begin alike": "imported = 1\nfrom_here = 2\nimport a\n",
}
UNTOLD = {
    "a string that reads like one": 'x = """\nimport a\n"""\n',
    "a body of a class": "class K:\n    import a\n",
    "another branch than type checkers take": "if TYPE_CHECKING:\n    x = 1\nelse:\n    import a\n",
    "a block that always runs": "with a:\n    import b\n",
    "behind something else": "x = 1; import a\n",
    "a branch on one line": "if x: import a\n",
    "a line that goes on": "from a import b, \\\n    c\n",
    "two on one line": "import a; import b\n",
    "line ends of another system": "import a\r\nimport b\r\n",
}


def parsed(text: str) -> tuple[Import, ...]:
    facts = extract(text)
    classes = {one.qualname for one in facts.classes}
    return tuple(one for one in facts.imports if not one.guard and (not one.scope or one.scope in classes))


@pytest.mark.parametrize("text", TOLD.values(), ids=TOLD)
def test_what_is_told_is_what_a_parser_finds(text: str) -> None:
    text = dedent(text)
    assert top_imports(text) == parsed(text)


@pytest.mark.parametrize("text", UNTOLD.values(), ids=UNTOLD)
def test_what_may_be_otherwise_is_not_told(text: str) -> None:
    assert top_imports(text) is None


def test_our_own_modules_are_told(repository) -> None:  # type: ignore[no-untyped-def]
    texts = [path.read_text("utf-8") for path in sorted((repository / "taskguard").rglob("*.py"))[::9]]
    told = [(found, parsed(text)) for text in texts if (found := top_imports(text)) is not None]
    assert len(told) > len(texts) * 0.8
    assert all(found == wanted for found, wanted in told)


@pytest.mark.parametrize(
    "text",
    [
        "from a import (" + "b, " * 60_000,
        "from a import (" + "# (\n" * 40_000,
        "import a\n" + "'" * 100_000,
        "import a\n" + '"""' * 40_001 + "\nimport b",
        "def f():\n" + "    import b\n" * 40_000,
        "".join(" " * depth + "if x:\n" for depth in range(600)) + " " * 600 + "import a\n",
    ],
)
def test_no_text_takes_long(text: str) -> None:
    start = time.process_time()
    top_imports(text)
    assert time.process_time() - start < 3


def test_comments_between_imported_names_take_no_parser() -> None:
    text = "from a import (  # noqa: F401\n    b,  # that\n    c as d,\n)\nfrom e import f\n"
    assert import_lines(text) == [("a", ("b", "c")), ("e", ("f",))]
    assert import_lines("from a import (\n    b,  # never closed )\n") is None


def test_what_an_import_names_that_begins_a_line() -> None:
    text = "import a.b as c  # d\nfrom e import f\n\tif x: import y\n  import g, h\nx = 'import i'\nreimport j\nimport"
    assert plain_imports(text) == ["a.b as c  ", "g, h"]
    assert plain_imports("  import k") == ["k"]


def test_imports_of_a_text_that_is_no_python_are_told_line_by_line() -> None:
    text = "import a, b.c as d\nfrom .e import *\n  from f.async import (g,  # one\n    h as i,\n)\n# from j import k\nprint 'from l import m'\n"
    assert pairs_in(text) == [("a", None), ("b.c", None), (".e", "*"), ("f.async", "g"), ("f.async", "h")]
