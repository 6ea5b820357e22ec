"""Tests that patch the old path, before and after a split that retargets them: they are run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from split_places import plan, write
from taskguard.cli.main import main
from taskguard.splitting.plan_file import written

GOD = """\
import time


def clock():
    return time.time()


def mail():
    return clock()


def bill():
    return clock(), mail()


def report():
    return clock()
"""
TESTS = """\
from unittest import mock

import pytest

import shop.tasks as old


def test_a_setter(monkeypatch):
    monkeypatch.setattr(old, "clock", lambda: 1)
    assert old.mail() == 1


def test_an_object():
    with mock.patch.object(old, "clock", return_value=2):
        assert old.report() == 2


@mock.patch.object(
    old,
    "clock",
)
def test_a_decorator(clock):
    clock.return_value = 3
    assert old.report() == 3


def test_what_two_modules_look_up(monkeypatch):
    monkeypatch.setattr(old, "clock", lambda: 4)
    assert old.bill() == (4, 4)


def test_what_is_patched_does_not_run(monkeypatch):
    monkeypatch.setattr(old, "mail", lambda: 5)
    monkeypatch.setattr(old, "clock", lambda: 6)
    assert old.bill() == (6, 5)
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TASKGUARD_CACHE_DIR", str(tmp_path / ".cache"))
    made = plan(base="clock", mails="mail", bills="bill", reports="report")
    files = {"shop/__init__.py": "", "shop/tasks.py": GOD, "taskguard.toml": "", "plan.toml": written(made)}
    write(tmp_path, {**files, "tests/test_tasks.py": TESTS})
    return tmp_path


def passes(folder: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), "tests"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": "."}, check=False)
    return done.returncode == 0


def test_patches_of_the_module_object_go_where_the_name_is_looked_up(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert passes(shop)
    assert main(["split", "plan.toml", "--retarget-patches"]) == 0
    assert "6 patches in tests retargeted" in capsys.readouterr().err
    assert passes(shop)
    made = (shop / "tests" / "test_tasks.py").read_text()
    assert '    monkeypatch.setattr("shop.parts.mails.clock", lambda: 1)\n' in made
    assert '    with mock.patch("shop.parts.reports.clock", return_value=2):\n' in made
    assert '@mock.patch(\n    "shop.parts.reports.clock",\n)\n' in made
    assert made.count(", lambda: 4)") == 2 and made.count(", lambda: 6)") == 1


def test_a_setter_for_what_three_modules_look_up_is_there_for_each(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asking = (
        "import shop.tasks as old\n\n\ndef test_it(monkeypatch):\n    monkeypatch.setattr(old, 'clock', lambda: 7)\n"
    )
    write(shop, {"tests/test_tasks.py": f"{asking}    assert old.bill() == (7, 7) and old.report() == 7\n"})
    assert main(["split", "plan.toml", "--retarget-patches"]) == 0
    assert "1 patch in tests retargeted" in capsys.readouterr().err and passes(shop)
    assert (shop / "tests" / "test_tasks.py").read_text().count(", lambda: 7)") == 3


def test_a_value_that_is_made_anew_is_not_written_twice(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "tests" / "test_tasks.py").write_text(TESTS.replace("lambda: 4", "mock.Mock(return_value=4)"))
    assert main(["split", "plan.toml", "--retarget-patches"]) == 0
    said = capsys.readouterr().err
    assert "5 patches in tests retargeted" in said
    assert "1 patch in tests has no effect any more:" in said and "tests/test_tasks.py:27:" in said


def test_patches_of_which_nobody_can_tell_are_listed_and_retargeted(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Some code may ask the old path for any name: before the split the patches did what they were meant to do in any case."""
    write(
        shop,
        {
            "shop/late.py": "import importlib\n\n\ndef late(name):\n    return importlib.import_module(name or 'shop.tasks')\n"
        },
    )
    assert main(["split", "plan.toml"]) == 0
    said = capsys.readouterr().err
    assert "6 patches in tests may have no effect any more; --retarget-patches mends those that it can:" in said
    assert (
        "tests/test_tasks.py:9:30: TG406 `clock` is patched at shop.tasks, and shop.parts.mails looks it up by itself"
        in said
    )
    assert "nothing else that is new" in said
    assert main(["split", "--undo"]) == 0
    assert main(["split", "plan.toml", "--retarget-patches"]) == 0
    assert "6 patches in tests retargeted" in capsys.readouterr().err
    assert passes(shop)


def test_a_test_that_asks_the_old_path_for_the_patched_name_is_left_to_its_author(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asking = TESTS.partition("\n\n\n")[0] + (
        "\n\n\ndef test_it_is_called(monkeypatch):\n    monkeypatch.setattr(old, 'mail', mock.Mock())\n    old.bill()\n    old.mail.assert_called_once()\n"
    )
    (shop / "tests" / "test_tasks.py").write_text(asking)
    assert main(["split", "plan.toml", "--retarget-patches"]) == 0
    assert "1 patch in tests may have no effect any more:" in capsys.readouterr().err
    assert (shop / "tests" / "test_tasks.py").read_text() == asking


def test_a_patch_for_code_elsewhere_that_asks_the_old_path_stays(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asking = (
        "import shop.tasks as old\nfrom shop.views import view\n\n\ndef test_a_view(monkeypatch):\n    monkeypatch.setattr(old, 'mail', lambda: 7)\n"
        "    assert view() == 7\n\n\ndef test_more():\n    assert old.bill\n"
    )
    write(
        shop,
        {
            "shop/views.py": "from shop import tasks\n\n\ndef view():\n    return tasks.mail()\n",
            "tests/test_tasks.py": asking,
        },
    )
    assert main(["split", "plan.toml", "--retarget-patches"]) == 0
    assert "effect" not in capsys.readouterr().err
    assert (shop / "tests" / "test_tasks.py").read_text() == asking and passes(shop)


def test_private_names_that_are_read_from_the_module_stay_there(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody imports it, nobody calls it: a test reads it from the module that it has imported in a function."""
    reading = "def test_it():\n    import shop.tasks as old\n\n    # old._OTHER is no more than prose\n    assert old._HIDDEN == 3\n"
    write(shop, {"shop/tasks.py": f"{GOD}\n\n_HIDDEN = 3\n\n_OTHER = 4\n", "tests/test_tasks.py": reading})
    made = plan(base="clock _HIDDEN", mails="mail _OTHER", bills="bill", reports="report")
    write(shop, {"plan.toml": written(made)})
    assert main(["split", "plan.toml"]) == 0, capsys.readouterr().err
    facade = (shop / "shop" / "tasks.py").read_text()
    assert "_HIDDEN" in facade and "_OTHER" not in facade and passes(shop)


def test_state_that_a_test_resets_at_the_old_path_is_told_and_that_of_other_code_refused(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = "\n\nREADY = False\n\n\ndef ready():\n    global READY\n    READY = True\n"
    reset = "import shop.tasks as old\n\n\ndef test_it():\n    old.READY = False\n"
    made = plan(base="clock READY ready", mails="mail", bills="bill", reports="report")
    write(shop, {"shop/tasks.py": GOD + state, "tests/test_tasks.py": reset, "plan.toml": written(made)})
    assert main(["split", "plan.toml"]) == 0
    assert (
        "tests/test_tasks.py:5 uses it as `old.READY`: `READY` of shop/tasks.py is rebound" in capsys.readouterr().err
    )
    assert main(["split", "--undo"]) == 0
    write(shop, {"shop/views.py": "from shop import tasks\n\n\ndef view():\n    return tasks.READY\n"})
    assert main(["split", "plan.toml"]) == 2
    assert "shop/views.py:5 uses it as `tasks.READY`" in capsys.readouterr().err
