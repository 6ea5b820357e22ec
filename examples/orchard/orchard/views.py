"""What the office and the gate ask for."""

from __future__ import annotations

from orchard import tasks
from orchard.tasks import _crate_key, pack_order, price_of, weigh_crate


def arrived(crate: dict) -> str:
    weigh_crate.delay(crate["id"])
    return _crate_key(crate)


def ordered(order: dict) -> int:
    pack_order.apply_async(args=(order["id"],), priority=5)
    return price_of(order["kind"], order["weight"])


def paid(account_id: int) -> None:
    tasks.settle_account.delay(account_id)
    tasks.enter.delay(account_id, -1)
