"""What an option's expression is worth, as the project's code says it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from taskguard import engine
from taskguard.project.python.values import ABSENT, Known, Unknown, Value
from taskguard.project.tasks.declarations import tasks_in
from taskguard.project.tasks.task import Task

HEAD = "from celery import shared_task\n"


def only_task(files: dict[str, str], path: str = "tasks.py") -> Task:
    """The one task that the file `path` declares."""
    (task,) = tasks_in(engine.link({name: dedent(text) for name, text in files.items()}).modules[path])
    return task


def queue(before: str, declaration: str = "queue=QUEUE", **others: str) -> Value:
    """The queue of a task that is declared like this after the code `before`; `others` are modules beside it."""
    tasks = f"{HEAD}{dedent(before)}\n@shared_task({declaration})\ndef send(): ...\n"
    return only_task({"tasks.py": tasks, **{f"{name}.py": text for name, text in others.items()}}).option("queue")


KNOWN = {
    "a literal": ("", "queue='mail'"),
    "two literals side by side": ("", "queue='ma' 'il'"),
    "a constant": ("QUEUE = 'mail'", "queue=QUEUE"),
    "an annotated constant": ("QUEUE: str = 'mail'", "queue=QUEUE"),
    "a constant of a constant": ("FIRST = 'mail'\nQUEUE = FIRST", "queue=QUEUE"),
    "the last of two assignments": ("QUEUE = 'other'\nQUEUE = 'mail'", "queue=QUEUE"),
    "two branches that agree": ("if DEBUG:\n    QUEUE = 'mail'\nelse:\n    QUEUE = 'mail'", "queue=QUEUE"),
    "a sum": ("PREFIX = 'ma'", "queue=PREFIX + 'il'"),
    "an f-string": ("PREFIX = 'ma'", "queue=f'{PREFIX}il'"),
    "a conditional expression": ("FAST = False", "queue='fast' if FAST else 'mail'"),
    "or": ("OWN = ''", "queue=OWN or 'mail'"),
    "str()": ("", "queue=str('mail')"),
    "an item of a dict": ("QUEUES = {'mail': 'mail'}", "queue=QUEUES['mail']"),
    "an item of a list": ("QUEUES = ['first', 'mail']", "queue=QUEUES[-1]"),
    "another item that is set under a condition": (
        "D = {'queue': 'mail'}\nif x:\n    D.update(expires=1)\n    D |= {'priority': 3}",
        "**D",
    ),
    "get of a dict": ("QUEUES = {'a': 'mail'}", "queue=QUEUES.get('a')"),
    "get with a default": ("QUEUES = {'a': 'b'}", "queue=QUEUES.get('c', 'mail')"),
    "get of a literal": ("", "queue={'a': 'mail'}.get('a')"),
    "a class attribute": ("class Queues:\n    MAIL = 'mail'", "queue=Queues.MAIL"),
    "an inherited class attribute": ("class A:\n    MAIL = 'mail'\nclass B(A): ...", "queue=B.MAIL"),
    "an attribute made of another": ("class A:\n    ONE = 'mail'\n    TWO = ONE", "queue=A.TWO"),
    "an attribute of a nested class": ("class A:\n    class B:\n        MAIL = 'mail'", "queue=A.B.MAIL"),
    "a class by another name": ("class A:\n    MAIL = 'mail'\nQ = A", "queue=Q.MAIL"),
    "a string enum": ("from enum import Enum\nclass Q(str, Enum):\n    MAIL = 'mail'", "queue=Q.MAIL"),
    "the value of an enum": ("import enum\nclass Q(enum.Enum):\n    MAIL = 'mail'", "queue=Q.MAIL.value"),
    "a StrEnum": ("from enum import StrEnum\nclass Q(StrEnum):\n    MAIL = 'mail'", "queue=Q.MAIL"),
    "auto in a StrEnum": ("from enum import StrEnum, auto\nclass Q(StrEnum):\n    MAIL = auto()", "queue=Q.MAIL"),
    "the name of an enum": ("from enum import Enum\nclass Q(Enum):\n    mail = 1", "queue=Q.mail.name"),
    "choices of Django": (
        "from django.db import models\nclass Q(models.TextChoices):\n    A = 'mail', 'Mail'",
        "queue=Q.A",
    ),
    "a function": ("def name():\n    return 'mail'", "queue=name()"),
    "a function of an argument": ("def name(kind):\n    return kind + 'il'", "queue=name('ma')"),
    "a static method": (
        "class A:\n    @staticmethod\n    def name(kind):\n        return kind",
        "queue=A.name('mail')",
    ),
    "a spread literal": ("", "**{'queue': 'mail'}"),
    "a spread call of dict": ("", "**dict(queue='mail')"),
    "a spread constant": ("OPTIONS = {'queue': 'mail'}", "**OPTIONS"),
    "a spread of a spread": ("BASE = {'queue': 'a'}\nOPTIONS = {**BASE, 'queue': 'mail'}", "**OPTIONS"),
    "a union": ("BASE = {'queue': 'a'}", "**(BASE | {'queue': 'mail'})"),
    "dict over a base": ("BASE = {'queue': 'a'}", "**dict(BASE, queue='mail')"),
    "dict of pairs": ("", "**dict([('queue', 'mail')])"),
    "a copy": ("import copy\nBASE = {'queue': 'mail'}", "**copy.deepcopy(BASE)"),
    "a nested item": ("POLICIES = {'mail': {'queue': 'mail'}}", "**POLICIES['mail']"),
    "a dict that is updated": ("OPTIONS = {'queue': 'a'}\nOPTIONS.update(queue='mail')", "**OPTIONS"),
    "a dict that is added to": ("OPTIONS = {}\nOPTIONS['queue'] = 'mail'", "**OPTIONS"),
    "an item after an update": ("OPTIONS = {'queue': 'a'}\nOPTIONS.update(queue='mail')", "queue=OPTIONS['queue']"),
    "a local of that name": ("QUEUE = 'mail'\ndef f():\n    QUEUE = dict()\n    QUEUE['a'] = 1", "queue=QUEUE"),
    "a private constant": ("_QUEUE = 'mail'", "queue=_QUEUE"),
}


@pytest.mark.parametrize(("before", "declaration"), KNOWN.values(), ids=KNOWN)
def test_a_value_is_known(before: str, declaration: str) -> None:
    value = queue(before, declaration)
    assert isinstance(value, Known), value
    assert value.value == "mail"


UNKNOWN = {
    "the parts of a class": ("class A: ...", "queue=[*A][0]"),
    "an item of a class": ("from lib import Queues", "queue=Queues[0]"),
    "the length of a class": ("from lib import Queues", "queue=len(Queues)"),
    "a list made of a class": ("from lib import Queues", "queue=list(Queues)"),
    "membership in a class": ("from lib import Queues", "queue='a' if 'mail' in Queues else 'b'"),
    "the text of objects": ("class A: ...", "queue=str([A])"),
    "a set of lists": ("", "queue={'mail', [1]}"),
    "a dict with a list as its key": ("", "queue={(1, [2]): 'mail'}"),
    "a dict that a function cannot make": (
        "def name(key):\n    made = {}\n    made[key] = 'mail'\n    return made",
        "**name([1])",
    ),
    "a number that no decimal holds": ("", f"queue=0x{'f' * 5000}"),
    "a number beyond all others": ("", "queue=1e999"),
    "half of a character": ("", "queue='\\ud800'"),
    "a text without end": ("", "queue='a' * 10**9"),
    "the environment": ("import os", "queue=os.environ['QUEUE']"),
    "the environment or a default": ("import os", "queue=os.environ.get('QUEUE', 'mail')"),
    "settings of Django": ("from django.conf import settings", "queue=settings.QUEUE"),
    "a name that nobody binds": ("", "queue=QUEUE"),
    "two branches that differ": ("if DEBUG:\n    QUEUE = 'a'\nelse:\n    QUEUE = 'mail'", "queue=QUEUE"),
    "a branch after the assignment": ("QUEUE = 'mail'\nif DEBUG:\n    QUEUE = 'a'", "queue=QUEUE"),
    "a try that may fail": ("try:\n    QUEUE = 'a'\nexcept E:\n    QUEUE = 'b'", "queue=QUEUE"),
    "a global that a function sets": ("QUEUE = 'mail'\ndef f():\n    global QUEUE\n    QUEUE = 'a'", "queue=QUEUE"),
    "a value that is added to": ("QUEUE = 'a'\nQUEUE += 'b'", "queue=QUEUE"),
    "a loop variable": ("for QUEUE in ('a', 'b'):\n    pass", "queue=QUEUE"),
    "a member of a plain enum": ("from enum import Enum\nclass Q(Enum):\n    MAIL = 'mail'", "queue=Q.MAIL"),
    "a condition that cannot be told": ("from x import FAST", "queue='a' if FAST else 'b'"),
    "a comprehension": ("", "queue=[q for q in 'a'][0]"),
    "an f-string with a format": ("N = 1", "queue=f'{N:>3}'"),
    "a constant of itself": ("QUEUE = QUEUE", "queue=QUEUE"),
    "constants in a circle": ("A = B\nB = A", "queue=A"),
    "a function that calls itself": ("def f():\n    return f()", "queue=f()"),
    "a decorated function": ("from x import y\n@y\ndef f():\n    return 'mail'", "queue=f()"),
    "a generator": ("def f():\n    yield 1\n    return 'mail'", "queue=f()"),
    "a coroutine": ("async def f():\n    return 'mail'", "queue=f()"),
    "a spread of what cannot be told": ("from x import OPTIONS", "**OPTIONS"),
    "a spread after the option": ("from x import OPTIONS\nD = {'queue': 'mail', **OPTIONS}", "**D"),
    "a computed key": ("from x import KEY\nD = {KEY: 1}", "**D"),
    "a dict that a function changes": ("D = {'queue': 'a'}\ndef f():\n    D['queue'] = 'b'", "**D"),
    "a dict that a function updates": ("D = {'queue': 'a'}\ndef f():\n    D.update(queue='b')", "**D"),
    "a dict that loses a key": ("D = {'queue': 'a'}\nD.pop('queue')\nD.pop(x)", "**D"),
    "a dict changed under a condition": ("D = {'queue': 'a'}\nif x:\n    D['queue'] = 'b'", "**D"),
    "a dict updated under a condition": ("D = {'queue': 'a'}\nif x:\n    D.update(queue='b')", "**D"),
    "a dict joined under a condition": ("D = {'queue': 'a'}\nif x:\n    D |= {'queue': 'b'}", "**D"),
    "a dict updated by one that cannot be told": ("D = {'queue': 'a'}\nif x:\n    D.update(y)", "**D"),
    "a branch that adds the key": ("from x import y\nD = {'queue': 'a'} if y else {}", "**D"),
}


@pytest.mark.parametrize(("before", "declaration"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_value_is_not_guessed(before: str, declaration: str) -> None:
    assert isinstance(queue(before, declaration), Unknown)


def test_what_is_not_given_is_absent() -> None:
    assert queue("", "name='a'") is ABSENT
    assert queue("OPTIONS = {'name': 'a'}", "**OPTIONS") is ABSENT
    assert queue("def f(kind):\n    return {'name': kind}", "**f('a')") is ABSENT
    assert queue("OPTIONS = {'queue': 'a'}\ndel OPTIONS['queue']", "**OPTIONS") is not Known("a")


POLICIES = {
    "if": """
        def policy(kind):
            if kind == "email":
                return {"queue": "mail"}
            elif kind in ("report", "export"):
                return {"queue": "reports"}
            return {"queue": "slow"}
        """,
    "a conditional expression": """
        def policy(kind):
            return {"queue": "mail"} if kind == "email" else {"queue": "reports" if kind == "report" else "slow"}
        """,
    "a table": """
        TABLE = {"email": {"queue": "mail"}, "report": {"queue": "reports"}, "other": {"queue": "slow"}}
        def policy(kind):
            return TABLE[kind]
        """,
    "a table in the function": """
        def policy(kind):
            '''Which queue?'''
            table = {"email": {"queue": "mail"}, "report": dict(queue="reports")}
            return table.get(kind, {"queue": "slow"})
        """,
    "a literal table": """
        def policy(kind):
            return {"email": {"queue": "mail"}, "report": {"queue": "reports"}}.get(kind, {"queue": "slow"})
        """,
    "a base": """
        BASE = {"queue": "slow", "max_retries": 3}
        EXTRA = {"email": {"queue": "mail"}, "report": {"queue": "reports"}, "other": {}}
        def policy(kind):
            return {**BASE, **EXTRA[kind]}
        """,
    "a union": """
        BASE = {"queue": "slow"}
        EXTRA = {"email": {"queue": "mail"}, "report": {"queue": "reports"}}
        def policy(kind):
            return BASE | EXTRA.get(kind, {})
        """,
    "setdefault": """
        TABLE = {"email": {"queue": "mail"}, "report": {"queue": "reports"}}
        def policy(kind, **options):
            options.update(TABLE.get(kind, {}))
            options.setdefault("queue", "slow")
            return options
        """,
    "an update": """
        def policy(kind):
            options = {"queue": "slow"}
            if kind == "email":
                options["queue"] = "mail"
            elif kind == "report":
                options.update({"queue": "reports"})
            return options
        """,
    "an update by |=": """
        TABLE = {"email": {"queue": "mail"}, "report": {"queue": "reports"}}
        def policy(kind: str) -> dict[str, str]:
            options: dict[str, str] = {"queue": "slow"}
            options |= TABLE.get(kind, {})
            return options
        """,
    "match": """
        def policy(kind):
            match kind:
                case "email":
                    return {"queue": "mail"}
                case "report" | "export":
                    return {"queue": "reports"}
                case _:
                    return {"queue": "slow"}
        """,
    "a cached function": """
        from functools import lru_cache
        @lru_cache(maxsize=None)
        def policy(kind):
            if kind == "email":
                return {"queue": "mail"}
            return {"queue": "reports" if kind == "report" else "slow"}
        """,
    "a function of functions": """
        def name_of(kind):
            return {"email": "mail", "report": "reports"}.get(kind, "slow")
        def policy(kind):
            return dict(queue=name_of(kind))
        """,
    "an enum": """
        from enum import Enum
        class Kind(str, Enum):
            EMAIL = "email"
            REPORT = "report"
        def policy(kind):
            if kind == Kind.EMAIL:
                return {"queue": "mail"}
            return {"queue": "reports"} if kind == Kind.REPORT else {"queue": "slow"}
        """,
}


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES)
def test_a_function_is_followed_with_its_literal_argument(text: str) -> None:
    for given, expected in (("'email'", "mail"), ("kind='report'", "reports"), ("'other'", "slow")):
        value = queue("from policies import policy", f"**policy({given})", policies=text)
        assert isinstance(value, Known), (given, value)
        assert (value.value, value.files) == (expected, ("policies.py",))
    assert isinstance(queue("from policies import policy\nfrom x import y", "**policy(y)", policies=text), Unknown)


def test_a_variable_set_by_its_own_value_costs_what_its_bindings_are() -> None:
    again = "if '?' in QUEUE:\n    QUEUE = f\"{QUEUE}{'&' if '?' in QUEUE else '?'}a=1\"\n"
    task = only_task({"tasks.py": f"{HEAD}QUEUE = 'mail'\n{again * 3}@shared_task(queue=QUEUE)\ndef send(): ...\n"})
    assert isinstance(task.option("queue"), Unknown)
    assert task.module.project.effort < 100
