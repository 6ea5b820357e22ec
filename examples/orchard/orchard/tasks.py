# SPDX-License-Identifier: MIT
"""Everything that the cooperative does in the background, in one file that has grown for years."""

from __future__ import annotations

import json
import logging
import os
from datetime import date, timedelta
from functools import wraps
from typing import TYPE_CHECKING

from celery import Task, shared_task

from . import metrics
from .app import app
from .base import BaseTask, NotYet
from .store import STORE, atomic

try:
    import ujson as fast_json
except ImportError:
    fast_json = json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["Ledger", "cool_down", "price_of", "settle_account", "weigh_crate"]

logger = logging.getLogger(__name__)

# How many rows a task takes at once, and how long it may take.
BATCH = 50
SOFT, HARD = 50, 60
RETRY = {"autoretry_for": (NotYet,), "retry_backoff": True, "max_retries": 4}
LETTERS = os.path.join(os.path.dirname(__file__), "letters")
SEASON_STARTS = date(2026, 4, 1)

# Who has to hear of what: filled by the decorator below while this file is loaded.
HEARERS: dict[str, list[str]] = {}

# Workers in the orchard have no clock of their own.
os.environ.setdefault("TZ", "UTC")


def hears(*topics: str) -> Callable:
    """Notes a function as one that wants to hear of these topics."""

    def note(function):
        for topic in topics:
            HEARERS.setdefault(topic, []).append(function.__name__)
        return function

    return note


def counted(function: Callable) -> Callable:
    """Counts calls, by the name that the task has in the dashboards."""

    @wraps(function)
    def inner(*args, **kwargs):
        metrics.count(f"orchard.{function.__name__}")
        return function(*args, **kwargs)

    return inner


def _rows(kind: str, since: date | None = None) -> list[dict]:
    """The rows of a kind, the newest first."""
    found = [row for row in STORE.rows(kind) if since is None or row.get("day", since) >= since]
    return sorted(found, key=lambda row: row["id"], reverse=True)


def _letter(kind: str, **words: str) -> str:
    """A letter from the folder beside this file, filled in."""
    with open(os.path.join(LETTERS, f"{kind}.txt"), encoding="utf-8") as file:
        return file.read().format(**words)


def _in_batches(rows: Iterable[dict], size: int = BATCH) -> list[list[dict]]:
    """Rows in lists of at most `size`."""
    held = list(rows)
    return [held[place : place + size] for place in range(0, len(held), size)]


def price_of(kind: str, weight: int) -> int:
    """Cents for so many grams of a fruit."""
    return STORE.price(kind) * weight // 1000


# ---------------------------------------------------------------------------------------------------------------------
# Weighing
# ---------------------------------------------------------------------------------------------------------------------

CRATE_LIMIT = 7
CRATE_WORDS = (
    "weighed",
    "stored",
    "spoilt",
)


def _crate_key(crate: dict) -> str:
    """What a crate is called in logs and in the cache."""
    return f"crate:{crate['id']}"


def _crate_is_due(crate: dict, today: date) -> bool:
    """Whether a crate has waited for more than 7 days."""
    return crate.get("day", SEASON_STARTS) + timedelta(days=CRATE_LIMIT) <= today


class CrateRefused(Exception):
    """A crate that nobody wants to weigh."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


@app.task(bind=True, base=BaseTask, queue="scales", soft_time_limit=SOFT, time_limit=HARD, **RETRY)
@counted
def weigh_crate(self, crate_id: int, note: str = "") -> str:
    """Weighs one crate: weighed, stored and spoilt are told apart here."""
    crate = STORE.get("crate", crate_id)
    if crate is None:
        logger.warning("there is no crate %s", crate_id)
        raise NotYet(crate_id)
    key = _crate_key(crate)
    with atomic():
        if crate.get("state") in CRATE_WORDS:
            metrics.count("crate.again")
            return crate["state"]
        crate["state"] = CRATE_WORDS[0]
        crate["note"] = note or crate.get("note", "")
        STORE.save("crate", crate)
    logger.info("%s is %s", key, crate["state"])
    return crate["state"]


@app.task(base=BaseTask, queue="scales", soft_time_limit=SOFT, time_limit=HARD, max_retries=2)
def weigh_all_crates(limit: int = BATCH) -> int:
    """Sends a message for each crate that waits, in batches."""
    sent = 0
    for batch in _in_batches(_rows("crate"), limit):
        for crate in batch:
            if crate.get("state") not in CRATE_WORDS:
                weigh_crate.delay(crate["id"])
                sent += 1
    metrics.gauge("crate.waiting", sent)
    return sent


@app.task(name="orchard.crates.check", bind=True, base=BaseTask, queue="scales", soft_time_limit=SOFT, time_limit=HARD, max_retries=3)
def check_crate(self, crate_id: int) -> bool:
    """Looks at one crate again, and says whether it may go on."""
    crate = STORE.get("crate", crate_id) or {}
    try:
        with atomic():
            return _crate_allowed(crate)
    except CrateRefused as refused:
        logger.info("%s was refused: %s", refused.key, refused.why)
        metrics.count("crate.refused")
        return False
    except KeyError as error:
        raise self.retry(exc=error, countdown=7) from error


def _crate_allowed(crate: dict) -> bool:
    """Raises CrateRefused for a crate that must not go on."""
    if crate["state"] == CRATE_WORDS[2]:
        raise CrateRefused(_crate_key(crate), "spoilt")
    return crate["state"] in CRATE_WORDS


@shared_task(base=BaseTask, queue="scales", soft_time_limit=SOFT, time_limit=HARD, max_retries=0)
@hears("crate", "day")
def sweep_crates(today: str = "") -> list[int]:
    """Puts each crate away that is due; the schedule sends this every night."""
    day = date.fromisoformat(today) if today else date.today()
    swept = []
    for crate in _rows("crate"):
        if not _crate_is_due(crate, day):
            continue
        with atomic():
            crate["state"] = CRATE_WORDS[1]
            STORE.save("crate", crate)
        swept.append(crate["id"])
    logger.info("%d crates were put away", len(swept))
    return swept


@app.task(base=BaseTask, queue="letters", rate_limit="30/m", soft_time_limit=SOFT, time_limit=HARD, max_retries=5)
def write_about_crate(crate_id: int, to: str) -> str:
    """A letter to somebody about a crate; what was written is kept."""
    crate = STORE.get("crate", crate_id) or {"id": crate_id}
    text = _letter("grower", name=to, subject=_crate_key(crate))
    with atomic():
        STORE.save("letter", {"id": STORE.next_id("letter"), "to": to, "text": text, "about": _crate_key(crate)})
    metrics.count("letters.written")
    return text


def crate_report(rows: Iterable[dict]) -> dict[str, int]:
    """How many crates are in which state."""
    made: dict[str, int] = {}
    for row in rows:
        state = row.get("state", "new")
        made[state] = made.get(state, 0) + 1
    return made


# ---------------------------------------------------------------------------------------------------------------------
# Cold store
# ---------------------------------------------------------------------------------------------------------------------

CHAMBER_LIMIT = 2
CHAMBER_WORDS = (
    "cooled",
    "emptied",
    "broken",
)


def _chamber_key(chamber: dict) -> str:
    """What a chamber is called in logs and in the cache."""
    return f"chamber:{chamber['id']}"


def _chamber_is_due(chamber: dict, today: date) -> bool:
    """Whether a chamber has waited for more than 2 days."""
    return chamber.get("day", SEASON_STARTS) + timedelta(days=CHAMBER_LIMIT) <= today


class ChamberRefused(Exception):
    """A chamber that nobody wants to cool."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


@app.task(bind=True, base=BaseTask, queue="cold", soft_time_limit=SOFT, time_limit=HARD, **RETRY)
@counted
def cool_chamber(self, chamber_id: int, note: str = "") -> str:
    """Cools one chamber: cooled, emptied and broken are told apart here."""
    chamber = STORE.get("chamber", chamber_id)
    if chamber is None:
        logger.warning("there is no chamber %s", chamber_id)
        raise NotYet(chamber_id)
    key = _chamber_key(chamber)
    with atomic():
        if chamber.get("state") in CHAMBER_WORDS:
            metrics.count("chamber.again")
            return chamber["state"]
        chamber["state"] = CHAMBER_WORDS[0]
        chamber["note"] = note or chamber.get("note", "")
        STORE.save("chamber", chamber)
    logger.info("%s is %s", key, chamber["state"])
    return chamber["state"]


@app.task(base=BaseTask, queue="cold", soft_time_limit=SOFT, time_limit=HARD, max_retries=2)
def cool_all_chambers(limit: int = BATCH) -> int:
    """Sends a message for each chamber that waits, in batches."""
    sent = 0
    for batch in _in_batches(_rows("chamber"), limit):
        for chamber in batch:
            if chamber.get("state") not in CHAMBER_WORDS:
                cool_chamber.delay(chamber["id"])
                sent += 1
    metrics.gauge("chamber.waiting", sent)
    return sent


@app.task(name="orchard.chambers.check", bind=True, base=BaseTask, queue="cold", soft_time_limit=SOFT, time_limit=HARD, max_retries=3)
def check_chamber(self, chamber_id: int) -> bool:
    """Looks at one chamber again, and says whether it may go on."""
    chamber = STORE.get("chamber", chamber_id) or {}
    try:
        with atomic():
            return _chamber_allowed(chamber)
    except ChamberRefused as refused:
        logger.info("%s was refused: %s", refused.key, refused.why)
        metrics.count("chamber.refused")
        return False
    except KeyError as error:
        raise self.retry(exc=error, countdown=2) from error


def _chamber_allowed(chamber: dict) -> bool:
    """Raises ChamberRefused for a chamber that must not go on."""
    if chamber["state"] == CHAMBER_WORDS[2]:
        raise ChamberRefused(_chamber_key(chamber), "broken")
    return chamber["state"] in CHAMBER_WORDS


@shared_task(base=BaseTask, queue="cold", soft_time_limit=SOFT, time_limit=HARD, max_retries=0)
@hears("chamber", "day")
def sweep_chambers(today: str = "") -> list[int]:
    """Puts each chamber away that is due; the schedule sends this every night."""
    day = date.fromisoformat(today) if today else date.today()
    swept = []
    for chamber in _rows("chamber"):
        if not _chamber_is_due(chamber, day):
            continue
        with atomic():
            chamber["state"] = CHAMBER_WORDS[1]
            STORE.save("chamber", chamber)
        swept.append(chamber["id"])
    logger.info("%d chambers were put away", len(swept))
    return swept


@app.task(base=BaseTask, queue="letters", rate_limit="30/m", soft_time_limit=SOFT, time_limit=HARD, max_retries=5)
def write_about_chamber(chamber_id: int, to: str) -> str:
    """A letter to somebody about a chamber; what was written is kept."""
    chamber = STORE.get("chamber", chamber_id) or {"id": chamber_id}
    text = _letter("keeper", name=to, subject=_chamber_key(chamber))
    with atomic():
        STORE.save("letter", {"id": STORE.next_id("letter"), "to": to, "text": text, "about": _chamber_key(chamber)})
    metrics.count("letters.written")
    return text


def chamber_report(rows: Iterable[dict]) -> dict[str, int]:
    """How many chambers are in which state."""
    made: dict[str, int] = {}
    for row in rows:
        state = row.get("state", "new")
        made[state] = made.get(state, 0) + 1
    return made


# ---------------------------------------------------------------------------------------------------------------------
# Orders
# ---------------------------------------------------------------------------------------------------------------------

ORDER_LIMIT = 3
ORDER_WORDS = (
    "packed",
    "sent",
    "cancelled",
)


def _order_key(order: dict) -> str:
    """What a order is called in logs and in the cache."""
    return f"order:{order['id']}"


def _order_is_due(order: dict, today: date) -> bool:
    """Whether a order has waited for more than 3 days."""
    return order.get("day", SEASON_STARTS) + timedelta(days=ORDER_LIMIT) <= today


class OrderRefused(Exception):
    """A order that nobody wants to pack."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


@app.task(bind=True, base=BaseTask, queue="orders", soft_time_limit=SOFT, time_limit=HARD, **RETRY)
@counted
def pack_order(self, order_id: int, note: str = "") -> str:
    """Packs one order: packed, sent and cancelled are told apart here."""
    order = STORE.get("order", order_id)
    if order is None:
        logger.warning("there is no order %s", order_id)
        raise NotYet(order_id)
    key = _order_key(order)
    with atomic():
        if order.get("state") in ORDER_WORDS:
            metrics.count("order.again")
            return order["state"]
        order["state"] = ORDER_WORDS[0]
        order["note"] = note or order.get("note", "")
        STORE.save("order", order)
    logger.info("%s is %s", key, order["state"])
    return order["state"]


@app.task(base=BaseTask, queue="orders", soft_time_limit=SOFT, time_limit=HARD, max_retries=2)
def pack_all_orders(limit: int = BATCH) -> int:
    """Sends a message for each order that waits, in batches."""
    sent = 0
    for batch in _in_batches(_rows("order"), limit):
        for order in batch:
            if order.get("state") not in ORDER_WORDS:
                pack_order.delay(order["id"])
                sent += 1
    metrics.gauge("order.waiting", sent)
    return sent


@app.task(name="orchard.orders.check", bind=True, base=BaseTask, queue="orders", soft_time_limit=SOFT, time_limit=HARD, max_retries=3)
def check_order(self, order_id: int) -> bool:
    """Looks at one order again, and says whether it may go on."""
    order = STORE.get("order", order_id) or {}
    try:
        with atomic():
            return _order_allowed(order)
    except OrderRefused as refused:
        logger.info("%s was refused: %s", refused.key, refused.why)
        metrics.count("order.refused")
        return False
    except KeyError as error:
        raise self.retry(exc=error, countdown=3) from error


def _order_allowed(order: dict) -> bool:
    """Raises OrderRefused for a order that must not go on."""
    if order["state"] == ORDER_WORDS[2]:
        raise OrderRefused(_order_key(order), "cancelled")
    return order["state"] in ORDER_WORDS


@shared_task(base=BaseTask, queue="orders", soft_time_limit=SOFT, time_limit=HARD, max_retries=0)
@hears("order", "day")
def sweep_orders(today: str = "") -> list[int]:
    """Puts each order away that is due; the schedule sends this every night."""
    day = date.fromisoformat(today) if today else date.today()
    swept = []
    for order in _rows("order"):
        if not _order_is_due(order, day):
            continue
        with atomic():
            order["state"] = ORDER_WORDS[1]
            STORE.save("order", order)
        swept.append(order["id"])
    logger.info("%d orders were put away", len(swept))
    return swept


@app.task(base=BaseTask, queue="letters", rate_limit="30/m", soft_time_limit=SOFT, time_limit=HARD, max_retries=5)
def write_about_order(order_id: int, to: str) -> str:
    """A letter to somebody about a order; what was written is kept."""
    order = STORE.get("order", order_id) or {"id": order_id}
    text = _letter("customer", name=to, subject=_order_key(order))
    with atomic():
        STORE.save("letter", {"id": STORE.next_id("letter"), "to": to, "text": text, "about": _order_key(order)})
    metrics.count("letters.written")
    return text


def order_report(rows: Iterable[dict]) -> dict[str, int]:
    """How many orders are in which state."""
    made: dict[str, int] = {}
    for row in rows:
        state = row.get("state", "new")
        made[state] = made.get(state, 0) + 1
    return made


# ---------------------------------------------------------------------------------------------------------------------
# Invoices
# ---------------------------------------------------------------------------------------------------------------------

INVOICE_LIMIT = 30
INVOICE_WORDS = (
    "booked",
    "paid",
    "disputed",
)


def _invoice_key(invoice: dict) -> str:
    """What a invoice is called in logs and in the cache."""
    return f"invoice:{invoice['id']}"


def _invoice_is_due(invoice: dict, today: date) -> bool:
    """Whether a invoice has waited for more than 30 days."""
    return invoice.get("day", SEASON_STARTS) + timedelta(days=INVOICE_LIMIT) <= today


class InvoiceRefused(Exception):
    """A invoice that nobody wants to book."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


@app.task(bind=True, base=BaseTask, queue="money", soft_time_limit=SOFT, time_limit=HARD, **RETRY)
@counted
def book_invoice(self, invoice_id: int, note: str = "") -> str:
    """Books one invoice: booked, paid and disputed are told apart here."""
    invoice = STORE.get("invoice", invoice_id)
    if invoice is None:
        logger.warning("there is no invoice %s", invoice_id)
        raise NotYet(invoice_id)
    key = _invoice_key(invoice)
    with atomic():
        if invoice.get("state") in INVOICE_WORDS:
            metrics.count("invoice.again")
            return invoice["state"]
        invoice["state"] = INVOICE_WORDS[0]
        invoice["note"] = note or invoice.get("note", "")
        STORE.save("invoice", invoice)
    logger.info("%s is %s", key, invoice["state"])
    return invoice["state"]


@app.task(base=BaseTask, queue="money", soft_time_limit=SOFT, time_limit=HARD, max_retries=2)
def book_all_invoices(limit: int = BATCH) -> int:
    """Sends a message for each invoice that waits, in batches."""
    sent = 0
    for batch in _in_batches(_rows("invoice"), limit):
        for invoice in batch:
            if invoice.get("state") not in INVOICE_WORDS:
                book_invoice.delay(invoice["id"])
                sent += 1
    metrics.gauge("invoice.waiting", sent)
    return sent


@app.task(name="orchard.invoices.check", bind=True, base=BaseTask, queue="money", soft_time_limit=SOFT, time_limit=HARD, max_retries=3)
def check_invoice(self, invoice_id: int) -> bool:
    """Looks at one invoice again, and says whether it may go on."""
    invoice = STORE.get("invoice", invoice_id) or {}
    try:
        with atomic():
            return _invoice_allowed(invoice)
    except InvoiceRefused as refused:
        logger.info("%s was refused: %s", refused.key, refused.why)
        metrics.count("invoice.refused")
        return False
    except KeyError as error:
        raise self.retry(exc=error, countdown=30) from error


def _invoice_allowed(invoice: dict) -> bool:
    """Raises InvoiceRefused for a invoice that must not go on."""
    if invoice["state"] == INVOICE_WORDS[2]:
        raise InvoiceRefused(_invoice_key(invoice), "disputed")
    return invoice["state"] in INVOICE_WORDS


@shared_task(base=BaseTask, queue="money", soft_time_limit=SOFT, time_limit=HARD, max_retries=0)
@hears("invoice", "day")
def sweep_invoices(today: str = "") -> list[int]:
    """Puts each invoice away that is due; the schedule sends this every night."""
    day = date.fromisoformat(today) if today else date.today()
    swept = []
    for invoice in _rows("invoice"):
        if not _invoice_is_due(invoice, day):
            continue
        with atomic():
            invoice["state"] = INVOICE_WORDS[1]
            STORE.save("invoice", invoice)
        swept.append(invoice["id"])
    logger.info("%d invoices were put away", len(swept))
    return swept


@app.task(base=BaseTask, queue="letters", rate_limit="30/m", soft_time_limit=SOFT, time_limit=HARD, max_retries=5)
def write_about_invoice(invoice_id: int, to: str) -> str:
    """A letter to somebody about a invoice; what was written is kept."""
    invoice = STORE.get("invoice", invoice_id) or {"id": invoice_id}
    text = _letter("customer", name=to, subject=_invoice_key(invoice))
    with atomic():
        STORE.save("letter", {"id": STORE.next_id("letter"), "to": to, "text": text, "about": _invoice_key(invoice)})
    metrics.count("letters.written")
    return text


def invoice_report(rows: Iterable[dict]) -> dict[str, int]:
    """How many invoices are in which state."""
    made: dict[str, int] = {}
    for row in rows:
        state = row.get("state", "new")
        made[state] = made.get(state, 0) + 1
    return made


# ---------------------------------------------------------------------------------------------------------------------
# Growers
# ---------------------------------------------------------------------------------------------------------------------

GROWER_LIMIT = 14
GROWER_WORDS = (
    "visited",
    "certified",
    "left",
)


def _grower_key(grower: dict) -> str:
    """What a grower is called in logs and in the cache."""
    return f"grower:{grower['id']}"


def _grower_is_due(grower: dict, today: date) -> bool:
    """Whether a grower has waited for more than 14 days."""
    return grower.get("day", SEASON_STARTS) + timedelta(days=GROWER_LIMIT) <= today


class GrowerRefused(Exception):
    """A grower that nobody wants to visit."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


@app.task(bind=True, base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, **RETRY)
@counted
def visit_grower(self, grower_id: int, note: str = "") -> str:
    """Visits one grower: visited, certified and left are told apart here."""
    grower = STORE.get("grower", grower_id)
    if grower is None:
        logger.warning("there is no grower %s", grower_id)
        raise NotYet(grower_id)
    key = _grower_key(grower)
    with atomic():
        if grower.get("state") in GROWER_WORDS:
            metrics.count("grower.again")
            return grower["state"]
        grower["state"] = GROWER_WORDS[0]
        grower["note"] = note or grower.get("note", "")
        STORE.save("grower", grower)
    logger.info("%s is %s", key, grower["state"])
    return grower["state"]


@app.task(base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=2)
def visit_all_growers(limit: int = BATCH) -> int:
    """Sends a message for each grower that waits, in batches."""
    sent = 0
    for batch in _in_batches(_rows("grower"), limit):
        for grower in batch:
            if grower.get("state") not in GROWER_WORDS:
                visit_grower.delay(grower["id"])
                sent += 1
    metrics.gauge("grower.waiting", sent)
    return sent


@app.task(name="orchard.growers.check", bind=True, base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=3)
def check_grower(self, grower_id: int) -> bool:
    """Looks at one grower again, and says whether it may go on."""
    grower = STORE.get("grower", grower_id) or {}
    try:
        with atomic():
            return _grower_allowed(grower)
    except GrowerRefused as refused:
        logger.info("%s was refused: %s", refused.key, refused.why)
        metrics.count("grower.refused")
        return False
    except KeyError as error:
        raise self.retry(exc=error, countdown=14) from error


def _grower_allowed(grower: dict) -> bool:
    """Raises GrowerRefused for a grower that must not go on."""
    if grower["state"] == GROWER_WORDS[2]:
        raise GrowerRefused(_grower_key(grower), "left")
    return grower["state"] in GROWER_WORDS


@shared_task(base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=0)
@hears("grower", "day")
def sweep_growers(today: str = "") -> list[int]:
    """Puts each grower away that is due; the schedule sends this every night."""
    day = date.fromisoformat(today) if today else date.today()
    swept = []
    for grower in _rows("grower"):
        if not _grower_is_due(grower, day):
            continue
        with atomic():
            grower["state"] = GROWER_WORDS[1]
            STORE.save("grower", grower)
        swept.append(grower["id"])
    logger.info("%d growers were put away", len(swept))
    return swept


@app.task(base=BaseTask, queue="letters", rate_limit="30/m", soft_time_limit=SOFT, time_limit=HARD, max_retries=5)
def write_about_grower(grower_id: int, to: str) -> str:
    """A letter to somebody about a grower; what was written is kept."""
    grower = STORE.get("grower", grower_id) or {"id": grower_id}
    text = _letter("grower", name=to, subject=_grower_key(grower))
    with atomic():
        STORE.save("letter", {"id": STORE.next_id("letter"), "to": to, "text": text, "about": _grower_key(grower)})
    metrics.count("letters.written")
    return text


def grower_report(rows: Iterable[dict]) -> dict[str, int]:
    """How many growers are in which state."""
    made: dict[str, int] = {}
    for row in rows:
        state = row.get("state", "new")
        made[state] = made.get(state, 0) + 1
    return made


# ---------------------------------------------------------------------------------------------------------------------
# Lorries
# ---------------------------------------------------------------------------------------------------------------------

LORRY_LIMIT = 1
LORRY_WORDS = (
    "loaded",
    "away",
    "stuck",
)


def _lorry_key(lorry: dict) -> str:
    """What a lorry is called in logs and in the cache."""
    return f"lorry:{lorry['id']}"


def _lorry_is_due(lorry: dict, today: date) -> bool:
    """Whether a lorry has waited for more than 1 days."""
    return lorry.get("day", SEASON_STARTS) + timedelta(days=LORRY_LIMIT) <= today


class LorryRefused(Exception):
    """A lorry that nobody wants to load."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


@app.task(bind=True, base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, **RETRY)
@counted
def load_lorry(self, lorry_id: int, note: str = "") -> str:
    """Loads one lorry: loaded, away and stuck are told apart here."""
    lorry = STORE.get("lorry", lorry_id)
    if lorry is None:
        logger.warning("there is no lorry %s", lorry_id)
        raise NotYet(lorry_id)
    key = _lorry_key(lorry)
    with atomic():
        if lorry.get("state") in LORRY_WORDS:
            metrics.count("lorry.again")
            return lorry["state"]
        lorry["state"] = LORRY_WORDS[0]
        lorry["note"] = note or lorry.get("note", "")
        STORE.save("lorry", lorry)
    logger.info("%s is %s", key, lorry["state"])
    return lorry["state"]


@app.task(base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=2)
def load_all_lorries(limit: int = BATCH) -> int:
    """Sends a message for each lorry that waits, in batches."""
    sent = 0
    for batch in _in_batches(_rows("lorry"), limit):
        for lorry in batch:
            if lorry.get("state") not in LORRY_WORDS:
                load_lorry.delay(lorry["id"])
                sent += 1
    metrics.gauge("lorry.waiting", sent)
    return sent


@app.task(name="orchard.lorries.check", bind=True, base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=3)
def check_lorry(self, lorry_id: int) -> bool:
    """Looks at one lorry again, and says whether it may go on."""
    lorry = STORE.get("lorry", lorry_id) or {}
    try:
        with atomic():
            return _lorry_allowed(lorry)
    except LorryRefused as refused:
        logger.info("%s was refused: %s", refused.key, refused.why)
        metrics.count("lorry.refused")
        return False
    except KeyError as error:
        raise self.retry(exc=error, countdown=1) from error


def _lorry_allowed(lorry: dict) -> bool:
    """Raises LorryRefused for a lorry that must not go on."""
    if lorry["state"] == LORRY_WORDS[2]:
        raise LorryRefused(_lorry_key(lorry), "stuck")
    return lorry["state"] in LORRY_WORDS


@shared_task(base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=0)
@hears("lorry", "day")
def sweep_lorries(today: str = "") -> list[int]:
    """Puts each lorry away that is due; the schedule sends this every night."""
    day = date.fromisoformat(today) if today else date.today()
    swept = []
    for lorry in _rows("lorry"):
        if not _lorry_is_due(lorry, day):
            continue
        with atomic():
            lorry["state"] = LORRY_WORDS[1]
            STORE.save("lorry", lorry)
        swept.append(lorry["id"])
    logger.info("%d lorries were put away", len(swept))
    return swept


@app.task(base=BaseTask, queue="letters", rate_limit="30/m", soft_time_limit=SOFT, time_limit=HARD, max_retries=5)
def write_about_lorry(lorry_id: int, to: str) -> str:
    """A letter to somebody about a lorry; what was written is kept."""
    lorry = STORE.get("lorry", lorry_id) or {"id": lorry_id}
    text = _letter("keeper", name=to, subject=_lorry_key(lorry))
    with atomic():
        STORE.save("letter", {"id": STORE.next_id("letter"), "to": to, "text": text, "about": _lorry_key(lorry)})
    metrics.count("letters.written")
    return text


def lorry_report(rows: Iterable[dict]) -> dict[str, int]:
    """How many lorries are in which state."""
    made: dict[str, int] = {}
    for row in rows:
        state = row.get("state", "new")
        made[state] = made.get(state, 0) + 1
    return made


# ---------------------------------------------------------------------------------------------------------------------
# Hives
# ---------------------------------------------------------------------------------------------------------------------

HIVE_LIMIT = 10
HIVE_WORDS = (
    "inspected",
    "swarming",
    "empty",
)


def _hive_key(hive: dict) -> str:
    """What a hive is called in logs and in the cache."""
    return f"hive:{hive['id']}"


def _hive_is_due(hive: dict, today: date) -> bool:
    """Whether a hive has waited for more than 10 days."""
    return hive.get("day", SEASON_STARTS) + timedelta(days=HIVE_LIMIT) <= today


class HiveRefused(Exception):
    """A hive that nobody wants to inspect."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


@app.task(bind=True, base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, **RETRY)
@counted
def inspect_hive(self, hive_id: int, note: str = "") -> str:
    """Inspects one hive: inspected, swarming and empty are told apart here."""
    hive = STORE.get("hive", hive_id)
    if hive is None:
        logger.warning("there is no hive %s", hive_id)
        raise NotYet(hive_id)
    key = _hive_key(hive)
    with atomic():
        if hive.get("state") in HIVE_WORDS:
            metrics.count("hive.again")
            return hive["state"]
        hive["state"] = HIVE_WORDS[0]
        hive["note"] = note or hive.get("note", "")
        STORE.save("hive", hive)
    logger.info("%s is %s", key, hive["state"])
    return hive["state"]


@app.task(base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=2)
def inspect_all_hives(limit: int = BATCH) -> int:
    """Sends a message for each hive that waits, in batches."""
    sent = 0
    for batch in _in_batches(_rows("hive"), limit):
        for hive in batch:
            if hive.get("state") not in HIVE_WORDS:
                inspect_hive.delay(hive["id"])
                sent += 1
    metrics.gauge("hive.waiting", sent)
    return sent


@app.task(name="orchard.hives.check", bind=True, base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=3)
def check_hive(self, hive_id: int) -> bool:
    """Looks at one hive again, and says whether it may go on."""
    hive = STORE.get("hive", hive_id) or {}
    try:
        with atomic():
            return _hive_allowed(hive)
    except HiveRefused as refused:
        logger.info("%s was refused: %s", refused.key, refused.why)
        metrics.count("hive.refused")
        return False
    except KeyError as error:
        raise self.retry(exc=error, countdown=10) from error


def _hive_allowed(hive: dict) -> bool:
    """Raises HiveRefused for a hive that must not go on."""
    if hive["state"] == HIVE_WORDS[2]:
        raise HiveRefused(_hive_key(hive), "empty")
    return hive["state"] in HIVE_WORDS


@shared_task(base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=0)
@hears("hive", "day")
def sweep_hives(today: str = "") -> list[int]:
    """Puts each hive away that is due; the schedule sends this every night."""
    day = date.fromisoformat(today) if today else date.today()
    swept = []
    for hive in _rows("hive"):
        if not _hive_is_due(hive, day):
            continue
        with atomic():
            hive["state"] = HIVE_WORDS[1]
            STORE.save("hive", hive)
        swept.append(hive["id"])
    logger.info("%d hives were put away", len(swept))
    return swept


@app.task(base=BaseTask, queue="letters", rate_limit="30/m", soft_time_limit=SOFT, time_limit=HARD, max_retries=5)
def write_about_hive(hive_id: int, to: str) -> str:
    """A letter to somebody about a hive; what was written is kept."""
    hive = STORE.get("hive", hive_id) or {"id": hive_id}
    text = _letter("keeper", name=to, subject=_hive_key(hive))
    with atomic():
        STORE.save("letter", {"id": STORE.next_id("letter"), "to": to, "text": text, "about": _hive_key(hive)})
    metrics.count("letters.written")
    return text


def hive_report(rows: Iterable[dict]) -> dict[str, int]:
    """How many hives are in which state."""
    made: dict[str, int] = {}
    for row in rows:
        state = row.get("state", "new")
        made[state] = made.get(state, 0) + 1
    return made


# ---------------------------------------------------------------------------------------------------------------------
# Water
# ---------------------------------------------------------------------------------------------------------------------

PUMP_LIMIT = 1
PUMP_WORDS = (
    "open",
    "shut",
    "leaking",
)


def _pump_key(pump: dict) -> str:
    """What a pump is called in logs and in the cache."""
    return f"pump:{pump['id']}"


def _pump_is_due(pump: dict, today: date) -> bool:
    """Whether a pump has waited for more than 1 days."""
    return pump.get("day", SEASON_STARTS) + timedelta(days=PUMP_LIMIT) <= today


class PumpRefused(Exception):
    """A pump that nobody wants to open."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


@app.task(bind=True, base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, **RETRY)
@counted
def open_pump(self, pump_id: int, note: str = "") -> str:
    """Opens one pump: open, shut and leaking are told apart here."""
    pump = STORE.get("pump", pump_id)
    if pump is None:
        logger.warning("there is no pump %s", pump_id)
        raise NotYet(pump_id)
    key = _pump_key(pump)
    with atomic():
        if pump.get("state") in PUMP_WORDS:
            metrics.count("pump.again")
            return pump["state"]
        pump["state"] = PUMP_WORDS[0]
        pump["note"] = note or pump.get("note", "")
        STORE.save("pump", pump)
    logger.info("%s is %s", key, pump["state"])
    return pump["state"]


@app.task(base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=2)
def open_all_pumps(limit: int = BATCH) -> int:
    """Sends a message for each pump that waits, in batches."""
    sent = 0
    for batch in _in_batches(_rows("pump"), limit):
        for pump in batch:
            if pump.get("state") not in PUMP_WORDS:
                open_pump.delay(pump["id"])
                sent += 1
    metrics.gauge("pump.waiting", sent)
    return sent


@app.task(name="orchard.pumps.check", bind=True, base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=3)
def check_pump(self, pump_id: int) -> bool:
    """Looks at one pump again, and says whether it may go on."""
    pump = STORE.get("pump", pump_id) or {}
    try:
        with atomic():
            return _pump_allowed(pump)
    except PumpRefused as refused:
        logger.info("%s was refused: %s", refused.key, refused.why)
        metrics.count("pump.refused")
        return False
    except KeyError as error:
        raise self.retry(exc=error, countdown=1) from error


def _pump_allowed(pump: dict) -> bool:
    """Raises PumpRefused for a pump that must not go on."""
    if pump["state"] == PUMP_WORDS[2]:
        raise PumpRefused(_pump_key(pump), "leaking")
    return pump["state"] in PUMP_WORDS


@shared_task(base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=0)
@hears("pump", "day")
def sweep_pumps(today: str = "") -> list[int]:
    """Puts each pump away that is due; the schedule sends this every night."""
    day = date.fromisoformat(today) if today else date.today()
    swept = []
    for pump in _rows("pump"):
        if not _pump_is_due(pump, day):
            continue
        with atomic():
            pump["state"] = PUMP_WORDS[1]
            STORE.save("pump", pump)
        swept.append(pump["id"])
    logger.info("%d pumps were put away", len(swept))
    return swept


@app.task(base=BaseTask, queue="letters", rate_limit="30/m", soft_time_limit=SOFT, time_limit=HARD, max_retries=5)
def write_about_pump(pump_id: int, to: str) -> str:
    """A letter to somebody about a pump; what was written is kept."""
    pump = STORE.get("pump", pump_id) or {"id": pump_id}
    text = _letter("keeper", name=to, subject=_pump_key(pump))
    with atomic():
        STORE.save("letter", {"id": STORE.next_id("letter"), "to": to, "text": text, "about": _pump_key(pump)})
    metrics.count("letters.written")
    return text


def pump_report(rows: Iterable[dict]) -> dict[str, int]:
    """How many pumps are in which state."""
    made: dict[str, int] = {}
    for row in rows:
        state = row.get("state", "new")
        made[state] = made.get(state, 0) + 1
    return made


# ---------------------------------------------------------------------------------------------------------------------
# Machines
# ---------------------------------------------------------------------------------------------------------------------

MACHINE_LIMIT = 90
MACHINE_WORDS = (
    "serviced",
    "parked",
    "scrapped",
)


def _machine_key(machine: dict) -> str:
    """What a machine is called in logs and in the cache."""
    return f"machine:{machine['id']}"


def _machine_is_due(machine: dict, today: date) -> bool:
    """Whether a machine has waited for more than 90 days."""
    return machine.get("day", SEASON_STARTS) + timedelta(days=MACHINE_LIMIT) <= today


class MachineRefused(Exception):
    """A machine that nobody wants to service."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


@app.task(bind=True, base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, **RETRY)
@counted
def service_machine(self, machine_id: int, note: str = "") -> str:
    """Services one machine: serviced, parked and scrapped are told apart here."""
    machine = STORE.get("machine", machine_id)
    if machine is None:
        logger.warning("there is no machine %s", machine_id)
        raise NotYet(machine_id)
    key = _machine_key(machine)
    with atomic():
        if machine.get("state") in MACHINE_WORDS:
            metrics.count("machine.again")
            return machine["state"]
        machine["state"] = MACHINE_WORDS[0]
        machine["note"] = note or machine.get("note", "")
        STORE.save("machine", machine)
    logger.info("%s is %s", key, machine["state"])
    return machine["state"]


@app.task(base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=2)
def service_all_machines(limit: int = BATCH) -> int:
    """Sends a message for each machine that waits, in batches."""
    sent = 0
    for batch in _in_batches(_rows("machine"), limit):
        for machine in batch:
            if machine.get("state") not in MACHINE_WORDS:
                service_machine.delay(machine["id"])
                sent += 1
    metrics.gauge("machine.waiting", sent)
    return sent


@app.task(name="orchard.machines.check", bind=True, base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=3)
def check_machine(self, machine_id: int) -> bool:
    """Looks at one machine again, and says whether it may go on."""
    machine = STORE.get("machine", machine_id) or {}
    try:
        with atomic():
            return _machine_allowed(machine)
    except MachineRefused as refused:
        logger.info("%s was refused: %s", refused.key, refused.why)
        metrics.count("machine.refused")
        return False
    except KeyError as error:
        raise self.retry(exc=error, countdown=90) from error


def _machine_allowed(machine: dict) -> bool:
    """Raises MachineRefused for a machine that must not go on."""
    if machine["state"] == MACHINE_WORDS[2]:
        raise MachineRefused(_machine_key(machine), "scrapped")
    return machine["state"] in MACHINE_WORDS


@shared_task(base=BaseTask, queue="field", soft_time_limit=SOFT, time_limit=HARD, max_retries=0)
@hears("machine", "day")
def sweep_machines(today: str = "") -> list[int]:
    """Puts each machine away that is due; the schedule sends this every night."""
    day = date.fromisoformat(today) if today else date.today()
    swept = []
    for machine in _rows("machine"):
        if not _machine_is_due(machine, day):
            continue
        with atomic():
            machine["state"] = MACHINE_WORDS[1]
            STORE.save("machine", machine)
        swept.append(machine["id"])
    logger.info("%d machines were put away", len(swept))
    return swept


@app.task(base=BaseTask, queue="letters", rate_limit="30/m", soft_time_limit=SOFT, time_limit=HARD, max_retries=5)
def write_about_machine(machine_id: int, to: str) -> str:
    """A letter to somebody about a machine; what was written is kept."""
    machine = STORE.get("machine", machine_id) or {"id": machine_id}
    text = _letter("keeper", name=to, subject=_machine_key(machine))
    with atomic():
        STORE.save("letter", {"id": STORE.next_id("letter"), "to": to, "text": text, "about": _machine_key(machine)})
    metrics.count("letters.written")
    return text


def machine_report(rows: Iterable[dict]) -> dict[str, int]:
    """How many machines are in which state."""
    made: dict[str, int] = {}
    for row in rows:
        state = row.get("state", "new")
        made[state] = made.get(state, 0) + 1
    return made


# ---------------------------------------------------------------------------------------------------------------------
# Accounts: what a grower is owed
# ---------------------------------------------------------------------------------------------------------------------

_open_accounts = None


def _accounts() -> dict:
    """The accounts, read once in a process."""
    global _open_accounts
    if _open_accounts is None:
        _open_accounts = {row["id"]: row for row in _rows("account")}
    return _open_accounts


class Ledger(Task):
    """Writes what is owed into the book; the class keeps the book open between runs."""

    queue = "money"
    soft_time_limit = SOFT
    time_limit = HARD
    max_retries = 1

    def run(self, account_id: int, cents: int) -> int:
        account = STORE.get("account", account_id) or {"id": account_id, "cents": 0}
        with atomic():
            account["cents"] += cents
            STORE.save("account", account)
        return account["cents"]


enter = app.register_task(Ledger())


@app.task(base=BaseTask, queue="money", soft_time_limit=SOFT, time_limit=HARD, **RETRY)
@hears("invoice")
def settle_account(account_id: int) -> int:
    """Pays what an account is owed: the crates of the season by their weight."""
    owed = sum(price_of(crate["kind"], crate["weight"]) for crate in _rows("crate", SEASON_STARTS))
    with atomic():
        STORE.save("payment", {"id": STORE.next_id("payment"), "account": account_id, "cents": owed})
    logger.info("account %s is paid %s cents", account_id, owed)
    return owed


def export_path(folder: Path, day: date) -> Path:
    """Where the export of a day goes."""
    return folder / f"orchard-{day.isoformat()}.json"


@app.task(base=BaseTask, queue="reports", soft_time_limit=SOFT, time_limit=HARD, max_retries=0)
def report_everything() -> str:
    """One report of all kinds, as text that the office reads at breakfast."""
    made = {
        "crates": crate_report(_rows("crate")),
        "orders": order_report(_rows("order")),
        "invoices": invoice_report(_rows("invoice")),
        "accounts": len(_accounts()),
        "hearers": sorted(HEARERS),
    }
    return fast_json.dumps(made, sort_keys=True)


@app.task(base=BaseTask, queue="cold", soft_time_limit=SOFT, time_limit=HARD, max_retries=0)
def cool_down() -> int:
    """Cools each chamber, and packs again what a broken one has held."""
    broken = [one for one in _rows("chamber") if one.get("state") == CHAMBER_WORDS[2]]
    for chamber in broken:
        pack_order.apply_async(args=(chamber["order"],), kwargs={"note": "from a broken chamber"})
    return len(broken)


if __name__ == "__main__":
    for name, found in sorted(globals().items()):
        if isinstance(found, Task):
            print(name)
