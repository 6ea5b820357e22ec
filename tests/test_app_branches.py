"""An app that branches bind: each of its calls may be the one that counts."""

from __future__ import annotations

from harness import settings_from
from taskguard.engine.checking import check_project

TASKS = "from shop.app import app\n\n\n@app.task\ndef bake(): ...\n"
TWO = 'import os\n\nfrom celery import Celery\n\nif os.environ.get("FAST"):\n    app = Celery("a", {})\nelse:\n    app = Celery("a", {})\n'


def said(app: str, *codes: str) -> list[str]:
    files = {"shop/__init__.py": "", "shop/app.py": app, "shop/oven.py": TASKS, "shop/other.py": ""}
    found = check_project(files, settings_from('packs = ["core"]')).diagnostics
    return [f"{one.path}:{one.line} {one.code}" for one in found if one.code in codes]


def test_what_either_branch_includes_is_imported() -> None:
    assert said(TWO.format('include=["shop.oven"]', 'broker="redis://"'), "TG304") == []
    assert said(TWO.format('broker="redis://"', 'include=["shop.oven"]'), "TG304") == []


def test_what_both_branches_say_is_said() -> None:
    both = 'include=["shop.other"]'
    assert said(TWO.format(both, both), "TG304") == ["shop/oven.py:4 TG304"]


def test_an_app_that_something_else_may_make() -> None:
    made = 'from celery import Celery\n\ntry:\n    from ours import make\n    app = make()\nexcept ImportError:\n    app = Celery("a")\n'
    assert said(made, "TG304") == []
    taken = (
        'try:\n    from ours import app\nexcept ImportError:\n    from celery import Celery\n    app = Celery("a")\n'
    )
    assert said(taken, "TG304") == []


OWN = (
    "import os\n\nfrom celery import Celery\n\n\nclass Ours(Celery):\n    def gen_task_name(self, name, module):\n        return 'ours.' + name\n\n\n"
    "if os.environ.get('OURS'):\n    app = Ours('a', include=['shop.oven'])\nelse:\n    app = {}('a', include=['shop.oven'])\n"
    "app.conf.beat_schedule = {{'a': {{'task': 'shop.oven.bake', 'schedule': 9}}}}\n"
)


def test_names_of_one_branch_alone_are_not_known() -> None:
    assert said(OWN.format("Ours"), "TG303") == ["shop/app.py:15 TG303"]
    assert said(OWN.format("Celery"), "TG303") == []


def test_a_choice_in_one_line() -> None:
    one = 'import os\n\nfrom celery import Celery\n\napp = Celery("a", {}) if os.environ.get("FAST") else Celery("a", {})\n'
    assert said(one.format('include=["shop.oven"]', 'broker="redis://"'), "TG304") == []
    assert said(one.format('broker="redis://"', 'include=["shop.oven"]'), "TG304") == []
    both = 'include=["shop.other"]'
    assert said(one.format(both, both), "TG304") == ["shop/oven.py:4 TG304"]
    made = 'from celery import Celery\nfrom ours import make\n\napp = make() if make else Celery("a")\n'
    assert said(made, "TG304") == []
