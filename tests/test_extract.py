"""What one file says, and what its names are in a linked project."""

from __future__ import annotations

import pickle
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from taskguard import engine
from taskguard.facts.extract import extract
from taskguard.facts.model import Call, Const, Facts, Item
from taskguard.project.python.names import dunder_all, resolve
from taskguard.project.python.project import Project
from taskguard.project.tasks.declarations import tasks_in


def link(**files: str) -> Project:
    """A project of modules: `pkg__init` is pkg/__init__.py, `pkg__x` is pkg/x.py."""
    paths = {name.replace("__", "/").replace("/init", "/__init__"): text for name, text in files.items()}
    return engine.link({f"{path}.py": dedent(text) for path, text in paths.items()})


def leads(project: Project, module: str, name: str, scope: str = "") -> str:
    """`kind dotted.name` of what a name in a module finally is."""
    found = resolve(project.by_name[module], name, scope)
    return f"{found.kind} {found.dotted}".strip()


SOURCE = "def send(): ...\nMAIL = 'mail'\nclass Base: ...\n"
WAYS = {
    "from": "from pkg.source import send",
    "from by another name": "from pkg.source import send as s\nsend = s",
    "relative": "from .source import send",
    "relative to the package": "from . import source\nsend = source.send",
    "import": "import pkg.source\nsend = pkg.source.send",
    "import by another name": "import pkg.source as p\nsend = p.send",
    "star": "from .source import *",
    "star through a star": "from pkg.starred import *",
    "in a try": "try:\n    from .source import send\nexcept ImportError:\n    send = None",
    "in a branch": "if X:\n    from .source import send\nelse:\n    from nowhere import send",
    "beside type checkers": "if TYPE_CHECKING:\n    from x import send\nelse:\n    from .source import send",
    "the last one wins": "from nowhere import send\nfrom .source import send",
}


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS)
def test_a_name_leads_to_its_definition(text: str) -> None:
    project = link(pkg__init="", pkg__source=SOURCE, pkg__starred="from .source import *\n", pkg__user=text)
    assert leads(project, "pkg.user", "send") == "symbol pkg.source.send"


def test_a_constant_stays_where_it_is_bound() -> None:
    project = link(source=SOURCE, user="from source import MAIL\nQUEUE = MAIL\n")
    assert leads(project, "user", "MAIL") == "symbol source.MAIL"
    assert leads(project, "user", "QUEUE") == "symbol user.QUEUE"


def test_an_import_in_a_function_counts_there_alone() -> None:
    text = "def f():\n    from source import send\n    def g():\n        send()\ndef h(send): ...\n"
    project = link(source=SOURCE, user=text)
    assert leads(project, "user", "send", "f") == "symbol source.send"
    assert leads(project, "user", "send", "f.<locals>.g") == "symbol source.send"
    assert leads(project, "user", "send", "h") == "local"
    assert leads(project, "user", "send") == "missing user.send"


def test_names_of_a_class_body_count_in_the_body_and_not_in_its_methods() -> None:
    project = link(user="QUEUE = 'a'\nclass A:\n    QUEUE = 'b'\n    def f(self): ...\n")
    assert leads(project, "user", "QUEUE", "A") == "symbol user.A.QUEUE"
    assert leads(project, "user", "QUEUE", "A.f") == "symbol user.QUEUE"


MISSING = {
    "never bound": "x = 1",
    "deleted": "name = 1\ndel name",
    "bound in a function": "def f():\n    name = 1",
    "a comprehension's variable": "x = [name for name in ()]",
    "not in the star": "from source import *",
    "private in the star": "from source import *\n_name = 1\ndel _name",
}
UNKNOWN = {
    "a foreign star": "from foreign import *",
    "a star of a foreign star": "from outside import *",
    "a broken module's star": "from broken import *",
    "a module __getattr__": "def __getattr__(attribute):\n    return 1",
}
BOUND = {
    "a walrus": "if (name := f()): ...",
    "a loop": "for name in (): ...",
    "a with": "with open(x) as name: ...",
    "a pattern": "match x:\n    case {'a': name}: ...",
    "the rest of a pattern": "match x:\n    case {'a': 1, **name}: ...",
    "unpacking": "(x, *name), y = f()",
    "a global": "def f():\n    global name\n    name = 1",
    "a class": "class name: ...",
    "an annotation with a value": "name: int = 1",
    "an import": "import name.other",
}


@pytest.mark.parametrize(
    ("text", "kind"),
    [*((text, "missing") for text in MISSING.values()), *((text, "unknown") for text in UNKNOWN.values())],
    ids=[*MISSING, *UNKNOWN],
)
def test_what_is_not_bound(text: str, kind: str) -> None:
    project = link(source="other = 1\n", outside="from foreign import *\n", broken="def f(:\n", user=text)
    assert resolve(project.by_name["user"], "name").kind == kind


@pytest.mark.parametrize("text", BOUND.values(), ids=BOUND)
def test_what_is_bound(text: str) -> None:
    assert resolve(link(user=text).by_name["user"], "name").kind in ("symbol", "external")


ALLS = {
    "a list": "__all__ = ['a', 'b']",
    "a tuple": "__all__ = ('a', 'b')",
    "annotated": "__all__: list[str] = ['a', 'b']",
    "a sum": "__all__ = ['a'] + ['b']",
    "added to": "__all__ = ['a']\n__all__ += ['b']",
    "a sum with itself": "__all__ = ['a']\n__all__ = __all__ + ['b']",
    "extend": "__all__ = ['a']\n__all__.extend(['b'])",
    "append": "__all__ = ['a']\n__all__.append('b')",
    "remove": "__all__ = ['a', 'x', 'b']\n__all__.remove('x')",
    "of another module": "from pkg import other\n__all__ = ['a'] + other.__all__",
    "extended by another's": "import pkg.other\n__all__ = ['a']\n__all__.extend(pkg.other.__all__)",
    "unpacked from another's": "from pkg import other as o\n__all__ = ['a', *o.__all__]",
    "taken from another": "from pkg.both import __all__",
    "taken and added to": "from pkg.first import __all__\n__all__ += ['b']",
    "names of objects": "__all__ = [a.__name__, m.b.__name__]",
    "sorted": "__all__ = sorted(['a', 'b'])",
    "split": "__all__ = 'a b'.split()",
}


@pytest.mark.parametrize("text", ALLS.values(), ids=ALLS)
def test_every_form_of_all_is_read(text: str) -> None:
    others = {"pkg__other": "__all__ = ['b']\n", "pkg__first": "__all__ = ['a']\n", "pkg__both": "__all__ = 'a', 'b'\n"}
    listed = dunder_all(link(pkg__init="", pkg__user=text, **others).by_name["pkg.user"])
    assert listed is not None
    assert ([name for name, _ in listed.names], listed.complete) == (["a", "b"], True)


@pytest.mark.parametrize("text", ["__all__ = [n for n in dir()]", "__all__ = ['a'] + f()", "from x import __all__"])
def test_an_all_that_cannot_be_read_is_not_complete(text: str) -> None:
    listed = dunder_all(link(user=text).by_name["user"])
    assert listed is not None
    assert not listed.complete


TABLE = "_LAZY = {'send': 'source', 'MAIL': 'source'}\n"
SERVED = {
    "a membership test": "if name in _LAZY:\n        return load(_LAZY[name])\n    raise AttributeError(name)",
    "a lookup": "try:\n        return load(_LAZY[name])\n    except KeyError:\n        raise AttributeError from None",
    "get": "module = _LAZY.get(name)\n    if module is None:\n        raise AttributeError\n    return load(module)",
    "a comparison": "if name == 'send':\n        return 1\n    if name in ('MAIL',):\n        return 2\n    raise AttributeError",
}


@pytest.mark.parametrize("body", SERVED.values(), ids=SERVED)
def test_a_lazy_table_serves_its_names(body: str) -> None:
    facts = extract(f"{TABLE}def __getattr__(name):\n    {body}\n")
    assert facts.getattr_names is not None
    assert set(facts.getattr_names) == {"send", "MAIL"}


@pytest.mark.parametrize(
    "body",
    [
        "return getattr(other, name)",
        "if name in _LAZY:\n        return 1\n    if hasattr(other, name):\n        return 2\n    raise AttributeError",
        "if name.startswith('x'):\n        return 1\n    if name in _LAZY:\n        return 2\n    raise AttributeError",
    ],
)
def test_a_getattr_that_asks_elsewhere_may_serve_anything(body: str) -> None:
    assert extract(f"{TABLE}def __getattr__(name):\n    {body}\n").getattr_names is None


def test_facts_are_plain_values() -> None:
    facts = extract(Path(__file__).read_text("utf-8"))
    assert pickle.loads(pickle.dumps(facts)) == facts
    assert hash(facts) == hash(extract(Path(__file__).read_text("utf-8")))


def test_a_broken_file_says_where_and_which_words_it_holds() -> None:
    facts = extract("from celery import shared_task\ndef send(:\n    other = 1\n")
    assert facts.failure is not None
    assert (facts.failure.kind, facts.failure.span.line, facts.functions) == ("syntax", 2, ())
    assert {"shared_task", "send", "other"} <= set(facts.words)


def test_functions_have_their_places_and_names() -> None:
    text = """\
        class A:
            @staticmethod
            def f(
                a, /, b=1, *args: int, c, **rest
            ):
                def g():
                    yield 1
        """
    inner, outer = sorted(extract(dedent(text)).functions, key=lambda one: -len(one.qualname))
    assert (outer.qualname, inner.qualname) == ("A.f", "A.f.<locals>.g")
    assert (outer.span.line, outer.head_end, outer.span.end_line) == (3, 5, 7)
    assert [(one.name, one.kind) for one in outer.params] == [
        ("a", "positional"), ("b", "both"), ("args", "var"), ("c", "keyword"), ("rest", "rest"),
    ]  # fmt: skip
    assert (inner.is_generator, outer.is_generator, inner.holder, outer.holder) == (True, False, "function", "class")


@pytest.mark.parametrize(
    "statement",
    [
        "counts[send()] += 1",
        "del rows[send()]",
        "match x:\n        case 1 if send(): ...",
        "a.b = send()",
        "send().c: int = 1",
    ],
)
def test_a_call_counts_wherever_a_statement_holds_it(statement: str) -> None:
    (function,) = extract(f"def work(rows, counts, x):\n    {statement}\n").functions
    assert function.calls == ("send",)


@settings(max_examples=200, deadline=None)
@given(some.text(alphabet="ab_ =()[]{}:,.*@'\"\\\n\tdefclsimportfrom#0é", max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    assert isinstance(extract(text), Facts)


def test_real_code_is_read_without_failure() -> None:
    library = Path(sys.modules["json"].__file__ or "").parent.parent
    names = ("ast.py", "argparse.py", "typing.py", "enum.py", "dataclasses.py", "asyncio/tasks.py", "__future__.py")
    for name in names:
        facts = extract((library / name).read_text("utf-8"))
        assert facts.failure is None
        assert facts.parsed


HOSTILE = {
    "deep brackets": "x = " + "[" * 90 + "]" * 90,
    "a long sum": "x = " + " + ".join(["1"] * 900),
    "a long chain": "x = a" + ".b" * 900,
    "doubling constants": "A0 = [1]\n" + "".join(f"A{n + 1} = [A{n}, A{n}, A{n}]\n" for n in range(40)) + "x = A40\n",
    "doubling dicts": "A0 = {1: 1}\n" + "".join(f"A{n + 1} = {{**A{n}, **A{n}}}\n" for n in range(40)) + "x = A40\n",
    "calls that double": "def f(n):\n    return {'a': f(n), **f(n), **f(n)}\nx = f(1)\n",
    "functions that double": "def f0():\n    return {}\n"
    + "".join(f"def f{n + 1}():\n    return {{**f{n}(), **f{n}(), 'a': f{n}()}}\n" for n in range(30))
    + "x = f30()\n",
    "a circle of imports": "from user import x\n",
    "a star of itself": "from user import *\n",
    "a class of itself": "class A(A):\n    x = A.y\nx = A.z\n",
    "huge numbers": "x = 10 ** 10 ** 10\ny = 'a' * 10 ** 10\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_code_makes_it_hang(text: str) -> None:
    declaration = "from celery import shared_task\n@shared_task(queue=x, **x)\ndef send(): ...\n"
    start = time.monotonic()
    (task,) = tasks_in(link(user=text + "\n" + declaration).by_name["user"])
    assert task.qualname == "send"
    assert time.monotonic() - start < 30


def test_each_name_of_several_gets_what_a_call_gives_at_its_place():
    text = "one, (two, three) = make()\nfour, *five = make()\nsix, seven = 1, 2\ndef f():\n    eight, nine = make()\n"
    held = {one.name: one.value for one in extract(text).bindings}
    assert isinstance(held["one"], Item)
    assert isinstance(held["one"].of, Call)
    assert isinstance(held["one"].index, Const)
    assert held["one"].index.value == 0
    assert [name for name, value in held.items() if isinstance(value, Item)] == ["one"]
