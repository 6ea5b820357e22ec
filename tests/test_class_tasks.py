"""Tasks that are classes: what the project does with them, and what makes their names."""

from __future__ import annotations

import pytest

from taskguard import engine
from taskguard.project.python.values import Known
from taskguard.project.registry.class_uses import Uses, uses
from taskguard.project.tasks.declarations import tasks_in

CLASS = "from celery import Task\n\n\nclass Send(Task):\n    name = 'send'\n    def run(self): ...\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", Uses(False, "", False)),
        ("class Other(Send): ...", Uses(True, "", False)),
        ("class Other(Base, shop.tasks.Send): ...", Uses(True, "", False)),
        ("class Other(Sender): ...", Uses(False, "", False)),
        ("register(Send)", Uses(False, "shop/views.py", False)),
        ("register(Send())", Uses(False, "shop/views.py", False)),
        ("ALL = [Send, Other]", Uses(False, "shop/views.py", False)),
        ("ALL = {'a': tasks.Send}", Uses(False, "shop/views.py", False)),
        ("other = Send", Uses(False, "shop/views.py", False)),
        ("def f(a: Send) -> Send: ...", Uses(False, "", False)),
        ("assert isinstance(a, Send)", Uses(False, "", False)),
        ("# register(Send)", Uses(False, "", False)),
        ('"""\nregister(Send)\n"""', Uses(False, "", False)),
        ("Send().run()", Uses(False, "", True)),
        ("Send()(1)", Uses(False, "", True)),
        ("made = Send()\nmade.run()", Uses(False, "", True)),
        ("made = Send(1)\nmade(2)", Uses(False, "", True)),
        ("made = Send()\nother.run()", Uses(False, "", False)),
        ("made = Send()\nmade.run()\nmade.delay()", Uses(False, "", False)),
        ("Send().run()\nSend().delay()", Uses(False, "", False)),
        ("Send.apply_async()", Uses(False, "", False)),
    ],
)
def test_what_a_project_does_with_a_class(text: str, said: Uses) -> None:
    project = engine.link({"shop/tasks.py": CLASS, "shop/views.py": f"from shop.tasks import Send\n{text}\n"})
    assert uses(project, "Send") == said


@pytest.mark.parametrize(
    ("head", "body", "name"),
    [
        ("class Send(Task):", "name = 'a'", "a"),
        ("class Send(Task):", "pass", "shop.tasks.Send"),
        ("class Send(Task):", "def __init__(self):\n        self.name = 'made'", "made"),
        ("class Send(Task):", "name = 'a'\n    def __init__(self):\n        self.name = 'made'", "made"),
        ("class Send(Task):", "def __init__(self):\n        if X:\n            self.name = 'made'", None),
        ("class Send(Task):", "@property\n    def name(self): return X", None),
        ("class Send(Task, metaclass=Naming):", "pass", None),
        ("class Send(Task, metaclass=Plain):", "pass", "shop.tasks.Send"),
        ("class Send(Task, metaclass=Naming):", "name = 'a'", "a"),
        ("class Base(Task):\n    @property\n    def name(self): return X\nclass Send(Base):", "pass", None),
        ("class Base(Task):\n    @property\n    def name(self): return X\nclass Send(Base):", "name = 'a'", "a"),
        ("class Base(Task):\n    def __init__(self):\n        self.name = 'base'\nclass Send(Base):", "pass", "base"),
    ],
)
def test_what_makes_the_name_of_a_class_task(head: str, body: str, name: str | None) -> None:
    before = "from celery import Celery, Task\nfrom elsewhere import X\napp = Celery('shop')\nclass Naming(type):\n    def __new__(*a): ...\nclass Plain(type):\n    def helper(cls): ...\n"
    text = f"{before}{head}\n    {body}\n    def run(self): ...\napp.register_task(Send())\n"
    (task,) = [
        one for one in tasks_in(engine.link({"shop/tasks.py": text}).modules["shop/tasks.py"]) if one.qualname == "Send"
    ]
    assert (task.name.value if isinstance(task.name, Known) else None) == name
