"""What a god file does before it defines anything: no split loses it, and it is done first."""

from __future__ import annotations

from pathlib import Path

import pytest

from split_places import god, run, write
from taskguard.errors import UserError
from taskguard.splitting.plan import Plan, PlannedModule
from taskguard.splitting.write import split

EARLY = """\
import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ["READY"] = "1"

HERE = os.path.dirname(__file__), os.environ["READY"]


def send():
    return HERE
"""


PLAIN = "LIMIT = 3\n\n\ndef send():\n    return LIMIT\n"


def test_what_is_done_first_is_done_whichever_module_is_loaded_first(tmp_path: Path) -> None:
    """Also before a module that is not in the package, and with the path that the god file had."""
    held = god(EARLY)
    beside = PlannedModule("shop/tasks_here.py", "", ("HERE",))
    made = split(
        held, Plan("shop/tasks.py", "shop/parts", (beside, PlannedModule("shop/parts/mail.py", "", ("send",))))
    )
    write(tmp_path, {"shop/__init__.py": "", **made.files})
    for first in ("shop.tasks", "shop.tasks_here", "shop.parts.mail", "shop.parts"):
        said = run(tmp_path, f"import {first}, sys; from shop.tasks import HERE; print(sys.path[-1], *HERE)").split()
        assert said == [str(tmp_path), str(tmp_path / "shop"), "1"], first


def test_a_module_in_the_root_gets_no_package() -> None:
    made = split(god(PLAIN), Plan("shop/tasks.py", "", (PlannedModule("all.py", "", ("LIMIT", "send")),)))
    assert set(made.files) == {"all.py", "shop/tasks.py"}


@pytest.mark.parametrize(
    ("path", "package"), [("shop/tasks.py", "shop"), ("shop/tasks.py", ""), ("shop/__init__.py", "shop")]
)
def test_what_is_done_first_wants_a_package_for_that(path: str, package: str) -> None:
    held = god(EARLY.replace("HERE = os.path.dirname(__file__)", "HERE = 1"), path=path)
    inside = f"{package}/" if package else ""
    modules = (PlannedModule(f"{inside}mail.py", "", ("send",)), PlannedModule(f"{inside}here.py", "", ("HERE",)))
    with pytest.raises(UserError, match=r"have no package of their own|means another file in the package"):
        split(held, Plan(path, package, modules))
    plain = god(EARLY.replace("__file__", "'x'"), path=path)
    with pytest.raises(UserError, match=r"tasks.py:4: it is run before|__init__.py:4: it is run before"):
        split(plain, Plan(path, package, modules))


def test_the_old_path_is_written_out_in_a_package_beside_the_old_file_alone() -> None:
    modules = [
        PlannedModule(f"shop/inner/parts/{name}.py", "", (names,)) for name, names in (("a", "send"), ("b", "HERE"))
    ]
    held = god(EARLY.replace("HERE = os.path.dirname(__file__)", "HERE = 1"))
    with pytest.raises(UserError, match="uses `__file__`, which means another file in the package"):
        split(held, Plan("shop/tasks.py", "shop/inner/parts", tuple(modules)))
