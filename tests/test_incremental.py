"""A run after an edit: where nothing that the rules read has changed no rule runs, and it says in every case what a run says that kept nothing."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from kept_runs import Edit, agree, edit, inserted, project_in, said, write
from taskguard.engine.cache_folder import cache_path
from warm import taskguard

SLIGHT: dict[str, Edit] = {
    "a comment at the end": lambda text: text + "# the end\n",
    "a comment at the top": inserted(0, "# the beginning\n\n"),
    "a blank line before a task": inserted(9, "\n"),
    "a comment in a body": inserted(13, "    # what it says\n"),
    "a local name": inserted(13, "    parts = 1\n"),
    "another statement": inserted(13, "    print(order)\n"),
    "a constant more": lambda text: text + "\nMORE = 1\n",
    "another library": inserted(2, "import colorsys\n"),
    "a name of another library in a body": inserted(
        13, "    from colorsys import rgb_to_hls\n\n    print(rgb_to_hls)\n"
    ),
    "a function more": lambda text: text + "\n\ndef more(value):\n    return value\n",
    "another call that fits": inserted(13, "    subject(text)\n"),
    "another value in a body": lambda text: text.replace("return text", "return [text]"),
}
GRAVE: dict[str, Edit] = {
    "another name of a task": lambda text: text.replace("mail.send", "mail.lost"),
    "a call that does not fit": lambda text: text.replace("subject(order)", "subject(order, 2)"),
    "a task more": lambda text: text + "\n\n@shared_task\ndef more(): ...\n",
    "another limit": lambda text: text.replace("soft_time_limit=20", "soft_time_limit=5"),
    "an import of what is not there": inserted(5, "from shop.base import gone\n"),
    "an import from Celery": inserted(5, "from celery import gone\n"),
    "a star import": inserted(6, "from shop.texts import *\n"),
    "an import gone": lambda text: text.replace("from shop.texts import subject\n", ""),
    "a name that a test patches": lambda text: text.replace("import subject", "import body"),
    "broken syntax": lambda text: text + "def\n",
    "the order of two tasks": lambda text: text.replace("clear", "send_all"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return project_in(tmp_path)


@pytest.mark.parametrize("change", SLIGHT.values(), ids=SLIGHT)
def test_no_rule_runs_after_an_edit_of_what_none_has_read(project: Path, change: Edit) -> None:
    edit(project, "shop/tasks.py", change)
    assert not agree(project)
    assert not agree(project, "shop/tasks.py")


@pytest.mark.parametrize("change", GRAVE.values(), ids=GRAVE)
def test_rules_run_after_an_edit_of_what_they_read(project: Path, change: Edit) -> None:
    edit(project, "shop/tasks.py", change)
    assert agree(project)
    agree(project, "shop/tasks.py")


def test_a_file_that_was_broken_for_a_while_is_judged_again(project: Path) -> None:
    before = (project / "shop/app.py").read_text()
    edit(project, "shop/app.py", lambda text: "app = (\n")
    assert agree(project)
    edit(project, "shop/texts.py", lambda text: f"{text}# the end\n", 101)
    assert not agree(project)
    edit(project, "shop/app.py", lambda text: "def inches(): ...\n", 102)
    assert agree(project)
    edit(project, "shop/app.py", lambda text: before, 103)
    assert agree(project)


def test_findings_move_with_the_code(project: Path) -> None:
    before, _ = said(project)
    edit(project, "shop/tasks.py", inserted(0, "# 1\n# 2\n# 3\n"))
    after, ran = said(project)
    assert not ran
    assert lines(after, "TG205") == [one + 3 for one in lines(before, "TG205")] != []
    edit(project, "shop/tasks.py", inserted(0, "# 4\n"), 101)
    assert not agree(project)


def lines(report: object, code: str) -> list[int]:
    assert isinstance(report, dict)
    return [one["line"] for one in report["diagnostics"] if one["code"] == code]


def test_what_is_kept_of_all_files_answers_for_some(project: Path) -> None:
    edit(project, "shop/base.py", lambda text: "# bases\n" + text)
    assert not agree(project, "shop/base.py")
    assert not agree(project, "shop/tasks.py", "shop/base.py")


def test_comments_that_hide_findings_are_heard(project: Path) -> None:
    edit(project, "shop/tasks.py", lambda text: text.replace("limit=20)", "limit=20)  # noqa: TG205"))
    agree(project)
    edit(project, "shop/tasks.py", lambda text: text.replace("TG205", "TG206"), 101)
    agree(project)
    edit(project, "shop/tasks.py", lambda text: text.replace("  # noqa: TG206", ""), 102)
    agree(project)


def test_a_file_that_grows_beyond_the_limit_is_told(project: Path) -> None:
    edit(project, "shop/tasks.py", lambda text: text + "#\n" * 600)
    agree(project)
    edit(project, "shop/tasks.py", lambda text: text + "#\n", 101)
    agree(project)


def test_another_text_of_equal_size_and_time_is_seen(project: Path) -> None:
    edit(project, "shop/tasks.py", lambda text: text.replace("mail.send", "mail.lost"), 5)
    assert agree(project)


@pytest.mark.parametrize("kind", ["verdicts-whole", "reads-whole"])
def test_damage_to_what_is_kept_changes_no_answer(project: Path, kind: str) -> None:
    random = Random(kind)
    for number in range(6):
        edit(project, "shop/tasks.py", lambda text: text + "# more\n", 100 + number)
        file = Path(str(cache_path(str(project)))) / kind
        data = bytearray(file.read_bytes())
        data[random.randrange(len(data))] ^= 0xFF
        file.write_bytes(bytes(data[: random.choice((len(data), len(data) // 2))]))
        assert agree(project)


def test_a_baseline_is_applied_to_what_is_kept(project: Path) -> None:
    assert taskguard(project, "baseline").code == 0
    said(project)
    edit(project, "shop/tasks.py", lambda text: "# 1\n" + text)
    assert not agree(project)
    edit(project, "shop/tasks.py", lambda text: text.replace(", soft_time_limit=20", ""), 101)
    assert agree(project)


# What is read of texts of files that nobody parses, and of bodies: each by a question of its own.
PACKAGE = {
    "shop/mail/__init__.py": "LIMIT = 3\n\nfrom shop.mail.send import first\nfrom shop.mail.late import second\n",
    "shop/mail/send.py": "import os\n\n\ndef first():\n    return os.name\n",
    "shop/mail/late.py": "from shop.mail import LIMIT\n\n\ndef second():\n    return LIMIT\n",
    "shop/connected.py": "from shop.app import app\n\n\n@app.on_after_configure.connect\ndef begin(sender, **kwargs):\n    sender.add_periodic_task(9, None)\n\n\n"
    "def later():\n    def inner(sender, **kwargs): ...\n\n    app.on_after_finalize.connect(inner)\n",
    "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    total = models.IntegerField()\n",
    "shop/orders.py": "from django.db import transaction\n\nfrom shop.models import Order\nfrom shop.tasks import send\n\n\n"
    "def order(request):\n    with transaction.atomic():\n        row = Order.objects.create(total=1)\n        transaction.on_commit(lambda: send.delay(row.pk))\n\n\n"
    "def other(request):\n    return request\n",
}
UNREAD: dict[str, tuple[str, Edit]] = {
    "a comment at the top of a package": ("shop/mail/__init__.py", inserted(0, "# mail\n")),
    "a function in a module of a package": ("shop/mail/send.py", lambda text: text + "\n\ndef more():\n    return 1\n"),
    "a module of the standard library": ("shop/mail/send.py", inserted(0, "import colorsys\n")),
    "a comment above an import of a module of a package": ("shop/mail/late.py", inserted(0, "# late\n\n")),
    "a comment above receivers": ("shop/connected.py", inserted(0, "# connected\n")),
    "a function between receivers": ("shop/connected.py", inserted(7, "def more():\n    return 1\n\n\n")),
    "a comment above a body": ("shop/orders.py", inserted(2, "# orders\n")),
    "another function than that which sends": (
        "shop/orders.py",
        lambda text: text.replace("return request", "return 1"),
    ),
}
READ: dict[str, tuple[str, Edit]] = {
    "a name that is bound too late": (
        "shop/mail/__init__.py",
        lambda text: text.removeprefix("LIMIT = 3\n") + "LIMIT = 3\n",
    ),
    "another module of the package": ("shop/mail/send.py", inserted(0, "import shop.mail.late\n")),
    "a receiver that is held": (
        "shop/connected.py",
        lambda text: text.replace("connect(inner)", "connect(inner, weak=False)"),
    ),
    "a body that sends before the commit": (
        "shop/orders.py",
        lambda text: text.replace("transaction.on_commit(lambda: send.delay(row.pk))", "send.delay(row.pk)"),
    ),
}


@pytest.fixture
def larger(project: Path) -> Path:
    write(project / "taskguard.toml", "packs = ['core']\n\n[levels]\nTG502 = 'error'\n", 49)
    for number, (name, text) in enumerate(PACKAGE.items()):
        write(project / name, text, 50 + number)
    found, _ = said(project)
    assert isinstance(found, dict)
    assert "TG320" in {one["code"] for one in found["diagnostics"]}
    return project


@pytest.mark.parametrize(("name", "change"), UNREAD.values(), ids=UNREAD)
def test_texts_may_change_in_what_nobody_asks(larger: Path, name: str, change: Edit) -> None:
    edit(larger, name, change)
    assert not agree(larger)


@pytest.mark.parametrize(("name", "change"), READ.values(), ids=READ)
def test_texts_that_answer_otherwise_are_judged_again(larger: Path, name: str, change: Edit) -> None:
    edit(larger, name, change)
    assert agree(larger)


# Files that are no Python: what is written in them matters as far as somebody asks.
BESIDE = {
    "README.md": "A shop.\n\nStart it with `celery -A shop.app worker -Q mail`.\n",
    "requirements.txt": "celery==5.3.1\ndjango==4.2\n",
    "docker-compose.yml": "services:\n  worker:\n    command: celery -A shop.app worker -Q mail\n",
    "shop/broken.py": "from celery import shared_task\nfrom celery.task import Task\n\n\n@shared_task(queue='letters')\ndef letter(order):\n    return order\n",
}
SAME: dict[str, tuple[str, Edit]] = {
    "a word in what is written": ("README.md", lambda text: text + "\nMore of it.\n"),
    "another version of another package": ("requirements.txt", lambda text: text.replace("4.2", "5.0")),
    "another time at the same text": ("docker-compose.yml", lambda text: text),
}
OTHER: dict[str, tuple[str, Edit]] = {
    "another version of Celery": ("requirements.txt", lambda text: text.replace("5.3.1", "3.1")),
    "another queue of a worker": ("docker-compose.yml", lambda text: text.replace("-Q mail", "-Q letters")),
    "no start of a worker": ("docker-compose.yml", lambda text: "services: {}\n"),
}


@pytest.fixture
def deployed(project: Path) -> Path:
    for number, (name, text) in enumerate(BESIDE.items()):
        write(project / name, text, 50 + number)
    said(project)
    return project


@pytest.mark.parametrize(("name", "change"), SAME.values(), ids=SAME)
def test_what_lies_beside_the_code_may_say_the_same_in_other_words(deployed: Path, name: str, change: Edit) -> None:
    edit(deployed, name, change)
    assert not agree(deployed)
    edit(deployed, "shop/texts.py", lambda text: text + "# more\n", 101)
    assert not agree(deployed)


@pytest.mark.parametrize(("name", "change"), OTHER.values(), ids=OTHER)
def test_what_lies_beside_the_code_and_says_something_else_is_heard(deployed: Path, name: str, change: Edit) -> None:
    edit(deployed, name, change)
    assert agree(deployed)
    edit(deployed, name, lambda text: BESIDE[name], 101)
    assert agree(deployed)


@pytest.mark.parametrize("name", ["README.md", "requirements.txt", "docker-compose.yml"])
def test_a_file_beside_the_code_that_is_gone_is_missed(deployed: Path, name: str) -> None:
    (deployed / name).unlink()
    agree(deployed)
    write(deployed / name, BESIDE[name], 102)
    agree(deployed)
    (deployed / name).write_bytes(b"\xff\xfe\xff")
    agree(deployed)
