"""What a god file says of all of it, in its comments, is said in each of its parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from split_places import god, parted
from taskguard.cli.main import main
from taskguard.splitting.attention import attention
from taskguard.splitting.edges import units_of
from taskguard.splitting.head import asks_before

SHOP = """\
#!/usr/bin/env python
# -*- coding: utf-8 -*-
# Copyright 2020 The shop

# May be copied.

# The licence ends here.

# About the shop.
# flake8: noqa: E501
'''The shop.

# pylint: disable=in-a-string
'''
# pylint: disable=invalid-name

from __future__ import annotations

# ruff: noqa: E402
# for dates
import datetime


def one():
    return datetime


# pylint: disable=too-late
# mypy: ignore-errors
# second
def two():
    pass
"""
OF_ALL = """\
# -*- coding: utf-8 -*-
# Copyright 2020 The shop

# May be copied.

# The licence ends here.
# flake8: noqa: E501
# pylint: disable=invalid-name
# ruff: noqa: E402
"""


def test_licence_encoding_and_what_linters_are_told_stand_in_each_module() -> None:
    made = parted(SHOP, first="one", second="two").files
    first, second = made["shop/parts/first.py"], made["shop/parts/second.py"]
    assert first.startswith(f'{OF_ALL}# mypy: ignore-errors\n"""About first."""\n')
    assert "\n\n# for dates\nimport datetime\n" in first and first.count("ruff") == 1
    assert second.startswith(f'{OF_ALL}"""About second."""\n')
    assert "# pylint: disable=too-late\n# mypy: ignore-errors\n# second\ndef two" in second
    assert made["shop/parts/__init__.py"].startswith(OF_ALL)


def test_the_facade_keeps_them() -> None:
    facade = parted(SHOP, first="one", second="two").files["shop/tasks.py"]
    above = facade.partition("'''The shop.")[0]
    assert above.startswith(SHOP.partition("'''The shop.")[0])
    assert above.endswith(
        "# flake8: noqa: E501\n# pylint: disable=invalid-name\n# ruff: noqa: E402\n# mypy: ignore-errors\n"
    )


def test_what_is_switched_on_again_stays_where_it_is() -> None:
    text = "# pylint: disable=wrong-import-position\nimport datetime\n# pylint: enable=wrong-import-position\nimport json\n\none = datetime, json\ntwo = 2\n"
    made = parted(f'"""The shop."""\n{text}', first="one", second="two").files
    assert made["shop/parts/first.py"].startswith(
        '"""About first."""\n\n# pylint: disable=wrong-import-position\nimport datetime\n'
    )
    assert "pylint" not in made["shop/parts/second.py"]


def test_the_plan_says_so() -> None:
    held = god(SHOP)
    said = [line for line, what in attention(held, units_of(held)) if "goes to the top of each module" in what]
    assert said == [10, 15, 19, 29]


@pytest.mark.parametrize("docstring", ["", '"""The shop."""\n'])
def test_what_taskguard_ignores_goes_with_what_it_hides(
    docstring: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    topics = "".join(
        f"\n\n# --- {topic} ---\n\n\n@shared_task{options}\ndef send_{topic}(x):\n" + "    x = x + 1\n" * 220
        for topic, options in {"mail": '(queue="mail")', "order": "", "stock": ""}.items()
    )
    files = {
        "pyproject.toml": '[tool.taskguard.tasks]\nrequire = ["queue"]\n',
        "shop/__init__.py": "",
        "shop/tasks.py": f"# of the shop\n# taskguard: ignore-file[TG202, TG101] since 2019\n{docstring}from celery import shared_task\n{topics}",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "-n"]) == 0, capsys.readouterr().out
    assert main(["split", "shop/tasks.py", "-n"]) == 0, capsys.readouterr().err
    parts = tmp_path / "shop" / "tasks_parts"
    assert (parts / "order.py").read_text().startswith('# taskguard: ignore-file[TG202] since 2019\n"""')
    assert "ignore-file" not in (parts / "mail.py").read_text() + (tmp_path / "shop" / "tasks.py").read_text()
    assert main(["check", "-n"]) == 0, capsys.readouterr().out


def test_only_a_name_asked_for_before_it_is_bound_is_asked_for_before() -> None:
    """A star import may give it: which of the two the file means is seen by the order alone."""
    held = god("from journal.settings import *\n\nPARTS = [*PARTS, 'more']\nSIZE = 3\nROOM = SIZE\n")
    asked = {name: asks_before(held, held.homes[name]) for name in ("PARTS", "SIZE", "ROOM")}
    assert asked == {"PARTS": True, "SIZE": False, "ROOM": False}
