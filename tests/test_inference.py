"""What our own resolver leaves open and astroid tells, and what nobody may tell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from time import perf_counter

import pytest

from taskguard import engine
from taskguard.project.python.values import Known, Name, Value
from taskguard.project.registry.effective import effective_option, inherits
from taskguard.project.tasks.declarations import tasks_in
from taskguard.project.tasks.task import Task

HEAD = "from celery import shared_task\n"


def only_task(files: dict[str, str]) -> Task:
    """The one task that tasks.py declares."""
    (task,) = tasks_in(engine.link({name: dedent(text) for name, text in files.items()}).modules["tasks.py"])
    return task


def queue(before: str, declaration: str, **others: str) -> Value:
    """The queue of a task that is declared like this after the code `before`; `others` are modules beside it."""
    tasks = f"{HEAD}{dedent(before)}\n@shared_task({declaration})\ndef send(): ...\n"
    return only_task({"tasks.py": tasks, **{f"{name}.py": text for name, text in others.items()}}).option("queue")


TOLD = {
    "format of a text": ("PREFIX = 'ma'", "queue='{}{}'.format(PREFIX, 'il')"),
    "the old formatting": ("PREFIX = 'ma'", "queue='%sil' % PREFIX"),
    "a function with try": (
        "def name():\n    try:\n        import yaml\n    except ImportError:\n        yaml = None\n    return 'mail'",
        "queue=name()",
    ),
    "a function with a loop": ("def name(of):\n    for one in (1, 2):\n        print(one)\n    return of", "queue=name('mail')"),
    "unpacking in a function": ("def name():\n    one, two = 'mail', 'slow'\n    return one", "queue=name()"),
    "unpacking in a module": ("ONE, TWO = 'mail', 'slow'", "queue=ONE"),
    "a lambda": ("name = lambda of: of + 'il'", "queue=name('ma')"),
    "a property": ("class A:\n    @property\n    def name(self):\n        return 'mail'", "queue=A().name"),
    "a method of an object": ("class A:\n    def name(self, of):\n        return of + 'il'", "queue=A().name('ma')"),
    "an attribute of an object": ("class A:\n    def __init__(self):\n        self.name = 'mail'\nOBJECT = A()", "queue=OBJECT.name"),
    "a class method that reads its class": (
        "class A:\n    END = 'il'\n    @classmethod\n    def name(cls):\n        return 'ma' + cls.END",
        "queue=A.name()",
    ),
    "getattr": ("class A:\n    MAIL = 'mail'", "queue=getattr(A, 'MAIL')"),
    "a slice": ("NAME = 'mails'", "queue=NAME[:4]"),
    "a text with letters beyond ASCII before it": ("", "description='äöü', queue='{}il'.format('ma')"),
}  # fmt: skip


@pytest.mark.parametrize("form", TOLD)
def test_told(form: str) -> None:
    value = queue(*TOLD[form])
    assert isinstance(value, Known), value
    assert value.value == "mail"


SILENT = {
    "a function that may end without return": ("def name(a):\n    for x in a: pass\n    if a:\n        return 'mail'", "queue=name([1])"),
    "two values": ("def name(a):\n    for x in a: pass\n    if a:\n        return 'mail'\n    return 'b'", "queue=name([1])"),
    "a value that a loop changes": ("def name():\n    a = 'm'\n    for x in 'ail':\n        a += x\n    return a", "queue=name()"),
    "a value of a loop": ("def name(a):\n    for x in a:\n        pass\n    return x", "queue=name(['b', 'mail'])"),
    "a list that is added to": ("def name():\n    a = ['x']\n    a.insert(0, 'y')\n    b, c = a, a\n    return b[0]", "queue=name()"),
    "a dict that is written to": ("def name():\n    a, b = {'q': 'x'}, 1\n    a['q'] = 'y'\n    return a['q']", "queue=name()"),
    "a dict that is written to by another name": (
        "def name():\n    a, b = {'q': 'x'}, 1\n    c = a\n    c['q'] = 'y'\n    return a['q']",
        "queue=name()",
    ),
    "a dict that is written to in a loop": (
        "def name():\n    a = {'q': {'r': 'x'}}\n    for b in a.values():\n        b['r'] = 'y'\n    return a['q']['r']",
        "queue=name()",
    ),
    "a dict that a function is handed": (
        "def change(a):\n    a['q'] = 'y'\ndef name():\n    a, b = {'q': 'x'}, 1\n    change(a)\n    return a['q']",
        "queue=name()",
    ),
    "a decorated function": (
        "def other(f):\n    return lambda: 'y'\n@other\ndef name():\n    a, b = 'x', 1\n    return a",
        "queue=name()",
    ),
    "a coroutine": ("async def name():\n    return 'x'", "queue=name()"),
    "a global that a function sets": (
        "ONE, TWO = 'x', 'y'\ndef change():\n    global ONE\n    ONE = 'z'\nchange()",
        "queue=ONE",
    ),
    "an attribute that is set from outside": (
        "class A:\n    def __init__(self):\n        self.name = 'x'\nOBJECT = A()\nOBJECT.name = 'y'",
        "queue=OBJECT.name",
    ),
    "an attribute of a class that is set later": (
        "class A:\n    Q = 'x'\n    @classmethod\n    def name(cls):\n        return cls.Q\nA.Q = 'y'",
        "queue=A.name()",
    ),
    "an argument of the object": ("class A:\n    def __init__(self, a='x'):\n        self.a = a", "queue=A('y').a"),
    "an object that intercepts its attributes": (
        "class A:\n    def __init__(self):\n        self.a = 'x'\n    def __getattribute__(self, name):\n        return 'y'",
        "queue=A().a",
    ),
    "a class with a base from outside": ("import lib\nclass A(lib.B):\n    @property\n    def a(self):\n        return 'x'", "queue=A().a"),
    "a with that may swallow": ("import lib\ndef name():\n    with lib.quiet():\n        return 'x'", "queue=name()"),
    "a name that is set again": ("Q, R = 'x', 1\ndef name():\n    return Q\nA = name()\nQ, R = 'y', 1", "queue=A"),
    "a comprehension over what is not written out": ("import lib", "queue=[x for x in lib.names()][0]"),
}  # fmt: skip


@pytest.mark.parametrize("form", SILENT)
def test_not_told(form: str) -> None:
    assert not queue(*SILENT[form]).known


def test_a_spread_of_a_function_with_try() -> None:
    policy = "def policy(kind):\n    base = {'queue': 'mail'}\n    try:\n        made = dict(base, max_retries=3)\n    finally:\n        print(kind)\n    return made\n"
    task = only_task(
        {
            "tasks.py": f"{HEAD}from policies import policy\n@shared_task(**policy('mail'))\ndef send(): ...\n",
            "policies.py": policy,
        }
    )
    assert (task.option("queue").value, task.option("max_retries").value, task.open) == ("mail", 3, "")
    assert "policies.py" in task.depends


def test_a_base_that_a_function_chooses() -> None:
    bases = (
        "from celery import Task\nclass Base(Task): ...\ndef choose():\n    base, rest = Base, None\n    return base\n"
    )
    task = only_task(
        {
            "tasks.py": f"{HEAD}from bases import choose\n@shared_task(base=choose())\ndef send(): ...\n",
            "bases.py": bases,
        }
    )
    assert task.base.value == Name("bases.Base")
    assert inherits(task, ("Base",)) is True


def test_a_computed_base_of_a_base() -> None:
    bases = """
        from celery import Task
        class Wanted: ...
        def mixin(kind):
            class Mixin(Wanted):
                queue = "mail"
            return Mixin
        class Base(mixin("x"), Task): ...
    """
    task = only_task(
        {"tasks.py": f"{HEAD}from bases import Base\n@shared_task(base=Base)\ndef send(): ...\n", "bases.py": bases}
    )
    assert inherits(task, ("Wanted",)) is True
    assert inherits(task, ("Other",)) is False
    assert effective_option(task, "queue").value == "mail"


def test_installed_packages_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "strange_queues.py").write_text(
        "class A:\n    @property\n    def name(self):\n        return 'installed'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    own = "def name():\n    from strange_queues import A\n    return A().name\n"
    assert not queue("from own import name", "queue=name()", own=own).known
    assert not queue("import json\ndef name():\n    a, b = json.__name__, 1\n    return a", "queue=name()").known
    inside = "class A:\n    @property\n    def name(self):\n        return 'project'\n"
    assert queue("from own import name", "queue=name()", own=own, strange_queues=inside).value == "project"


HANGING = {
    "itself": ("def name():\n    a, b = name(), 1\n    return a", "queue=name()"),
    "each other": ("def one():\n    a, b = two(), 1\n    return a\ndef two():\n    a, b = one(), 1\n    return a", "queue=one()"),
    "a loop without end": ("def name():\n    while True:\n        pass\n    return 'x'", "queue=name()"),
    "doubling": ("A0, B = 'x', 1\n" + "\n".join(f"A{n + 1}, B = A{n} + A{n}, 1" for n in range(60)), "queue=A60"),
    "a huge repetition": ("A, B = 'x', 10**9", "queue=A * B"),
    "a huge power": ("A, B = 10, 10**9", "queue=str(A ** B)"),
    "many branches": (
        "def name(a):\n    b, c = 'x', 1\n" + "".join(f"    if a == {n}:\n        b = b + '{n}'\n" for n in range(40)) + "    return b",
        "queue=name(3)",
    ),
    "a deep expression": ("A, B = " + "(" * 80 + "'x'" + "+ 'x')" * 80 + ", 1", "queue=A"),
    "classes in a circle": ("class A(B): pass\nclass B(A):\n    @property\n    def a(self):\n        return 'x'", "queue=B().a"),
}  # fmt: skip


@pytest.mark.parametrize("form", HANGING)
def test_never_hangs(form: str) -> None:
    began = perf_counter()
    queue(*HANGING[form])
    assert perf_counter() - began < 5


def test_after_two_hundred_questions_nothing_is_told() -> None:
    names = "".join(f"@shared_task(queue='{{:s}}-{n}'.format('mail'))\ndef send{n}(): ...\n" for n in range(230))
    tasks = tasks_in(engine.link({"tasks.py": HEAD + names}).modules["tasks.py"])
    known = [task.option("queue").known for task in tasks]
    assert known == [True] * 200 + [False] * 30


def test_astroid_is_left_as_it_was() -> None:
    code = """
        import astroid
        from astroid import context
        from astroid.manager import AstroidManager

        def seen():
            builtins = AstroidManager().builtins_module
            given = sum(len(one.instance_attrs) for one in builtins.locals["ValueError"] + builtins.locals["Exception"])
            return sorted(AstroidManager().astroid_cache), id(context._INFERENCE_CACHE), dict(AstroidManager.brain), given

        astroid.parse("x = 1")
        before = seen()
        from taskguard import engine
        text = '''
        from celery import shared_task
        class E(ValueError):
            def __init__(self):
                self.code = "mail"
        def name():
            a, b = E().code, 1
            return a
        @shared_task(queue='{}'.format('x'), description=name())
        def send(): ...
        '''
        from taskguard.project.tasks.declarations import tasks_in
        (task,) = tasks_in(engine.link({"tasks.py": __import__("textwrap").dedent(text)}).modules["tasks.py"])
        assert task.option("queue").value == "x"
        assert seen() == before
        assert [one.value for one in astroid.extract_node("'a'.upper()").infer()] == [""]
    """
    subprocess.run([sys.executable, "-c", dedent(code)], check=True)


@pytest.mark.parametrize(
    ("declaration", "asked"), [("queue=settings.QUEUE, base=Base", False), ("queue='{:s}'.format('a')", True)]
)
def test_astroid_is_loaded_only_where_something_is_open(declaration: str, asked: bool, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "tasks.py").write_text(
        "from celery import Task, shared_task\nfrom django.conf import settings\nclass Base(Task): ...\n"
        f"@shared_task({declaration})\ndef send(): ...\n"
    )
    code = "import sys; from taskguard.cli.main import main; main(['tasks', '--output-format', 'json']); print('astroid' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == str(asked)
