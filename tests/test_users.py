"""Who relies on a name of a module, in whatever way it is written."""

from __future__ import annotations

import pytest

from taskguard import engine
from taskguard.project.change.users import Users

FILES = {"shop/__init__.py": "", "shop/mail/__init__.py": "", "shop/tasks.py": "# celery\ndef send(): ...\n"}


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("from shop.tasks import send", "imports it"),
        ("from shop.tasks import other, send as post", "imports it"),
        ("from .tasks import send", "imports it"),
        ("def f():\n    from shop.tasks import send\n    send()", "imports it"),
        ("try:\n    from shop.tasks import send\nexcept ImportError:\n    pass", None),
        ("if TYPE_CHECKING:\n    from shop.tasks import send", None),
        ("from shop.tasks import other", None),
        ("from shop.mail.tasks import send", None),
        ("import shop.tasks\ndef f():\n    shop.tasks.send()", "uses it as `shop.tasks.send`"),
        ("import shop.tasks as t\ndef f():\n    t.send.delay()", "uses it as `t.send`"),
        ("from shop import tasks\ndef f():\n    tasks.send()", "uses it as `tasks.send`"),
        ("from . import tasks as t\ndef f():\n    t.send()", "uses it as `t.send`"),
        ("import shop.mail\nimport shop.tasks\ndef f():\n    shop.tasks.send()", "uses it as `shop.tasks.send`"),
        ("import shop\ndef f():\n    shop.tasks.send()", "uses it as `shop.tasks.send`"),
        ("import shop.mail\ndef f():\n    shop.tasks.send()", "uses it as `shop.tasks.send`"),
        ("import shop as s\ndef f():\n    s.tasks.send()", "uses it as `s.tasks.send`"),
        ("import shop.tasks\ndef f():\n    shop.tasks.other()", None),
        ("import shop.tasks\ndef f(shop):\n    shop.tasks.send()", None),
        ("import shops.tasks\ndef f():\n    shops.tasks.send()", None),
        ("from shop import tasks\ndef f():\n    tasks()\n    send()", None),
        ("from shop import tasks\nprint(tasks.send)", "uses it as `tasks.send`"),
        ("from shop import (\n    tasks as t,\n)\nclass A:\n    how = [t.send]", "uses it as `t.send`"),
        ("def f():\n    import shop.tasks as old\n    return old.send", "uses it as `old.send`"),
        ("from shop import tasks\ndef f(a=tasks.send): ...", "uses it as `tasks.send`"),
        ("from shop import tasks\ntasks.send.name = 1", "uses it as `tasks.send`"),
        ("from shop import tasks\ntasks.send = 1", None),
        ("from shop import tasks\ndel tasks.send", None),
        ("from shop import tasks\n# tasks.send\nprint('tasks.send')", None),
        ("from shop import tasks\nprint(f'{tasks.send}')", "uses it as `tasks.send`"),
        ("from shop import tasks\nprint([tasks.send for tasks in X])", None),
        ("from shop import tasks\nmap(lambda tasks: tasks.send, X)", None),
        ("from shop import tasks\nmap(lambda one=tasks.send: one, X)", "uses it as `tasks.send`"),
        ("from shop import tasks\ntry:\n    tasks.send\nexcept AttributeError:\n    pass", None),
        ("from shop import tasks\ntry:\n    tasks.send\nexcept KeyError:\n    pass", "uses it as `tasks.send`"),
        ("from shop import tasks\nif hasattr(tasks, 'send'):\n    tasks.send()", None),
        ("from shop import tasks\ndef f():\n    tasks = []\n    return tasks.send", None),
        ("from shop import tasks\nX().tasks.send", None),
        ("from shop import tasks\nf(tasks).send\nf(tasks.send)", "uses it as `tasks.send`"),
        ("from unittest.mock import patch\n@patch('shop.tasks.send')\ndef test(_): ...", "patches it"),
    ],
)
def test_every_way_to_use_a_name_is_seen(text: str, how: str | None) -> None:
    project = engine.link({**FILES, "shop/views.py": f"# celery\n{text}\n"})
    found = [one for one in Users(project).of("shop.tasks", "send") if one.path == "shop/views.py"]
    assert [one.how for one in found][:1] == ([how] if how else [])
