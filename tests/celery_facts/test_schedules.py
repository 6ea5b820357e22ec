"""What the rules about schedules (TG307 to TG309, TG315, TG316, TG320) say of Celery."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

import pytest

from celery_facts.claims import Claim
from celery_facts.probing import attempt, beat, load, sent_by_beat
from celery_facts.stage import unlike

pytestmark = pytest.mark.skipif(os.name == "nt", reason="examples are run in forked processes")


def starts() -> str:
    return attempt(lambda: beat(load().app), "starts")


def minutes_of_a_day(app: Any, entry: Any, day: datetime) -> list[datetime]:
    """When the schedule of an entry is due, minute by minute."""
    found, last = [], day - timedelta(minutes=1)
    for minute in range(24 * 60):
        now = day + timedelta(minutes=minute)
        entry.schedule.nowfun = lambda now=now: now
        if entry.schedule.is_due(last)[0]:
            found.append(now)
            last = now
    return found


def runs_a_day() -> str:
    app = load().app
    (entry,) = (one for one in beat(app).schedule.values() if one.task == "shop.report")
    zone = app.timezone
    return f"{len(minutes_of_a_day(app, entry, datetime(2026, 1, 12, tzinfo=zone)))} runs a day"


def imported() -> str:
    return attempt(load, "imported")


def entries() -> str:
    app = load().app
    return f"{sum(one.task == 'shop.report' for one in beat(app).schedule.values())} entries"


def sent() -> str:
    return " ".join(sorted(sent_by_beat(load().app).tasks().split()))


def made() -> str:
    app = load().make_app()
    return f"{sum(one.task == 'shop.report' for one in beat(app).schedule.values())} entries"


CLAIMS = (
    Claim("TG307", "With a key that it does not know beat does not start.", starts, "TypeError", "starts"),
    Claim("TG308", "`crontab(hour=3)` fires each minute of that hour.", runs_a_day, "60 runs a day", "1 runs a day"),
    Claim("TG309", "A crontab with `day_of_week=7` cannot be made: nor can its module be imported.", imported, "ValueError", "imported"),
    Claim("TG315", "The second periodic task with one signature replaces the first.", entries, "1 entries", "2 entries"),
    Claim("TG316", "A copied entry runs the first task twice, and the other one never.", sent, "shop.send_bills shop.send_bills", "shop.send_bills shop.send_reminders"),
    Claim("TG320", "A receiver that is defined in a function is gone when that ends: nothing is scheduled.", made, "0 entries", "1 entries"),
)  # fmt: skip


def test_claims() -> None:
    assert not unlike("schedules")
