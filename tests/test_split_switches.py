"""`# isort: off`, `# fmt: off` and the like when a god file is split: no module gets one without its end."""

from __future__ import annotations

from textwrap import dedent

from split_places import god, parted
from taskguard.splitting.attention import attention

SORTED = '''\
"""Tasks."""
# isort: off
import monkey
import os

import celery
# isort: on
import json


def first():
    return os, json


def second():
    return monkey, celery, json


def third():
    return json
'''


def test_imports_are_sorted_again_behind_those_that_are_not() -> None:
    made = parted(SORTED, one="first", two="second", three="third").files
    assert made["shop/parts/one.py"].startswith(
        '"""About one."""\n\n# isort: off\nimport os\n# isort: on\nimport json\n\n\ndef first'
    )
    assert made["shop/parts/two.py"].startswith(
        '"""About two."""\n\n# isort: off\nimport monkey\n\nimport celery\n# isort: on\nimport json\n\n\ndef second'
    )
    assert made["shop/parts/three.py"].startswith('"""About three."""\n\nimport json\n\n\ndef third')
    assert "isort" not in made["shop/tasks.py"]


def test_above_the_first_import_it_is_no_comment_about_the_file() -> None:
    text = SORTED.removeprefix('"""Tasks."""\n')
    made = parted(text, one="first", two="second", three="third").files
    assert made["shop/parts/one.py"].startswith('"""About one."""\n\n# isort: off\nimport os\n# isort: on\nimport json')
    assert "isort" not in made["shop/tasks.py"] + made["shop/parts/three.py"] + made["shop/parts/__init__.py"]
    assert "is about the whole file" not in str(attention(god(text), []))
    assert (1, "`# isort: off`: each module gets it, and `# isort: on`, around what it takes from there") in attention(god(text), [])  # fmt: skip


def test_one_that_nothing_ends_at_the_top_holds_for_each_module() -> None:
    made = parted(SORTED.replace("# isort: on\n", ""), one="first", two="second third").files
    assert made["shop/parts/one.py"].count("# isort: off") == 1
    whole = "# fmt: off\n" + SORTED.replace("# isort: off\n", "").replace("# isort: on\n", "")
    made = parted(whole, one="first", two="second third").files
    assert all(text.startswith("# fmt: off\n") for path, text in made.items() if "parts" in path)
    assert made["shop/tasks.py"].startswith("# fmt: off\n")


BODIES = """\
import json


def first():
    return json


# the table
# fmt: off
TABLE = {
    1:   2,
}


def wide( a,b ):
    return TABLE
# fmt: on


# the last of them
def last():
    return 1


# pylint: disable=invalid-name
lower = 1
# pylint: enable=invalid-name
UPPER = 2
"""


def test_code_between_two_of_them_stays_between_two() -> None:
    made = parted(BODIES, one="first last lower", two="TABLE UPPER", three="wide").files
    assert made["shop/parts/one.py"].partition("import json\n")[2] == dedent(
        """

        def first():
            return json


        # the last of them
        def last():
            return 1


        # pylint: disable=invalid-name
        lower = 1
        # pylint: enable=invalid-name
        """
    )
    assert made["shop/parts/two.py"].partition('"""\n')[2] == dedent(
        """

        # the table
        # fmt: off
        TABLE = {
            1:   2,
        }
        # fmt: on
        UPPER = 2
        """
    )
    assert made["shop/parts/three.py"].endswith("\n\n# fmt: off\ndef wide( a,b ):\n    return TABLE\n# fmt: on\n")
    whole = parted(BODIES, one="first", two="TABLE wide last lower UPPER").files["shop/parts/two.py"]
    assert whole.endswith(BODIES.partition("return json\n\n\n")[2]), "byte for byte where nothing is parted"


def test_one_that_holds_to_the_end_of_the_file_is_ended_where_other_code_follows() -> None:
    text = BODIES.replace("# fmt: on\n", "").partition("# pylint")[0].rstrip() + "\n"
    made = parted(text, one="TABLE first", two="wide last").files
    assert "# fmt: off\nTABLE = {\n    1:   2,\n}\n# fmt: on\n\n\ndef first" in made["shop/parts/one.py"]
    assert made["shop/parts/two.py"].endswith("    return 1\n# fmt: on\n")
    ended = text + "# fmt: on\n"
    made = parted(ended, one="TABLE wide last", two="first").files
    assert made["shop/parts/one.py"].count("# fmt: on\n") == 1
    assert made["shop/parts/one.py"].endswith("    return 1\n# fmt: on\n")
