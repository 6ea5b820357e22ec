"""What the made projects are made of."""

from __future__ import annotations

from collections.abc import Callable

Files = dict[str, str]
Shape = Callable[[int], Files]

HEAD = "from celery import shared_task, Celery\n"
TASK = "@shared_task\ndef send(): ...\n"
APP = 'from celery import Celery\n\napp = Celery("shop", include=["shop.tasks"])\n'


def lines(count: int, line: str) -> str:
    """As many lines, `#` in each being its number."""
    return "".join(line.replace("#", str(number)) + "\n" for number in range(count))


def listed(count: int, item: str, between: str = ", ") -> str:
    return between.join(item.replace("#", str(number)) for number in range(count))
