"""What a module says of a task beside its declaration: attributes that it sets afterwards, and decorators below that change its name."""

from __future__ import annotations

import pytest

from taskguard import engine
from taskguard.project.tasks.declarations import tasks_in
from taskguard.project.tasks.task import Task


def declared(files: dict[str, str]) -> tuple[Task, ...]:
    """The tasks of `shop/tasks.py`."""
    return tasks_in(engine.link(files).modules["shop/tasks.py"])


LATER = "from celery import shared_task\n@shared_task(queue='mail')\ndef send(): ...\n"


@pytest.mark.parametrize(
    ("text", "retries"),
    [
        ("send.max_retries = 5", 5),
        ("def setup():\n    send.max_retries = 5", None),
        ("send.max_retries += 5", None),
        ("send.helper = 5", None),
        ("other.max_retries = 5", None),
        ("send.max_retries = 5\nsend.max_retries = 6", "it is set in several places"),
        ("if DEBUG:\n    send.max_retries = 5", "it is set in several places"),
    ],
)
def test_an_attribute_that_the_module_sets_afterwards_is_an_option(text: str, retries: object) -> None:
    (task,) = declared({"shop/tasks.py": f"{LATER}{text}\n"})
    held = task.option("max_retries")
    assert (held.value if held.known else None if held.absent else held.why) == retries
    assert task.option("helper").absent


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("@wraps(func)\ndef inner(*args): ...", "shop.tasks.send"),
        ("def inner(*args): ...\nupdate_wrapper(inner, func)", "shop.tasks.send"),
        ("def inner(*args): ...\ninner.__name__ = func.__name__", "shop.tasks.send"),
        ("def inner(*args): ...\ninner.__qualname__ = func.__qualname__", "shop.tasks.send"),
        ("def inner(*args): ...\ninner.__doc__ = func.__doc__", "shop.jobs.inner"),
        ("def inner(*args): ...", "shop.jobs.inner"),
    ],
)
def test_a_decorator_below_names_the_task_unless_it_keeps_the_name(lines: str, name: str) -> None:
    body = "\n".join(f"    {line}" for line in lines.splitlines())
    files = {
        "shop/jobs.py": f"from functools import update_wrapper, wraps\ndef traced(func):\n{body}\n    return inner\n",
        "shop/tasks.py": "from celery import shared_task\nfrom shop.jobs import traced\n@shared_task\n@traced\ndef send(): ...\n",
    }
    (task,) = declared(files)
    assert task.name.value == name
