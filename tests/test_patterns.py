"""Patterns that the rules make of names."""

from __future__ import annotations

import re

from taskguard.patterns import any_dotted


def test_a_pattern_of_dotted_names_finds_what_their_alternatives_find() -> None:
    names = ["shop.tasks", "shop.task", "shop.mail", "mail", "core.tasks", "core.tasks_parts", "a+b.c"]
    plain = re.compile("|".join(r"[\s\\]*\.[\s\\]*".join(map(re.escape, name.split("."))) for name in names))
    quick = re.compile(any_dotted(names))
    texts = [
        "from shop.tasks import report", "from shop . \\\n  task import x", "import shop", "shop.", "mai", "a mail", "core.task", "core.tasks", "core . tasks_",
        "a+b.c", "aab.c", "SHOP.TASKS", "shoptasks", "", "tasks.shop",
    ]  # fmt: skip
    assert [bool(quick.search(text)) for text in texts] == [bool(plain.search(text)) for text in texts]


def test_no_names_are_found_nowhere() -> None:
    assert not re.search(any_dotted([]), "import anything")
