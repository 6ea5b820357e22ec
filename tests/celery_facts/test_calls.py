"""What the rules about calls (TG5xx) say of Celery."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from celery_facts import django_shop, redis_server
from celery_facts.claims import Claim
from celery_facts.probing import Sent, Work, attempt, give_body, load, shop, statement
from celery_facts.stage import unlike

pytestmark = pytest.mark.skipif(os.name == "nt", reason="examples are run in forked processes")


def line(number: int) -> Callable[[], str]:
    """A statement of `go`, by itself."""

    def sent() -> str:
        shop()
        return attempt(statement(load(), "go", number, user_id=1, today="monday"), "sent")

    return sent


def chained() -> str:
    app = shop()
    statement(load(), "go", 3, user_id=1, today="monday")()
    work = Work(app).start()
    ended = work.runs(2, seconds=3)
    return f"{len(work.started)} of 2 run: {ended}"


def row_seen() -> str:
    from celery.signals import after_task_publish

    django_shop.set_up()
    shop()
    seen: list[int] = []

    def published(**kwargs: object) -> None:
        seen.append(django_shop.rows())

    after_task_publish.connect(published, weak=False)
    load().order(django_shop.Form())
    return f"{seen[0]} rows"


def rolled_back() -> str:
    from django.db import transaction

    django_shop.set_up()
    shop()
    tasks = load()

    def fails() -> None:
        with transaction.atomic():
            tasks.order(django_shop.Form())
            raise KeyError

    with Sent() as sent:
        assert attempt(fails, "") == "KeyError"
    return f"{len(sent.messages)} messages, {django_shop.rows()} rows"


def paid() -> str:
    django_shop.set_up("shop")
    from django.db import connection

    shop("shop.models")
    models = load("shop.models")
    with connection.schema_editor() as editor:
        editor.create_model(models.Order)
    order = models.Order.objects.create(paid=False)
    return attempt(lambda: models.pay(order.pk), "sent")


def told_key(act: Callable[[Any], None]) -> Callable[[], str]:
    """What the task is told of an order with which this is done."""

    def told() -> str:
        django_shop.set_up("shop")
        from django.db import connection

        shop("shop.models")
        models = load("shop.models")
        with connection.schema_editor() as editor:
            editor.create_model(models.Order)
        with Sent() as sent:
            act(models.Order)
        return str(sent.messages[0]["body"][0][0])

    return told


def deleted(orders: Any) -> None:
    orders.objects.create().delete()


def deleted_in_transaction(orders: Any) -> None:
    from django.db import transaction

    with transaction.atomic():
        deleted(orders)


def saved_new(orders: Any) -> None:
    orders().save()


def counted_down() -> str:
    shop()
    tasks = load()
    with Sent() as sent:
        statement(tasks, "order", 0, pk=1)()
    return "after its countdown" if sent.messages[0]["headers"]["eta"] else "at once"


def counted_down_by_delay() -> str:
    shop()
    with Sent() as sent:
        load().leave(1)
    return "after its countdown" if sent.messages[0]["headers"]["eta"] else "at once"


def limit_of_retries() -> str:
    shop()
    tasks = load()
    tasks.order(1)
    return f"max_retries is {tasks.send.max_retries}"


def on_commit_at_once() -> str:
    from celery.signals import after_task_publish
    from django.db import connection

    django_shop.set_up()
    shop()
    inside: list[str] = []

    def published(**kwargs: object) -> None:
        inside.append("in the transaction" if connection.in_atomic_block else "after it")

    after_task_publish.connect(published, weak=False)
    ended = attempt(lambda: load().order(1, []), "well")
    return f"sent {inside[0]}, {ended}"


def handed_to_a_timer() -> str:
    import threading

    from celery.signals import after_task_publish

    django_shop.set_up()
    shop()
    sent: list[object] = []
    failed: list[str] = []

    def published(**kwargs: object) -> None:
        sent.append(kwargs)

    after_task_publish.connect(published, weak=False)
    threading.excepthook = lambda args: failed.append(args.exc_type.__name__)
    load().remind(1)
    at_once = bool(sent)
    for one in threading.enumerate():
        if isinstance(one, threading.Timer):
            one.join()
    return f"sent {'at once' if at_once else 'in time'}, {failed[0] if failed else 'well'}"


def on_commit_in_a_loop() -> str:
    django_shop.set_up()
    shop()
    with Sent() as sent:
        load().order(0, [SimpleNamespace(pk=pk) for pk in (1, 2, 3)])
    return " ".join(str(one["body"][0][0]) for one in sent.messages)


def asked_for() -> str:
    shop()
    tasks = load()
    with Sent() as sent:
        tasks.order(SimpleNamespace(POST={"pk": 1}))
    return f"{len(sent.messages)} messages"


def ordered() -> str:
    shop()
    with Sent() as sent:
        load().order(1)
    return f"{len(sent.messages)} messages"


def delivered() -> str:
    """As a worker does: it takes the message, and acknowledges it when the task is run."""
    return redis_server.deliveries(load, lambda tasks: tasks.order(1))


def shown() -> str:
    from celery.result import allow_join_result

    app = shop()
    tasks = load()
    give_body(tasks.price, lambda pk: 7)
    Work(app).start()
    # A worker without a pool of processes says so of its whole process, in which the web is here too.
    with allow_join_result():
        return str(tasks.show(1))


ONE_CALL = {"            transaction.on_commit(lambda: send.delay(row.pk))  # error\n": "            pass\n"}
IN_LOOP = {
    "        transaction.on_commit(send.delay(pk))  # error\n": "",
    "        transaction.on_commit(partial(send.delay, pk))\n": "",
}
SECONDS = {
    "countdown=24 * 3600": "countdown=2",
    '{"visibility_timeout": 2 * 24 * 3600}': '{"visibility_timeout": 60}',
}


def used_up_with_text() -> str:
    app = shop()
    tasks = load()

    def refused(pk: int) -> None:
        raise ConnectionError("gone")

    tasks.fetch = refused
    tasks.load.delay(1)
    work = Work(app).start()
    work.wait(lambda: bool(work.ended) and work.ended[-1] != "RETRY")
    return work.ended[-1]


def due_by_the_clock() -> str:
    """When a worker takes the task to be due that is sent for this moment, in a process of Django."""
    from datetime import datetime, timezone

    from celery.worker.request import Request

    os.environ["DJANGO_SETTINGS_MODULE"] = "conf"
    from django.conf import settings

    app = shop()
    app.conf.timezone = settings.TIME_ZONE
    tasks = load()
    with Sent() as sent:
        statement(tasks, "order", 0, pk=1)()
    message = SimpleNamespace(headers=sent.messages[0]["headers"], body=((1,), {}, {}), delivery_info={}, properties={})
    due = Request(message, app=app, task=tasks.send, decoded=True).eta
    return "in time" if abs((due - datetime.now(timezone.utc)).total_seconds()) < 600 else "hours off"


BY_THE_CLOCK = {
    "coutdown=60": "eta=datetime.now()",
    "countdown=60": "eta=datetime.now(timezone.utc)",
    "from celery import shared_task": "from datetime import datetime, timezone\n\nfrom celery import shared_task",
}
IN_BERLIN = {"conf.py": 'TIME_ZONE = "Europe/Berlin"\nUSE_TZ = True\nSECRET_KEY = "x"\n'}
AFTER_DELETE = "super().delete(*args, **kwargs)\n        unlist.delay(self.pk)  # error\n"
KEPT_KEY = "pk = self.pk\n        super().delete(*args, **kwargs)\n        unlist.delay(pk)\n"
AT_COMMIT = {
    AFTER_DELETE: "transaction.on_commit(lambda: unlist.delay(self.pk))\n        super().delete(*args, **kwargs)\n",
    KEPT_KEY: "transaction.on_commit(partial(unlist.delay, self.pk))\n        super().delete(*args, **kwargs)\n",
    "from django.db import models\n": "from functools import partial\nfrom django.db import models, transaction\n",
}
OF_DELETED = {
    AFTER_DELETE: "super().delete(*args, **kwargs)\n\n@receiver(post_delete)\ndef gone(instance, **kwargs):\n    transaction.on_commit(lambda: unlist.delay(instance.pk))\n",
    KEPT_KEY: "super().delete(*args, **kwargs)\n\n@receiver(post_delete)\ndef gone(instance, **kwargs):\n    transaction.on_commit(partial(unlist.delay, instance.pk))\n",
    "from django.db import models\n": "from functools import partial\nfrom django.db import models, transaction\nfrom django.db.models.signals import post_delete\nfrom django.dispatch import receiver\n",
}
NEW_ROW = {
    "def delete(": "def save(",
    AFTER_DELETE: "unlist.delay(self.pk)\n        super().save(*args, **kwargs)\n",
    KEPT_KEY: "super().save(*args, **kwargs)\n        unlist.delay(self.pk)\n",
}
IN_SHOP: dict[str, Any] = {
    "files": {"shop/__init__.py": ""},
    "at": {"tasks.py": "shop/models.py"},
    "needs": ("django",),
}

CLAIMS = (
    Claim("TG501", "An argument that is missing: `delay` raises TypeError.", line(0), "TypeError", "sent"),
    Claim("TG501", "An argument that is given twice: so does `apply_async`.", line(1), "TypeError", "sent"),
    Claim("TG501", "`delay` hands options to the function.", line(2), "TypeError", "sent"),
    Claim("TG501", "In a chain `s` gets the result before it too: the worker cannot send the second task, and takes the first one for failed.", chained, "1 of 2 run: FAILURE: TypeError", "2 of 2 run: SUCCESS, SUCCESS"),
    Claim(
        "TG501", "A list among the members of a chain is no signature.", line(3), "TypeError", "sent",
        {
            "chain(load.s(user_id), load.s(user_id))": "chain([load.s(user_id)], load.s(user_id))",
            "chain(load.s(user_id), load.si(user_id))": "chain(*[load.s(user_id)], load.si(user_id))",
        },
    ),
    Claim("TG502", "When the message is sent, no other connection sees the row.", row_seen, "0 rows", "1 rows", needs=("django",)),
    Claim("TG502", "It is sent although the transaction is rolled back.", rolled_back, "1 messages, 0 rows", "0 messages, 0 rows", needs=("django",)),
    Claim("TG503", "JSON takes no row of a database: nothing is sent.", paid, "EncodeError", "sent", files={"shop/__init__.py": ""}, at={"tasks.py": "shop/models.py"}, needs=("django",)),
    Claim("TG504", "A misspelt option is no error, and the task is sent without it.", counted_down, "at once", "after its countdown"),
    Claim("TG504", "`delay` hands `countdown` to the task, whose `**kwargs` take it.", counted_down_by_delay, "at once", "after its countdown"),
    Claim("TG504", "An option of the declaration is thrown away in a call.", limit_of_retries, "max_retries is 3", "max_retries is 5"),
    Claim("TG504", "A text as `exc` cannot be raised when the retries are used up.", used_up_with_text, "FAILURE: TypeError", "FAILURE: ConnectionError", {"countdown=60)": "countdown=0)"}),
    Claim("TG504", "A time without a zone is read as UTC, whatever `timezone` says: in Django's process it is of another zone.", due_by_the_clock, "hours off", "in time", BY_THE_CLOCK, IN_BERLIN, needs=("django",)),
    Claim("TG505", "`on_commit(send.delay(pk))` sends before the commit, and fails then.", on_commit_at_once, "sent in the transaction, TypeError", "sent after it, well", ONE_CALL, needs=("django",)),
    Claim("TG505", "`Timer(60, send.delay(pk))` sends at once, and its thread fails when the time has come (seconds for a minute).", handed_to_a_timer, "sent at once, TypeError", "sent in time, well", {"Timer(60,": "Timer(1,"}, needs=("django",)),
    Claim("TG505", "Each lambda of a loop sees what the loop has bound last.", on_commit_in_a_loop, "3 3 3", "1 2 3" , IN_LOOP, needs=("django",)),
    Claim("TG506", "A canvas that is made sends nothing.", ordered, "0 messages", "1 messages"),
    Claim("TG507", "Redis delivers again what is not acknowledged within the visibility timeout (seconds for hours).", delivered, "again and again", "once", SECONDS, needs=("redis", "fakeredis")),
    Claim("TG508", "`get()` of an ignored result gives None before the task has run.", shown, "None", "7"),
    Claim("TG510", "A row has no key when it is deleted: the task is told None.", told_key(deleted), "None", "1", **IN_SHOP),
    Claim("TG510", "A lambda for `on_commit` reads the key of a row that is deleted by then.", told_key(deleted_in_transaction), "None", "1", AT_COMMIT, **IN_SHOP),
    Claim("TG510", "So it does in a receiver of `post_delete`, where the row is deleted within a transaction.", told_key(deleted_in_transaction), "None", "1", OF_DELETED, **IN_SHOP),
    Claim("TG510", "A new row has no key before it is saved: the task is told None.", told_key(saved_new), "None", "1", NEW_ROW, **IN_SHOP),
    Claim("TG509", "A task that is called runs here, and nothing is sent.", asked_for, "0 messages", "1 messages"),
)  # fmt: skip


def test_claims() -> None:
    assert not unlike("calls")
