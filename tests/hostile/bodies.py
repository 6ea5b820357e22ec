"""Bodies of tasks that are looked into: thousands of objects, attributes and helpers."""

from __future__ import annotations

from hostile.text import APP, Files, lines

SENDS = "from shop.tasks import run\n\n\ndef go():\n    run.delay(1)\n"
HEAD = "from celery import shared_task\nfrom shop import texts\nfrom shop.texts import Text, total\n"


def _shop(tasks: str, sends: str = SENDS) -> Files:
    texts = "class Text:\n    def add(self, part): ...\n\n\ndef total(order): ...\n"
    return {"shop/celery.py": APP, "shop/texts.py": texts, "shop/tasks.py": HEAD + tasks, "shop/views.py": sends}


def remade_objects(count: int) -> Files:
    return _shop("@shared_task\ndef run(x):\n" + lines(count, "    made = Text()\n    made.add(x)"))


def missing_attributes(count: int) -> Files:
    return _shop("@shared_task\ndef run(x):\n" + lines(count, "    texts.gone_#"))


def shared_helpers(count: int) -> Files:
    """Each task calls a helper, which calls the next one."""
    helpers = lines(count, "def help_#(x):\n    total(x)\n    help_next(x)\n")
    tasks = lines(count, "@shared_task\ndef run_#(x):\n    help_#(x)\n")
    sends = "from shop import tasks\n\n\ndef go():\n" + lines(count, "    tasks.run_#.delay(1)")
    return _shop(f"def help_next(x):\n    total(x)\n\n\n{helpers}{tasks}", sends)
