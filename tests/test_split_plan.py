"""Plans: proposed, by line ranges, and as TOML."""

from __future__ import annotations

from textwrap import dedent

import pytest

from split_places import god, plan
from taskguard.errors import UserError
from taskguard.splitting.aftermath import why_long
from taskguard.splitting.attention import attention
from taskguard.splitting.edges import units_of
from taskguard.splitting.grouping import Groups, circles
from taskguard.splitting.places import package_for
from taskguard.splitting.plan import placed
from taskguard.splitting.plan_file import read_plan, written
from taskguard.splitting.propose import propose
from taskguard.splitting.ranges import planned, ranges_of
from taskguard.splitting.table import ranges, rows, table
from taskguard.splitting.write import split

BODY = "\n".join(f"    step_{number}()" for number in range(30))


def shop() -> str:
    """Two groups of functions that call within the group, one constant and one helper that both use."""
    made = ["LIMIT = 3\n", "\ndef clean(x):\n    return x\n"]
    for topic in ("mail", "order"):
        for verb in ("send", "list", "drop"):
            following = {"send": "list", "list": "drop"}.get(verb)
            call = f"    {following}_{topic}(x)\n" if following else "    clean(LIMIT)\n"
            made.append(f"\ndef {verb}_{topic}(x):\n    clean(x)\n{BODY}\n{call}")
    return "\n".join(made)


def test_a_proposal_keeps_together_what_belongs_together() -> None:
    found = propose(god(shop(), limit=250), "shop/parts")
    modules = {one.path: set(one.names) for one in found.modules}
    mail = next(names for names in modules.values() if "send_mail" in names)
    order = next(names for names in modules.values() if "send_order" in names)
    assert {"send_mail", "list_mail", "drop_mail"} <= mail and {"send_order", "list_order", "drop_order"} <= order
    assert mail is not order
    assert "shop/parts/mail.py" in modules and "shop/parts/order.py" in modules


def test_a_proposal_is_the_same_each_time_and_fits() -> None:
    held = god(shop(), limit=250)
    found = propose(held, "shop/parts")
    assert found == propose(held, "shop/parts")
    files = split(held, found).files
    assert all(text.count("\n") <= 250 for text in files.values())
    assert {name for one in found.modules for name in one.names} == set(held.homes)


@pytest.mark.parametrize("word", ["manage", "setup", "conftest"])
def test_no_module_gets_a_name_by_which_a_file_says_more_than_that_it_is_one(word: str) -> None:
    """`manage.py` would say that imports count from its folder, `conftest.py` that it belongs to tests."""
    found = propose(god(shop().replace("mail", word), limit=250), "shop/parts")
    assert f"shop/parts/{word}.py" not in {one.path for one in found.modules}
    assert len(found.modules) > 1


def test_what_must_stay_together_is_proposed_together() -> None:
    text = (
        shop()
        + "\n\nSTATE = None\n\n\ndef send_state():\n    global STATE\n    STATE = LIMIT\n\n\ndef drop_order_state():\n    return STATE\n"
    )
    found = propose(god(text, limit=250), "shop/parts")
    home = {name: one.path for one in found.modules for name in one.names}
    assert home["STATE"] == home["send_state"] == home["drop_order_state"]


@pytest.mark.parametrize(
    ("path", "taken", "package"),
    [
        ("shop/mail_tasks.py", (), "shop/mail"),
        ("shop/mail_tasks.py", ("shop/mail",), "shop/mail_tasks_parts"),
        ("shop/tasks.py", (), "shop/tasks_parts"),
        ("mail_tasks.py", (), "mail_tasks_parts"),
        ("shop/json_tasks.py", (), "shop/json_tasks_parts"),
        ("shop/tasks/__init__.py", (), "shop/tasks"),
    ],
)
def test_where_modules_go(path: str, taken: tuple[str, ...], package: str) -> None:
    assert package_for(path, lambda base: base not in taken) == package


def test_a_package_that_does_something_first_gets_a_package_within() -> None:
    assert package_for("shop/tasks/__init__.py", lambda base: True, early=True) == "shop/tasks/tasks_parts"
    assert package_for("shop/tasks.py", lambda base: True, early=True) == "shop/tasks_parts"


def test_a_plan_comes_back_from_its_text() -> None:
    made = plan(mail="send sweep", odd="_x")
    assert read_plan(written(made), "taskguard-split.toml") == made


PLAN = """\
source = "shop/tasks.py"
package = "shop/parts"

[[modules]]
path = "shop/parts/mail.py"
docstring = "Mail."
names = ["send"]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('source = "shop/tasks.py"\n', "", "plan.toml:1: source: a path is wanted"),
        ("docstring", "docstrng", "plan.toml:6: modules.0.docstrng: unknown key; did you mean `docstring`?"),
        ('["send"]', '"send"', "plan.toml:7: modules.0.names: a list of names is wanted"),
        ("mail.py", "mail", "plan.toml:5: modules.0.path: shop/parts/mail is no path of a module"),
        ("shop/parts/mail.py", "../mail.py", "plan.toml:5: modules.0.path: '../mail.py': a path is wanted, relative"),
        ("shop/parts/mail.py", "shop/tasks.py", "plan.toml:5: modules.0.path: the source becomes the facade"),
        ("[[modules]]", "[modules]", "plan.toml:4: modules: at least one"),
        ('"Mail."', "'''say \"\"\"'''", "plan.toml:6: modules.0.docstring: it must fit"),
        ('"Mail."', "3", "plan.toml:6: modules.0.docstring: a text is wanted"),
        ('"Mail."', '"Mail."\nwhy = ["tasks"]', "plan.toml:7: modules.0.why: a text is wanted"),
        ("names = [", "names = [[", "plan.toml:7"),
    ],
)
def test_mistakes_in_a_plan_are_named(old: str, new: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        read_plan(PLAN.replace(old, new), "plan.toml")
    assert said in str(caught.value)


LINES = dedent(
    """\
    LIMIT = 3


    @task
    def send():
        return clean(LIMIT)


    def clean(x):
        return x


    def sweep():
        return LIMIT
    """
)


def by_lines(*texts: str) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    held = god(LINES)
    made, said = planned(held, "shop/parts", ranges_of(texts, "shop/parts", 14))
    return {one.path: one.names for one in made.modules}, said


def test_ranges_of_lines() -> None:
    modules, said = by_lines("mail.py: 4-6", "upkeep: 13-14, 1")
    assert modules == {"shop/parts/mail.py": ("send", "clean"), "shop/parts/upkeep.py": ("LIMIT", "sweep")}
    assert said == ["no range takes 9-10 (clean): each goes to its only user, else into shop/parts/shared.py"]


def test_a_range_that_cuts_a_definition_is_told() -> None:
    modules, said = by_lines("mail.py: 1, 5-6", "upkeep.py: 9-13")
    assert said[:2] == [
        "5-6 of shop/parts/mail.py cuts `send`, which takes lines 4-6: shop/parts/mail.py gets all of it",
        "9-13 of shop/parts/upkeep.py cuts `sweep`, which takes lines 13-14: shop/parts/upkeep.py gets all of it",
    ]
    assert modules["shop/parts/upkeep.py"] == ("clean", "sweep")


def test_ranges_that_overlap_are_told() -> None:
    modules, said = by_lines("mail.py: 1-10", "upkeep.py: 9-14")
    assert said == [
        "lines 9-10 are in 1-10 of shop/parts/mail.py and in 9-14 of shop/parts/upkeep.py: shop/parts/mail.py gets them"
    ]
    assert modules["shop/parts/mail.py"] == ("LIMIT", "send", "clean")


def test_what_looks_for_files_by_its_own_place_stays_in_that_folder() -> None:
    held = god("HERE = Path(__file__).parent\n\n\ndef send():\n    return HERE\n\n\ndef sweep():\n    return 1\n")
    made, said = planned(held, "shop/parts", ranges_of(["mail.py: 4-5", "upkeep: 8-9"], "shop/parts", 9))
    assert {one.path: one.names for one in made.modules} == {
        "shop/parts/mail.py": ("send",),
        "shop/parts/upkeep.py": ("sweep",),
        "shop/tasks_shared.py": ("HERE",),
    }
    assert said == ["no range takes `HERE`, which looks for files by `__file__`: shop/tasks_shared.py gets it"]
    assert set(split(held, made).files) > {"shop/tasks_shared.py"}
    _, told = planned(held, "shop/parts", ranges_of(["mail.py: 1-5", "upkeep: 8-9"], "shop/parts", 9))
    assert not told


@pytest.mark.parametrize(
    "text", ["mail.py", "mail.py:", "mail.py: a-b", "mail.py: 9-3", "mail.py: 1-99", "mail.py: 0-3"]
)
def test_ranges_that_are_none(text: str) -> None:
    with pytest.raises(UserError, match="--lines"):
        by_lines(text)


def test_lines_that_follow_one_another_are_one_range() -> None:
    held = god(LINES)
    assert ranges(held, held.moving) == ((1, 14),)
    assert ranges(held, [held.moving[0], held.moving[2]]) == ((1, 1), (9, 10))


def test_the_table_shows_a_few_ranges_and_counts_the_others() -> None:
    text = "".join(f"def {name}_{number}():\n    return 1\n\n\n" for number in range(9) for name in "ab")
    held = god(text)
    parts = placed(
        held, plan(a=" ".join(f"a_{n}" for n in range(9)), b=" ".join(f"b_{n}" for n in range(9))), units_of(held)
    )
    said = "".join(table(held, rows(held, parts, {}), "shop/parts")).splitlines()
    assert said[0] == "shop/tasks.py: 72 lines, into shop/parts"
    assert said[2].split()[:3] == ["module", "tasks", "helpers"] and set(said[3]) == {"-", " "}
    assert "1-2, 9-10, 17-18, 25-26, 33-34, 41-42 and 3 more" in said[4] and said[4].startswith("a.py")
    assert len(said) == 6


def test_where_the_first_words_are_taken_two_of_them_are_a_name() -> None:
    held = god(shop(), limit=250)
    found = propose(held, "shop/parts", {"mail", "send", "order", "drop", "list"}).modules
    names = [one.path.rpartition("/")[2].removesuffix(".py").split("_") for one in found]
    assert len(names) > 1 and all(len(set(words)) == 2 for words in names), names


def test_a_name_that_is_imported_and_defined_is_no_reason_to_stay_with_others() -> None:
    (unit,) = units_of(god("from lib import send\n\n\ndef send(): ...\n"))
    assert unit.why == ()


def test_what_needs_a_look() -> None:
    text = dedent(
        """\
        import os
        import django
        import requests
        from shop.names import *

        django.setup()
        logger = logging.getLogger(__name__)
        requests.get = None
        HOOKS = []

        def hook(f):
            HOOKS.append(f)
            return f

        @hook
        def send():
            from . import mail
            return mail, __name__, __file__

        HOOKS.append(send)
        STATE = 1

        def turn():
            global STATE
            STATE = 2

        if __name__ == "__main__":
            send()
        """
    )
    held = god(text)
    said = {
        line: [what for at, what in attention(held, units_of(held)) if at == line]
        for line, _ in attention(held, units_of(held))
    }
    assert said[4] == ["a star import: it is kept where a name may come from it"]
    assert said[6] == ["it is run before anything is defined: it goes into the package's `__init__.py`"]
    assert said[7][0] == "each module that logs gets this logger, with the name 'shop.tasks' that it has"
    assert any("monkeypatching" in what for what in said[8])
    assert any("decorator `hook`" in what for what in said[15])
    assert any("relative import" in what for what in said[15]) and any("`__file__`" in what for what in said[15])
    assert any("`STATE` is rebound" in what for what in said[21])
    assert said[27] == ["what is run as a script stays in the facade"]


def test_loggers_relative_imports_and_the_own_file_are_told_as_they_are() -> None:
    held = god(
        """\
        import logging
        from pathlib import Path

        from . import base
        from .rates import RATES

        audit = logging.getLogger("audit")
        HERE = Path(__file__).parent


        def send():
            audit.info(base, RATES, HERE)
        """
    )
    assert attention(held, units_of(held)) == [
        (4, "a relative import, here and once more: a module in a package gets the dots of its new place"),
        (7, "each module that logs gets this logger, with the name that it has"),
        (8, "it uses `__file__`: only a module in shop keeps the folder"),
    ]


def test_a_section_that_fits_into_half_a_module_is_not_parted() -> None:
    body = "    print(1)\n" * 30
    text = "".join(
        f"# --- {topic} ---\n\n\n" + "".join(f"def {verb}_{topic}():\n{body}\n\n" for verb in "abcdefg")
        for topic in ("mail", "order", "stock")
    )
    for limit, whole in ((600, True), (450, False)):
        names = [set(one.names) for one in propose(god(text, limit=limit), "shop/parts").modules]
        assert ({f"{verb}_order" for verb in "abcdefg"} in names) is whole, names


def test_blocks_that_stand_together_without_a_reason_of_their_own_are_not_told() -> None:
    held = god("def send():\n    pass\n\n\nsend()\n\n\ndef report():\n    pass\n")
    assert any(len(unit.places) > 1 for unit in units_of(held))
    assert not [what for _, what in attention(held, units_of(held)) if "stay in one module" in what]


def test_functions_that_call_one_another_stay_in_one_module_however_long() -> None:
    """A module that needs another one, which needs it, could only be loaded by luck: the limit gives way, and that is said."""
    body = "    step()\n" * 60
    text = "STATE = 0\n" + "".join(
        f"\n\ndef {one}():\n    {other}()\n{body}"
        for one, other in (("even", "odd"), ("odd", "even"), ("spare", "sum"))
    )
    held = god(text, limit=100)
    home = {name: one.path for one in propose(held, "shop/parts").modules for name in one.names}
    assert home["even"] == home["odd"] != home["spare"]
    assert circles({0: [1], 1: [2], 2: [0], 3: [0], 4: []}) == [[0, 1, 2]]


def test_why_a_module_is_over_the_limit() -> None:
    body = "    step()\n" * 60
    bound = f"STATE = 0\n\n\ndef even():\n    global STATE\n    STATE = odd()\n{body}\n\ndef odd():\n    even()\n{body}"
    alone = f"def even():\n    odd()\n{body}\n\ndef odd():\n    even()\n{body}"
    short = "".join(f"def f{number}():\n    f{(number + 1) % 30}()\n\n\n" for number in range(30))
    for text, why in (
        (bound, "`STATE` is rebound by `global STATE`: 2 names of 66 lines stay together"),
        (alone, "`odd` alone takes 64 lines"),
        (short, "its functions need one another in turns, or it is small enough as it is"),
    ):
        held = god(text, limit=100)
        (part,) = (one for one in placed(held, propose(held, "shop/parts"), units_of(held)) if len(one.places) > 1)
        assert why_long(held, part) == why


def test_a_small_helper_goes_to_its_only_user_though_that_is_long() -> None:
    """Its user fills what a module has room for as a rule; the two tasks beside are called by one that calls everything in turn."""
    body = "    step()\n" * 46
    made = ["def start():\n    send_mail()\n    pay_order()\n    store_parcel()\n    close_shelf()\n"]
    made += ["def quote(x):\n    return x\n"]
    made += [f"def send_mail():\n{body}    draw_mail(quote(1))\n", f"def draw_mail(x):\n{body}"]
    made += [f"def {name}():\n{body}" for name in ("pay_order", "fill_order", "store_parcel", "weigh_parcel")]
    made += ["def close_shelf():\n    pass\n"]
    held = god("\n\n".join(made), limit=200)
    home = {name: one.path for one in propose(held, "shop/parts").modules for name in one.names}
    assert home["quote"] == home["send_mail"] == home["draw_mail"]
    assert len({home["send_mail"], home["pay_order"], home["store_parcel"]}) == 3


def test_two_headings_are_too_few_to_divide_a_file_and_say_what_belongs_together() -> None:
    """Names and calls say nothing here, and the file goes back and forth between its two headings."""
    body = "    step()\n" * 60
    trees = "amber birch cedar dogwood elder fir gorse hazel".split()
    made = [
        f"# --- {('Boats', 'Trains')[number % 2]} ---\n\n\ndef {tree}():\n{body}" for number, tree in enumerate(trees)
    ]
    found = propose(god("\n\n".join(made), limit=600), "shop/parts").modules
    assert sorted(sorted(one.names) for one in found) == [trees[0::2], trees[1::2]]


def test_what_only_functions_bind_by_global_stays_with_all_that_use_it() -> None:
    held = god(
        "def open_shop():\n    global DOOR\n    DOOR = 1\n\n\ndef walk():\n    pass\n\n\ndef leave():\n    return DOOR\n"
    )
    (unit,) = (one for one in units_of(held) if len(one.places) > 1)
    assert unit.places == (0, 2) and unit.why == ("`DOOR` is bound by `global DOOR`",)


@pytest.mark.parametrize(("calls", "joined"), [([1], True), ([1, 2], True), ([1, 2, 3], False), ([1, 2, 3, 4], False)])
def test_who_calls_one_group_after_another_takes_none_of_them_in(calls: list[int], joined: bool) -> None:
    groups = Groups([100, 20, 90, 90, 90], {0: calls, 1: [], 2: [], 3: [], 4: []}, {}, 90)
    groups.sink(50, 200)
    assert (1 not in groups.members) is joined


def test_what_groups_have_in_common_counts_on_average_and_more_where_they_are_large() -> None:
    groups = Groups([10] * 4, {n: [] for n in range(4)}, {(0, 2): 1.0, (0, 3): 1.0, (1, 2): 1.0, (1, 3): 1.0}, 90)
    assert groups.weight(0, 2) == 1.0
    groups.join(0, 1)
    groups.join(2, 3)
    assert 1.0 < groups.weight(0, 2) < 2.0
