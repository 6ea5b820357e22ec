"""A run after files have come or gone: no rule runs where nobody could have noticed them, and in every case it says what a run says that kept nothing."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from kept_runs import agree, project_in, said, write

MIGRATION = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    operations = []\n"
PLAIN = "def inches(value):\n    return value / 2.54\n"
SLIGHT = {
    "a migration": {"shop/migrations/0002_more.py": MIGRATION},
    "a test of something else": {"tests/test_inches.py": "def test_inches():\n    assert 1\n"},
    "a module that nobody imports": {"shop/inches.py": PLAIN},
    "two that know one another": {
        "shop/inches.py": PLAIN,
        "shop/feet.py": 'OTHER = "inches"\n',
    },
}
GRAVE = {
    "a task": {"shop/more.py": "from celery import shared_task\n\n\n@shared_task\ndef more(): ...\n"},
    "an import of a task": {"shop/more.py": "from shop.tasks import gone\n"},
    "a patch of what is not there": {
        "tests/test_more.py": "from unittest.mock import patch\n\npatch('shop.texts.lost')\n"
    },
    "a module that the schedule may name": {"shop/mail.py": PLAIN},
    "a file without a neighbour": {"shop/new/inches.py": PLAIN},
    "a package beside a module": {"shop/texts/__init__.py": PLAIN},
    "a module beside a package": {"shop.py": PLAIN},
    "a name with a meaning": {"shop/apps.py": PLAIN},
    "settings of one more environment": {"shop/settings_night.py": PLAIN},
    "a comment for the linter": {"shop/inches.py": f"{PLAIN}x = 1  # noqa: TG101\n"},
    "a file that is too long": {"shop/inches.py": PLAIN * 400},
    "the file of which another is a copy": {"shop/base_old.py": PLAIN, "shop/ba.py": PLAIN},
    "a namesake": {"tests/texts.py": PLAIN},
    "a stub": {"shop/inches.pyi": "def inches(value: int) -> int: ...\n"},
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = project_in(tmp_path)
    write(root / "shop/migrations/__init__.py", "", 1)
    write(root / "shop/migrations/0001_initial.py", MIGRATION, 2)
    write(root / "tests/test_pages.py", "def test_pages():\n    assert 1\n", 3)
    said(root)
    return root


@pytest.mark.parametrize("files", SLIGHT.values(), ids=SLIGHT)
def test_no_rule_runs_for_files_that_nobody_notices(project: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        write(project / name, text, 50)
    assert not agree(project)
    assert not agree(project, *files)
    for name in files:
        write(project / name, f"{files[name]}\n# the end\n", 51)
    assert not agree(project)
    for name in files:
        (project / name).unlink()
    assert not agree(project)


@pytest.mark.parametrize("files", GRAVE.values(), ids=GRAVE)
def test_rules_run_for_files_that_matter(project: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        write(project / name, text, 50)
    assert agree(project)
    for name in files:
        (project / name).unlink()
    assert agree(project)


def test_rules_run_for_a_file_that_comes_to_matter(project: Path) -> None:
    write(project / "shop/inches.py", PLAIN, 50)
    assert not agree(project)
    write(project / "shop/inches.py", "from celery import shared_task\n\n\n@shared_task\ndef more(): ...\n", 51)
    assert agree(project)


def test_a_module_that_is_gone_is_missed(project: Path) -> None:
    write(project / "shop/feet.py", PLAIN, 50)
    write(project / "shop/views.py", "from shop.feet import inches\nfrom shop.tasks import send\n\nsend.delay(1)\n", 51)
    said(project)
    (project / "shop/feet.py").unlink()
    assert agree(project)


def test_files_that_come_and_go_at_random_change_no_answer(project: Path) -> None:
    random = Random(7)
    words = ["inches", "feet", "texts", "mail", "tasks", "base", "views", "test_inches", "0003_more", "app"]
    folders = ["shop", "shop/migrations", "tests", "other", "."]
    texts = [
        PLAIN,
        MIGRATION,
        "from shop.tasks import send\n\nsend.delay(1)\n",
        "import shop.texts\n",
        "x = (\n",
        "# patch, task, retry\n",
    ]
    for number in range(25):
        held = [path for path in sorted(project.rglob("*.py")) if path.parent.name != "shop" or path.stem in words[:2]]
        if held and random.random() < 0.4:
            random.choice(held).unlink()
        else:
            write(project / random.choice(folders) / f"{random.choice(words)}.py", random.choice(texts), 100 + number)
        agree(project)
