"""Edits that change what some rules rest on: these run again, and what all rules say together is what a run says that has kept nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kept_runs import Edit, agree, edit, inserted, project_in, put, said, write
from taskguard.engine import run
from taskguard.request import Request

ORDERS = """\
import json
import time

from celery import chain, shared_task
from django.db import transaction

from shop.base import Base
from shop.tasks import clear, send
from shop.texts import subject


@shared_task(bind=True, base=Base, name="shop.place", max_retries=3)
def place(self, order):
    try:
        send.delay(order)
        self.retry(countdown=5)
    except Exception:
        return None


@shared_task(name="shop.weigh", soft_time_limit=20)
def weigh(order):
    time.sleep(5)
    return {subject(order)}


def cancel(request):
    with transaction.atomic():
        clear.delay(request.order)
    return json.dumps(request.order)


def again(request):
    chain(weigh.s(request.order), place.s(1, 2))()
"""
SETTINGS = """\
CELERY_TASK_ROUTES = {"shop.place": {"queue": "orders"}, "shop.gone": {"queue": "late"}}
CELERY_BEAT_SCHEDULE = {"weigh": {"task": "shop.weigh", "schedule": 60.0, "args": (1,)}}
"""


# By file what somebody may do to it; each may be done more than once.
EDITS: dict[str, list[Edit]] = {
    "shop/orders.py": [
        put("        send.delay(order)\n", "        print(order)\n        send.delay(order)\n"),
        put("send.delay(order)", "send.delay(order, 2)"),
        put("send.delay(order, 2)", "send.delay(order)"),
        put("return {subject(order)}", "return subject(order)"),
        put("return subject(order)", "return {subject(order)}"),
        put("    time.sleep(5)\n", ""),
        put("max_retries=3", "max_retries=4, time_limit=5"),
        put(", time_limit=5", ""),
        put("def weigh(order)", "def weigh(order, unit=None)"),
        put('name="shop.weigh"', 'name="shop.weight"'),
        put('name="shop.weight"', 'name="shop.weigh"'),
        put("    with transaction.atomic():\n    ", "    if True:\n    "),
        put("    if True:\n    ", "    with transaction.atomic():\n    "),
        put("from shop.texts import subject\n", "from shop.texts import subject, missing\n"),
        put("subject, missing", "subject"),
        put("import json\n", "import os\nimport json\n"),
        put("def again(", "def more(value):\n    return value\n\n\ndef again("),
        put("weigh.s(request.order), place.s(1, 2)", "place.s(request.order), weigh.s()"),
        put('max_retries=3', 'max_retries=3  # noqa: TG201\n   '),
        inserted(0, "# a comment\n"),
    ],
    "shop/texts.py": [
        put("def subject(order)", "def subject(order, more)"),
        put("def subject(order, more)", "def subject(order)"),
        put("return 'x'", "return {1, 2}"),
        put("return 'y'", "return 'z'"),
    ],
    "shop/settings.py": [
        put('"queue": "orders"', '"queue": "parcels"'),
        put("60.0", "'hourly'"),
        put('"shop.gone"', '"shop.weigh"'),
        put('"args": (1,)', '"args": (1, 2, 3)'),
        lambda text: text + "CELERY_TASK_SERIALIZER = 'json'\n",
    ],
    "shop/base.py": [put("    queue = 'mail'\n", "    queue = 'post'\n    max_retries = 5\n"), lambda text: text + "\nMORE = 1\n"],
    "shop/tasks.py": [put("def clear(order)", "def clear(order, why)"), put("text = subject(order)", "text = subject(order, 1)")],
    "compose.yml": [
        put("-Q mail", "-Q mail,orders"),
        put("celery -A shop worker", "celery -A shops worker"),
        lambda text: text + "# the end\n",
    ],
}  # fmt: skip
COMPOSE = """\
services:
  worker:
    build: .
    command: celery -A shop worker -Q mail
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = project_in(tmp_path)
    write(root / "taskguard.toml", "packs = ['strict']\n", 49)
    write(root / "shop/orders.py", ORDERS, 50)
    write(root / "shop/settings.py", SETTINGS, 51)
    write(root / "compose.yml", COMPOSE, 52)
    edit(root, "shop/app.py", lambda text: text + "app.config_from_object('shop.settings', namespace='CELERY')\n", 53)
    said(root)
    return root


@pytest.mark.parametrize("name", EDITS)
def test_each_edit_is_judged_as_if_nothing_was_kept(shop: Path, name: str) -> None:
    for number, change in enumerate(EDITS[name]):
        edit(shop, name, change, 100 + number)
        agree(shop)


@pytest.mark.parametrize("seed", range(3))
def test_edits_at_random_are_judged_as_if_nothing_was_kept(shop: Path, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(12):
        for _ in range(chance.choice((1, 1, 2, 3))):
            name = chance.choice([*EDITS])
            edit(shop, name, chance.choice(EDITS[name]), 200 + number)
        words = chance.choice(((), (), (), ("shop/orders.py",)))
        agree(shop, *words)


def test_what_lies_beside_the_code_counts_for_rules_that_have_not_run_again(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That an import fails rests on what lies beside its package, also where another rule alone has run since."""
    for room in ("facts_cache", "result_cache"):  # the times of files that have just been written are believed
        monkeypatch.setattr(f"taskguard.engine.{room}.RACY_NS", -60 * 10**9)

    def broken() -> int:
        found = run(Request((".",), str(shop), root=str(shop))).report.diagnostics
        return sum(one.code == "TG405" and "shop.fast" in one.message for one in found)

    edit(shop, "shop/tasks.py", put("from shop.texts", "from shop.fast import pack\nfrom shop.texts"), 300)
    assert broken() == 1
    edit(shop, "shop/orders.py", put("time.sleep(5)", "time.sleep(6)"), 301)
    assert broken() == 1
    write(shop / "shop/fast.so", "", 302)
    assert broken() == 0
