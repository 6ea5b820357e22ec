"""Edits of files that send tasks, and of tasks with fixes, under all rules: what is kept answers where nothing that was read has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from kept_runs import Edit, agree, edit, inserted, project_in, said, write

SENDS = """\
import json

from celery import shared_task

from shop.tasks import send


@shared_task(bind=True, name="shop.place")
def place(self, order):
    try:
        send.delay(order)
        self.retry(countdown=5)
    except Exception:
        return None


def cancel(request):
    return json.dumps(request.order)


def again(request):
    place.delay(request.order)
"""
UNASKED: dict[str, Edit] = {
    "a function more": lambda text: text + "\n\ndef more(value):\n    print(value)\n",
    "a call in another function": lambda text: text.replace("    return json", "    print(request)\n    return json"),
    "a comment at the top": inserted(0, "# the beginning\n"),
    "a comment in another function": lambda text: text.replace("    return json", "    # all\n    return json"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return project_in(tmp_path)


@pytest.fixture
def sending(project: Path) -> Path:
    """All rules about what is sent, and a finding whose sentence names a line."""
    write(project / "taskguard.toml", "packs = ['strict']\n", 49)
    write(project / "shop/orders.py", SENDS, 50)
    (message,) = messages(said(project)[0], "TG601")
    assert "in line 12:" in message
    return project


def messages(report: object, code: str) -> list[str]:
    assert isinstance(report, dict)
    return [one["message"] for one in report["diagnostics"] if one["code"] == code]


@pytest.mark.parametrize("change", UNASKED.values(), ids=UNASKED)
def test_a_file_that_sends_may_change_elsewhere(sending: Path, change: Edit) -> None:
    edit(sending, "shop/orders.py", change)
    assert not agree(sending)


def test_a_line_that_a_sentence_names_moves_with_the_code(sending: Path) -> None:
    edit(sending, "shop/orders.py", inserted(0, "# 1\n# 2\n"))
    report, ran = said(sending)
    assert not ran
    assert "in line 14:" in messages(report, "TG601")[0]
    edit(sending, "shop/orders.py", inserted(12, "        print(order)\n"), 101)
    assert agree(sending)


def test_an_edit_of_one_file_moves_no_line_of_another(sending: Path) -> None:
    edit(sending, "shop/views.py", inserted(0, "# views\n"))
    assert not agree(sending)


NAMELESS = """\
from celery import shared_task


@shared_task(queue="parcels-of-the-north", priority=5, time_limit=60)
def send(order):
    return order
"""


WITH_FIXES = ("--output-format", "sarif")


def regions(report: object) -> list[object]:
    """Where the fixes of that file stand, as SARIF tells them."""
    assert isinstance(report, dict)
    found = [fix["artifactChanges"][0] for one in report["runs"][0]["results"] for fix in one.get("fixes", ())]
    return [
        each["deletedRegion"]
        for one in found
        if one["artifactLocation"]["uri"] == "shop/parcels.py"
        for each in one["replacements"]
    ]


def test_a_fix_moves_with_the_code(sending: Path) -> None:
    write(sending / "shop/parcels.py", NAMELESS, 60)
    before = regions(said(sending, *WITH_FIXES)[0])
    edit(sending, "shop/parcels.py", inserted(0, "# parcels\n"))
    edit(sending, "shop/parcels.py", lambda text: text + "\n\nMORE = 1\n", 101)
    assert not agree(sending, *WITH_FIXES)
    assert len(before) == len(regions(said(sending, *WITH_FIXES)[0])) == 1
    assert before != regions(said(sending, *WITH_FIXES)[0])


def test_a_fix_that_would_be_written_otherwise_is_made_anew(sending: Path) -> None:
    """A file with longer lines leaves room for one more option on the line."""
    write(sending / "shop/parcels.py", NAMELESS, 60)
    said(sending)
    edit(sending, "shop/parcels.py", lambda text: f"{text}# {'-' * 110}\n")
    assert agree(sending, *WITH_FIXES)


TASK = """\
from celery import shared_task

from shop.texts import subject


@shared_task(bind=True, name="shop.weigh", soft_time_limit=20)
def weigh(self, order):
    return subject(order)
"""
IN_BODIES: dict[str, Edit] = {
    "a call of a library": inserted(7, "    print(order)\n"),
    "a call of a method": inserted(7, "    '{}'.format(order)\n"),
}


@pytest.mark.parametrize("change", IN_BODIES.values(), ids=IN_BODIES)
def test_a_body_may_call_what_no_rule_looks_for(sending: Path, change: Edit) -> None:
    write(sending / "shop/weights.py", TASK, 60)
    said(sending)
    edit(sending, "shop/weights.py", change)
    assert not agree(sending)


def test_a_body_that_calls_what_a_rule_looks_for_is_judged_again(sending: Path) -> None:
    write(sending / "shop/weights.py", TASK, 60)
    said(sending)
    edit(
        sending, "shop/weights.py", inserted(7, "    try:\n        self.retry()\n    except Exception:\n        pass\n")
    )
    assert agree(sending)
