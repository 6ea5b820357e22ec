"""`split --check-imports`: the project's own Python imports what was written, and Celery's registry is compared."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from taskguard.cli.main import main
from taskguard.splitting import importing
from taskguard.splitting.importing import Imported, differing, imported

TASKS = "\n\n".join(
    [
        "from celery import shared_task",
        *(
            f"# --- {topic} ---\n\n\n@shared_task\ndef send_{topic}(x):\n" + "    x = x + 1\n" * 150 + "    return x"
            for topic in ("mail", "order", "stock")
        ),
    ]
)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "tasks.py").write_text(TASKS + "\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_registry_stays(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", "shop/tasks.py", "-n", f"--check-imports={sys.executable}"]) == 0, capsys.readouterr().err
    assert 'name="shop.tasks.send_mail"' in (shop / "shop" / "tasks_parts" / "mail.py").read_text()
    assert "[[tool.taskguard.facades]]" in (shop / "pyproject.toml").read_text()


def test_what_cannot_be_imported_is_taken_back(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        TASKS
        + "\n\nimport sys\n\n\nif 'shop.tasks' not in sys.modules:\n    raise SystemError('loaded in a strange way')\n"
    )
    (shop / "shop" / "tasks.py").write_text(text)
    assert main(["split", "shop/tasks.py", "-n", f"--check-imports={sys.executable}"]) == 1
    said = capsys.readouterr().err
    assert "cannot be imported: SystemError: loaded in a strange way" in said and "everything is as it was" in said
    assert (shop / "shop" / "tasks.py").read_text() == text and not (shop / "shop" / "tasks_parts").exists()


def test_tasks_that_have_come_or_gone_are_named(shop: Path) -> None:
    before = Imported(("shop.tasks.send_mail", "shop.tasks.send_letter", "shop.tasks.send_stock"))
    assert differing(before, sys.executable, str(shop), "shop.tasks", ()) == [
        "Celery has no task shop.tasks.send_letter any more",
        "Celery has a task shop.tasks.send_order more",
    ]


def test_what_could_not_be_imported_before_is_said(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "shop" / "tasks.py").write_text("import nowhere_to_be_found\n" + TASKS)
    assert main(["split", "shop/tasks.py", "-n", f"--check-imports={sys.executable}"]) == 2
    assert "shop.tasks cannot be imported before the split: ModuleNotFoundError" in capsys.readouterr().err
    assert not (shop / "shop" / "tasks_parts").exists()


def test_a_module_that_prints_and_one_that_takes_too_long(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "shop" / "tasks.py").write_text(TASKS + "\n\nprint('loading')\n")
    assert main(["split", "shop/tasks.py", "-n", f"--check-imports={sys.executable}"]) == 0, capsys.readouterr().err
    monkeypatch.setattr(importing, "SECONDS", 1)
    (shop / "slow.py").write_text("import time\n\ntime.sleep(9)\n")
    assert imported(sys.executable, str(shop), ["slow"]) == Imported((), "it takes more than 1 seconds")


CLASSES = """
class Ledger(Task):
    \"\"\"Keeps accounts.\"\"\"

    def run(self):
        return 1


class Deep(Ledger):
    # a comment
    @property
    def depth(self):
        return 2


class Typed(Task):
    name: str

    def run(self):
        return 3


for one in (Ledger, Deep, Typed):
    pass
app.register_task(Ledger())
app.register_task(Deep)
app.register_task(Typed())


@app.task(base=Ledger)
def book():
    pass
"""


def test_classes_of_tasks_are_called_what_they_were_called(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "shop" / "app.py").write_text("from celery import Celery\n\napp = Celery('shop', include=['shop.tasks'])\n")
    head = "from celery import Task\nfrom shop.app import app\n"
    (shop / "shop" / "tasks.py").write_text(head + TASKS + "\n" + CLASSES)
    assert main(["split", "shop/tasks.py", "-n", f"--check-imports={sys.executable}"]) == 0, capsys.readouterr().err
    text = "".join(path.read_text() for path in (shop / "shop" / "tasks_parts").glob("*.py"))
    assert all(f'    name = "shop.tasks.{name}"\n' in text for name in ("Ledger", "Deep", "Typed"))
    assert main(["split", "shop/tasks.py", "-n"]) == 2
    assert "shop/tasks.py defines nothing that could move: it is a facade already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("class Other(Ledger):\n    def run(self):\n        return 4\n", "`Other` (shop/tasks.py) would get a `name`"),
        (
            "class Nothing(Task):\n    name = None\n\n    def run(self):\n        return 4\n\n\napp.register_task(Nothing())\n",
            "the class `Nothing` is called `shop.tasks.Nothing`, after its module, and its body has no place",
        ),
    ],
)
def test_a_class_whose_name_would_change_is_refused(
    shop: Path, capsys: pytest.CaptureFixture[str], more: str, why: str
) -> None:
    (shop / "shop" / "app.py").write_text("from celery import Celery\n\napp = Celery('shop')\n")
    head = "from celery import Task\nfrom shop.app import app\n"
    (shop / "shop" / "tasks.py").write_text(head + TASKS + "\n" + CLASSES + "\n\n" + more)
    assert main(["split", "shop/tasks.py", "-n"]) == 1
    assert why in capsys.readouterr().err
    assert not (shop / "shop" / "tasks_parts").exists()


def test_what_is_wrong_with_the_whole_file_may_be_wrong_with_its_parts(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "shop" / "app.py").write_text("from celery import Celery\n\napp = Celery('shop')\n")
    main(["check", "-n"])
    assert "TG304" in capsys.readouterr().out, "no worker imports the file"
    assert main(["split", "shop/tasks.py", "-n"]) == 0, capsys.readouterr().err
