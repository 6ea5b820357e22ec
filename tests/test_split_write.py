"""The texts that a plan makes of a god file."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from split_places import god, parted, plan, run, write
from taskguard.errors import UserError
from taskguard.splitting.god import Piece, User, god_of, with_pieces
from taskguard.splitting.plan import Plan, PlannedModule
from taskguard.splitting.propose import propose
from taskguard.splitting.write import split

SHOP = '''\
"""All tasks of the shop."""
from __future__ import annotations

import json
import os.path as paths
from datetime import (
    date,
    timedelta,  # spans
)

from celery import shared_task

logger = get_logger(__name__)

LIMIT = 3


# --- mail ---


@shared_task
def send(to):  # sends it
    logger.info(json.dumps([to, LIMIT]))


def _today():
    return date.today()


@shared_task
def sweep():
    for one in range(LIMIT):
        send.delay(one)
    return _today()
'''


def test_each_module_gets_what_it_uses() -> None:
    made = parted(SHOP, mail="send", upkeep="sweep _today", limits="LIMIT").files
    assert made["shop/parts/mail.py"] == dedent(
        '''\
        """About mail."""

        from __future__ import annotations

        import json

        from celery import shared_task

        from shop.parts.limits import LIMIT

        logger = get_logger("shop.tasks")


        # --- mail ---


        @shared_task
        def send(to):  # sends it
            logger.info(json.dumps([to, LIMIT]))
        '''
    )
    assert made["shop/parts/limits.py"] == '"""About limits."""\n\nfrom __future__ import annotations\n\nLIMIT = 3\n'
    upkeep = made["shop/parts/upkeep.py"]
    assert "from datetime import date\n" in upkeep and "timedelta" not in upkeep and "logger" not in upkeep
    assert upkeep.index("def sweep") < upkeep.index("def _today"), "the order of the plan"


def test_the_facade_hands_on_public_names_and_private_ones_that_are_used() -> None:
    made = parted(SHOP, mail="send", upkeep="sweep _today", limits="LIMIT").files
    assert made["shop/tasks.py"] == dedent(
        '''\
        """All tasks of the shop."""
        from __future__ import annotations

        from shop.parts.limits import LIMIT
        from shop.parts.mail import send
        from shop.parts.upkeep import sweep

        __all__ = ["LIMIT", "send", "sweep"]
        '''
    )
    made = parted(SHOP, used=("_today", "json", "logger"), mail="send", upkeep="sweep _today", limits="LIMIT").files
    facade = made["shop/tasks.py"]
    assert "from shop.parts.upkeep import _today  # noqa: F401" in facade
    assert "import json" in facade
    assert "from shop.parts.mail import logger" in facade


def test_names_of_tasks_are_pinned_where_they_are_told() -> None:
    text = "@task\ndef send(): ...\n\n\ndef other(): ...\n"
    plain = god_of(text, "shop/tasks.py", "shop.tasks", "shop")
    held = with_pieces(plain, {"send": (Piece(5, 5, '(name="shop.tasks.send")'),)})
    made = split(held, plan(mail="send", rest="other")).files
    assert '@task(name="shop.tasks.send")\ndef send(): ...\n' in made["shop/parts/mail.py"]


def test_relative_imports_go_a_step_further_up() -> None:
    made = parted(
        """\
        from . import models
        from .deep.mail import post
        from ..core import Base

        def send():
            from .models import Order
            return post(models, Order, Base)

        def other(): ...
        """,
        mail="send",
        rest="other",
    ).files
    mail = made["shop/parts/mail.py"]
    assert "from .. import models\nfrom ..deep.mail import post\nfrom ...core import Base\n" in mail
    assert "    from ..models import Order\n" in mail
    assert "from .parts.mail import send" in made["shop/tasks.py"], "a file with dots goes on with dots"


def test_branches_of_imports_are_kept_as_they_are() -> None:
    made = parted(
        """\
        from typing import TYPE_CHECKING

        try:
            import ujson as json
        except ImportError:
            import json

        if TYPE_CHECKING:
            from shop.models import Order

        def send(order: "Order"):
            return json.dumps(order)

        def other(): ...
        """,
        mail="send",
        rest="other",
    ).files
    assert "try:\n    import ujson as json\nexcept ImportError:\n    import json\n" in made["shop/parts/mail.py"]
    assert "from typing import TYPE_CHECKING\n" in made["shop/parts/mail.py"]
    assert "if TYPE_CHECKING:\n    from shop.models import Order\n" in made["shop/parts/mail.py"]
    assert "import" not in made["shop/parts/rest.py"]


def test_star_imports_go_where_a_name_may_come_from_them() -> None:
    made = parted(
        "from shop.names import *\n\ndef send():\n    return POST\n\ndef other():\n    return len([])\n",
        mail="send",
        rest="other",
    ).files
    assert "from shop.names import *" in made["shop/parts/mail.py"]
    assert "import" not in made["shop/parts/rest.py"]
    assert "from shop.names import *" in made["shop/tasks.py"], "others may take those names from the old path"


def test_what_is_done_first_is_done_when_the_package_is_loaded() -> None:
    made = parted(
        "import django\n\ndjango.setup()\n\n\ndef send(): ...\n\n\ndef other(): ...\n", mail="send", rest="other"
    ).files
    assert made["shop/parts/__init__.py"].endswith("\nimport django\n\ndjango.setup()\n")
    assert "setup" not in made["shop/parts/mail.py"]


def test_statements_go_with_what_they_change() -> None:
    made = parted(
        "HANDLERS = {}\n\n\ndef send(): ...\n\n\nHANDLERS['send'] = send\nregister(send)\n\n\ndef other(): ...\n",
        handlers="HANDLERS",
        mail="send",
        rest="other",
    ).files
    assert "HANDLERS['send'] = send\n" in made["shop/parts/handlers.py"]
    assert "from shop.parts.mail import send\n" in made["shop/parts/handlers.py"]
    assert "register(send)\n" in made["shop/parts/mail.py"]


def test_a_script_stays_a_script() -> None:
    made = parted(
        "import sys\n\n\ndef send(): ...\n\n\ndef other(): ...\n\n\nif __name__ == '__main__':\n    send(sys.argv)\n",
        mail="send",
        rest="other",
    ).files
    assert made["shop/tasks.py"].endswith("\n\nif __name__ == '__main__':\n    send(sys.argv)\n")
    assert "import sys\n" in made["shop/tasks.py"]


def test_line_ends_and_encodings_stay() -> None:
    text = "# -*- coding: latin-1 -*-\r\nX = 'ä'\r\n\r\n\r\ndef send():\r\n    return X\r\n"
    made = split(god(text), plan(values="X", mail="send")).files
    assert all("\n" not in one.replace("\r\n", "") for one in made.values())
    assert made["shop/parts/values.py"].startswith("# -*- coding: latin-1 -*-\r\n")


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ({"mail": "send"}, "no module takes `sweep`"),
        (
            {"mail": "send sweep", "rest": "_today LIMIT send"},
            "`send` goes into shop/parts/rest.py and into shop/parts/mail.py",
        ),
        ({"mail": "send sweap", "rest": "_today LIMIT"}, "shop/tasks.py has no `sweap`; did you mean `sweep`?"),
        ({"mail": "send sweep json", "rest": "_today LIMIT"}, "`json` is an import of shop/tasks.py"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(modules: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        parted(SHOP, **modules)


def test_what_is_rebound_by_global_stays_together() -> None:
    text = "CACHE = None\n\n\ndef fill():\n    global CACHE\n    CACHE = 1\n\n\ndef read():\n    return CACHE\n\n\ndef other(): ...\n"
    with pytest.raises(
        UserError, match="`CACHE` is rebound by `global CACHE`: `CACHE`, `fill`, `read` cannot be parted"
    ):
        parted(text, cache="CACHE fill", rest="read other")
    assert "CACHE" not in parted(text, cache="CACHE fill read", rest="other").files["shop/parts/rest.py"]


def test_a_name_that_is_bound_twice_stays_in_one_module(tmp_path: Path) -> None:
    text = "X = 1\n\n\ndef f():\n    return X + 1\n\n\nX = f()\n\n\ndef g():\n    return X\n"
    made = parted(text, x="X", f="f g").files
    assert made["shop/parts/x.py"].count("X =") == 2
    write(tmp_path, {"shop/__init__.py": "", **made})
    assert run(tmp_path, "import shop.parts.x as x; print(x.X)") == "2"
    assert run(tmp_path, "import shop.parts.f as f; print(f.g())") == "2"


def test_modules_that_need_one_another_import_within_functions(tmp_path: Path) -> None:
    text = """\
        def even(n):
            "Whether it is."
            return n == 0 or odd(n - 1)


        class Odd:
            def __call__(self, n): return n != 0 and even(n - 1)


        odd = Odd()
        """
    made = parted(text, even="even", odd="Odd odd")
    inside = 'def even(n):\n    "Whether it is."\n    from shop.parts.odd import odd\n    return n == 0 or odd(n - 1)\n'
    assert inside in made.files["shop/parts/even.py"]
    assert made.files["shop/parts/odd.py"].startswith('"""About odd."""\n\nfrom shop.parts.even import even\n')
    assert made.notes == ("shop/parts/even.py: `even` imports odd when it runs: the modules need one another",)
    write(tmp_path, {"shop/__init__.py": "", **made.files})
    for first in ("shop.parts.even", "shop.parts.odd", "shop.tasks"):
        assert (
            run(tmp_path, f"import {first}; from shop.tasks import even, odd; print(even(4), odd(4))") == "True False"
        )


def test_a_function_on_one_line_imports_there() -> None:
    made = parted("def a(): return b()\n\n\ndef b(): return a()\n", a="a", b="b").files
    assert "def a(): from shop.parts.b import b; return b()\n" in made["shop/parts/a.py"]


def test_a_circle_that_no_import_can_break_is_refused() -> None:
    text = "A = 1\nB = A + 1\nC = B + 1\n"
    with pytest.raises(UserError) as caught:
        parted(text, one="A C", other="B")
    assert [str(one) for one in caught.value.problems] == [
        "these modules need one another: shop/parts/one.py and shop/parts/other.py",
        "shop/parts/one.py needs shop/parts/other.py to be loaded: `C` needs `B`",
        "shop/parts/other.py needs shop/parts/one.py to be loaded: `B` needs `A`",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f():\n    return globals()['g']\n\n\ndef g(): ...\n", "`f` calls `globals\\(\\)`"),
        (
            "HERE = folder(__file__)\n\n\ndef f(): ...\n\n\ndef g(): ...\n",
            "shop/tasks.py:1: `HERE` uses `__file__`, which means another file",
        ),
        ("def f():\n    return f'{__name__:>9}'\n\n\ndef g(): ...\n", "puts `__name__` into a text"),
        (
            "def f():\n    return f'{__name__!r}' + '{__name__}'\n\n\ndef g(): ...\n",
            "puts `__name__` into a text",
        ),
    ],
)
def test_what_would_mean_something_else_elsewhere_is_refused(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parted(text, one="f HERE" if "HERE" in text else "f", other="g")


def test_a_module_beside_the_god_file_finds_the_same_files() -> None:
    text = "HERE = folder(__file__)\n\n\ndef f(): ...\n"
    held = god(text)
    beside = Plan("shop/tasks.py", "shop/parts", (
        PlannedModule("shop/tasks_paths.py", "Paths.", ("HERE",)), PlannedModule("shop/parts/f.py", "F.", ("f",)),
    ))  # fmt: skip
    assert "HERE = folder(__file__)\n" in split(held, beside).files["shop/tasks_paths.py"]
    assert "shop/tasks_here.py" in [
        one.path for one in propose(held, "shop/parts").modules
    ] or "shop/tasks_constants.py" in [one.path for one in propose(held, "shop/parts").modules]


def test_conditional_names_may_be_missing(tmp_path: Path) -> None:
    made = parted(
        "import os\n\nif os.environ.get('DEBUG'):\n    def debug(): ...\n\n\ndef send(): ...\n",
        debug="debug",
        mail="send",
    ).files
    write(tmp_path, {"shop/__init__.py": "", **made})
    assert run(tmp_path, "import shop.tasks; print(hasattr(shop.tasks, 'debug'))") == "False"
    assert (
        run(tmp_path, "import os; os.environ['DEBUG'] = '1'; import shop.tasks; print(hasattr(shop.tasks, 'debug'))")
        == "True"
    )


def test_the_modules_work(tmp_path: Path) -> None:
    text = SHOP.replace("from celery import shared_task", "from shop.fake import shared_task, get_logger")
    made = parted(text, mail="send", upkeep="sweep _today", limits="LIMIT").files
    fake = "def shared_task(f):\n    f.delay = f\n    return f\ndef get_logger(name):\n    import logging\n    return logging.getLogger(name)\n"
    write(tmp_path, {"shop/__init__.py": "", "shop/fake.py": fake, **made})
    assert run(tmp_path, "import shop.parts.upkeep as u; print(u.sweep() == u._today())") == "True"
    assert run(tmp_path, "import shop.parts.mail as m; print(m.logger.name)") == "shop.tasks"
    assert run(tmp_path, "from shop.tasks import *; print(send.__module__, LIMIT)") == "shop.parts.mail 3"


def test_users_are_told_by_place() -> None:
    assert god(SHOP, used=("send",)).outside == {"send": (User("shop/views.py", 1, "imports it"),)}


LISTED = "def send(): ...\n\n\ndef sweep(): ...\n\n\ndef _today(): ...\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('__all__ = ["send", "sweep"]', '__all__ = ["send", "sweep"]'),
        ('__all__ = ["send"]', '__all__ = ["send", "sweep"]'),
        ("__all__ = ('send',)", "__all__ = ('send', \"sweep\")"),
        ("__all__ = []", '__all__ = ["send", "sweep"]'),
        ('__all__ = [\n    "send"\n]', '__all__ = [\n    "send",\n    "sweep",\n]'),
        ("__all__ = names()", "__all__ = names()"),
    ],
)
def test_the_list_of_a_god_file_stays_and_is_completed(before: str, after: str) -> None:
    facade = parted(f"{before}\n\n\n{LISTED}", mail="send", upkeep="sweep _today").files["shop/tasks.py"]
    assert facade.endswith(f"\n{after}\n")


def test_where_somebody_takes_all_by_a_star_nothing_is_listed() -> None:
    held = god(LISTED, used=("json",)).replace(starred=("shop/views.py",))
    assert "__all__" not in split(held, plan(mail="send", upkeep="sweep _today")).files["shop/tasks.py"]


def test_types_that_texts_name_make_no_circle(tmp_path: Path) -> None:
    text = "from typing import TYPE_CHECKING\n\n\nclass Order:\n    line: 'Line'\n\n\nclass Line(Order):\n    order: 'Order'\n"
    made = parted(text, order="Order", line="Line").files
    assert "if TYPE_CHECKING:\n    from shop.parts.line import Line\n" in made["shop/parts/order.py"]
    write(tmp_path, {"shop/__init__.py": "", **made})
    for first in ("shop.parts.order", "shop.parts.line", "shop.tasks"):
        run(tmp_path, f"import {first}; import shop.tasks")


def test_private_names_that_the_facade_hands_on() -> None:
    """Those that somebody uses, those that what stays there uses, and those that Python or its tools ask modules for."""
    text = "__version__ = '1'\n\n\ndef _run():\n    pass\n\n\ndef _hidden():\n    pass\n\n\ndef _asked():\n    pass\n\n\nif __name__ == '__main__':\n    _run()\n"
    facade = parted(text, used=("_asked",), one="__version__ _run", two="_hidden _asked").files["shop/tasks.py"]
    assert "__version__" in facade and "import _run" in facade.replace("__version__, ", "") and "_asked" in facade
    assert "_hidden" not in facade


@pytest.mark.parametrize(
    ("more", "written"),
    [("", "from .parts.one import"), ("from shop.b import b\nfrom shop.c import c\n", "from shop.parts.one import")],
)
def test_the_facade_imports_as_the_god_file_does_most_often(more: str, written: str) -> None:
    text = f"from .a import a\n{more}\n\ndef send():\n    a()\n\n\ndef drop():\n    a()\n"
    assert written in parted(text, one="send", two="drop").files["shop/tasks.py"]
