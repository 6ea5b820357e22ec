"""Edits after which a rule judges some files again and not others, and what a run takes over from the one before it."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from kept_runs import Edit, agree, edit, project_in, put, said, write
from taskguard.engine import run
from taskguard.engine.watching import MOST_PARTS
from taskguard.facts.codec import decode, encode
from taskguard.facts.extract import extract
from taskguard.request import Request
from taskguard.tracing import AT, TRACE

MAIL = """\
from celery import shared_task

from shop.lib import find, weigh


@shared_task(bind=True, name="shop.{0}", max_retries=3)
def {0}(self, pk):
    found = find(pk)
    try:
        self.retry(countdown=5)
    except Exception:
        return None
    return found.name


@shared_task(name="shop.{0}_more")
def {0}_more(pk):
    weigh(pk)
    return pk
"""
LIB = """\
def find(pk):
    return pk


async def weigh(pk):
    return {"kilos": pk}
"""


EDITS: dict[str, list[Edit]] = {
    "shop/first/tasks.py": [
        put("found = find(pk)", "found = find(pk + 1)"),
        put("    except Exception:\n", "    except ValueError:\n"),
        put("    except ValueError:\n", "    except Exception:\n"),
        put("from shop.lib", "# nobody\nfrom shop.lib"),
        put("    weigh(pk)", "    find(pk)"),
        put("    find(pk)", "    weigh(pk)"),
        put("max_retries=3)", "max_retries=3)  # noqa: TG601"),
        put("def first(", "def once("),
        put("def once(", "def first("),
        put("def first_more(pk):\n    weigh(pk)\n    return pk\n", "def other(pk):\n    return pk\n"),
    ],
    "shop/second/tasks.py": [
        put("found = find(pk)", "found = None"),
        put("return found.name", "return None"),
        put("def second(self, pk)", "async def second(self, pk)"),
        put("async def second(self, pk)", "def second(self, pk)"),
        put("self.retry(countdown=5)", "self.retry(countdown=5, throw=False)"),
    ],
    "shop/lib.py": [
        put("async def weigh", "def weigh"),
        put("def weigh", "async def weigh"),
        put("def find(pk)", "async def find(pk)"),
        put("async def find(pk)", "def find(pk)"),
        lambda text: "import asyncio\n" + text,
    ],
    "lib/parts.py": [put("SIZE = 1", "SIZE = 2"), lambda text: text + "\n\ndef more():\n    return SIZE\n"],
    "conftest.py": [put("'lib'", "'libs'"), put("'libs'", "'lib'")],
    "compose.yml": [put("PYTHONPATH: /app/lib", "PYTHONPATH: /app"), put("PYTHONPATH: /app\n", "PYTHONPATH: /app/lib\n")],
}  # fmt: skip
COMPOSE = """\
services:
  worker:
    build: .
    working_dir: /app
    environment:
      PYTHONPATH: /app/lib
    command: celery -A shop.app worker
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = project_in(tmp_path)
    files = {
        "taskguard.toml": "packs = ['strict']\n",
        "shop/first/__init__.py": "",
        "shop/first/tasks.py": MAIL.format("first")
        + "\n\ndef parts():\n    from parts import SIZE\n\n    return SIZE\n",
        "shop/second/__init__.py": "",
        "shop/second/tasks.py": MAIL.format("second"),
        "shop/lib.py": LIB,
        "shop/broken.py": "from celery import shared_task\n\n\n@shared_task\ndef broken(:\n    pass\n",
        "shop/orders.py": "from shop.first.tasks import first_more\nfrom shop.second.tasks import second_more\n\n\n"
        "def order(request):\n    first_more.delay(1)\n    second_more.delay(2)\n",
        "lib/parts.py": "SIZE = 1\n",
        "conftest.py": "import sys\n\nsys.path.insert(0, 'lib')\n",
        "compose.yml": COMPOSE,
    }
    for number, (name, text) in enumerate(files.items()):
        write(root / name, text, 50 + number)
    edit(root, "shop/app.py", put("['shop']", "['shop', 'shop.first', 'shop.second']"), 70)
    said(root)
    return root


def codes_at(root: Path, path: str) -> list[str]:
    found, _ = said(root)
    assert isinstance(found, dict)
    return sorted(
        one["code"] for one in found["diagnostics"] if one["path"] == path and one["code"] in ("TG601", "TG611")
    )


@pytest.mark.parametrize("name", EDITS)
def test_each_edit_is_judged_as_if_nothing_was_kept(shop: Path, name: str) -> None:
    for number, change in enumerate(EDITS[name]):
        edit(shop, name, change, 100 + number)
        agree(shop)


@pytest.mark.parametrize("seed", range(4))
def test_edits_at_random_are_judged_as_if_nothing_was_kept(shop: Path, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(10):
        for _ in range(chance.choice((1, 1, 2, 3))):
            name = chance.choice([*EDITS])
            edit(shop, name, chance.choice(EDITS[name]), 200 + number)
        agree(shop, *chance.choice(((), (), ("shop/first/tasks.py",), ("shop/second/tasks.py", "shop/lib.py"))))


def test_what_a_rule_said_of_other_files_stands(shop: Path) -> None:
    assert codes_at(shop, "shop/first/tasks.py") == codes_at(shop, "shop/second/tasks.py") == ["TG601", "TG611"]
    edit(shop, "shop/first/tasks.py", put("except Exception", "except ValueError"), 300)
    assert codes_at(shop, "shop/first/tasks.py") == ["TG611"]
    assert codes_at(shop, "shop/second/tasks.py") == ["TG601", "TG611"]
    edit(shop, "shop/lib.py", put("async def weigh", "def weigh"), 301)
    assert codes_at(shop, "shop/first/tasks.py") == []
    assert codes_at(shop, "shop/second/tasks.py") == ["TG601"]


def test_an_answer_that_has_grown_too_long_to_be_kept_is_asked_again(shop: Path) -> None:
    others = "".join(f"\n\nasync def other_{number}():\n    return {number}\n" for number in range(MOST_PARTS))
    edit(shop, "shop/lib.py", lambda text: text.replace("async def weigh", "def weigh") + others, 300)
    assert codes_at(shop, "shop/first/tasks.py") == ["TG601"]
    edit(shop, "shop/lib.py", put("def weigh", "async def weigh"), 301)
    assert codes_at(shop, "shop/first/tasks.py") == ["TG601", "TG611"]
    edit(shop, "shop/first/tasks.py", put("    weigh(pk)", "    print(pk)\n    weigh(pk)"), 302)
    assert codes_at(shop, "shop/first/tasks.py") == ["TG601", "TG611"]


def watched(root: Path, called: Callable[[FrameType, str, object], None]) -> None:
    """Checks a whole project, with each call told."""
    sys.setprofile(called)
    try:
        run(Request((".",), str(root), root=str(root)))
    finally:
        sys.setprofile(None)


def judged(root: Path, rule: str) -> set[str]:
    """The files that a rule judges in a check of the whole project."""
    paths = set()

    def called(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_name == "check" and Path(code.co_filename).name.startswith(rule):
            paths.add(frame.f_locals["module"].path)

    watched(root, called)
    return paths


def test_a_rule_judges_again_only_the_files_of_which_it_has_read_something_else(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("facts_cache", "result_cache"):  # the times of files that have just been written are believed
        monkeypatch.setattr(f"taskguard.engine.{room}.RACY_NS", -60 * 10**9)
    edit(shop, "shop/lib.py", lambda text: text + "\nSIZE = 1\n", 300)
    run(Request((".",), str(shop), root=str(shop)))
    for number in range(3):
        edit(shop, "shop/first/tasks.py", put("    try:\n", f"    print({number})\n    try:\n"), 301 + number)
        assert judged(shop, "tg601") == {"shop/first/tasks.py"}
    edit(shop, "shop/app.py", put("mail.lost", "mail.gone"), 309)
    assert judged(shop, "tg601") == set()
    edit(shop, "shop/second/tasks.py", put("    try:\n", "    print(1)\n    try:\n"), 310)
    assert judged(shop, "tg601") == {"shop/second/tasks.py"}


def looked_at(root: Path) -> set[str]:
    """The functions whose lines are looked at in a check of the whole project, by the line of `def`."""
    found = set()

    def called(frame: FrameType, event: str, _: object) -> None:
        name, held = frame.f_code.co_filename, frame.f_locals
        # This one rests on what the rest of the file binds, too.
        apart = frame.f_code.co_name == "reads_unbound"
        if (
            event == "call"
            and name.endswith("_questions.py")
            and {"text", "first", "last"} <= held.keys()
            and not apart
        ):
            found.add(held["text"].splitlines()[held["first"] - 1].strip())

    watched(root, called)
    return found


def test_of_functions_whose_lines_are_what_they_were_nobody_asks_again(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("facts_cache", "result_cache"):
        monkeypatch.setattr(f"taskguard.engine.{room}.RACY_NS", -60 * 10**9)
    edit(shop, "shop/first/tasks.py", lambda text: "# mail\n" + text, 300)
    run(Request((".",), str(shop), root=str(shop)))
    edit(shop, "shop/first/tasks.py", lambda text: "# of the shop\n" + text, 301)
    assert looked_at(shop) == set()
    edit(shop, "shop/first/tasks.py", put("    return pk\n", "    print(pk)\n    return pk\n"), 302)
    assert "def first_more(pk):" in looked_at(shop)
    edit(shop, "shop/first/tasks.py", put("    try:\n", "    print(1)\n    try:\n"), 303)
    assert "def first(self, pk):" in looked_at(shop)


def test_a_read_is_known_by_the_places_at_which_a_rule_made_it() -> None:
    TRACE.start()
    try:
        with TRACE.unit("TG611", "a.py"):
            TRACE.reads.update((1, 2))
        with TRACE.unit("TG611", "b.py"):
            TRACE.reads.update((2, 3))
        with TRACE.unit("TG501"):
            TRACE.reads.add(3)
        units = {name: place for place, name in enumerate(TRACE.units)}
        masks = TRACE.masks(units)
    finally:
        TRACE.stop()
    named = {read: {name for name, place in units.items() if mask >> place & 1} for read, mask in masks.items()}
    assert named == {
        1: {"TG611", f"{AT}a.py"},
        2: {"TG611", f"{AT}a.py", f"{AT}b.py"},
        3: {"TG611", f"{AT}b.py", "TG501"},
    }


def test_sections_of_kept_facts_are_read_when_they_are_asked_for() -> None:
    text = encode(extract("import shop\n\n\ndef weigh(one):\n    return one\n"))
    sizes, _, body = text.partition(";")
    assert decode(text).functions[0].name == "weigh"
    spoiled = decode(f"{sizes};{body.replace('Import', 'Impart')}")
    assert spoiled.functions[0].name == "weigh"
    with pytest.raises(ValueError, match="no facts"):
        _ = spoiled.imports
    for other in (f"{sizes} 1;{body}", f"{sizes};{body}[]", f"one two;{body}", ""):
        with pytest.raises(ValueError, match=r"facts|invalid literal"):
            decode(other)
