"""The names of modules follow from the tree alone: not from what a run was asked about, what has changed, or what was kept of another run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakery import Repository

# `srv/web` is put on the path by a script; three imports of a file that knows nothing of Celery count from above it.
ABOVE = "from srv.web.app.base import one, two, three\n\n\ndef report():\n    return one, two, three\n"
GUARDED = "def close(day):\n    try:\n        return day.close()\n    except OSError:\n        return None\n"
FILES = {
    "bot.py": "import os\nimport sys\n\nsys.path.append(os.path.join(os.path.dirname(__file__), 'srv', 'web'))\n\n\ndef run(): ...\n",
    "srv/__init__.py": "",
    "srv/web/__init__.py": "",
    "srv/web/app/__init__.py": "",
    "srv/web/app/base.py": "one, two, three = 1, 2, 3\n\n\ndef base(): ...\n",
    "reports.py": ABOVE,
    "srv/web/app/days.py": GUARDED,
    "srv/web/app/tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef send(): ...\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    made.git("init", "-q", "-b", "main")
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    made.git("add", "-A")
    made.git("commit", "-qm", "start")
    return made


def move_days(repository: Repository) -> None:
    """Moves a function to a module of its own, and leaves a facade."""
    (repository.path / "srv/web/app/closing.py").write_text(GUARDED)
    (repository.path / "srv/web/app/days.py").write_text('from app.closing import close\n\n__all__ = ["close"]\n')


def test_verify_says_the_same_whatever_it_was_asked_before(repository: Repository) -> None:
    repository.edit("reports.py", "return one", "return two")
    repository.edit("srv/web/app/days.py", "return None", "return 0")
    repository.edit("srv/web/app/tasks.py", "def send(): ...", "def send():\n    return 1")
    assert repository.codes("--against", "HEAD") == set()
    repository.git("checkout", "-q", ".")
    move_days(repository)
    repository.edit("srv/web/app/tasks.py", "def send(): ...", "def send():\n    return 1")
    assert repository.codes("--against", "HEAD", "--no-cache") == set()
    assert repository.codes("--against", "HEAD") == set()


def test_a_change_to_a_file_that_says_nothing_of_celery_renames_no_task(repository: Repository) -> None:
    repository.edit("srv/web/app/base.py", "def base(): ...", "def base():\n    return 1")
    (repository.path / "more.py").write_text(ABOVE)
    repository.edit("srv/web/app/tasks.py", "def send(): ...", "def send():\n    return 1")
    assert repository.codes("--against", "HEAD") == set()


def test_naming_a_file_renames_nothing(repository: Repository) -> None:
    asked = repository.guard("tasks", "reports.py", "srv/web/app/tasks.py", "--no-cache")
    assert "app.tasks.send" in asked[1]
    assert "srv.web" not in asked[1]


def test_a_new_start_is_seen_by_what_was_kept_of_a_commit(repository: Repository) -> None:
    """Both states are started as the files on disk say."""
    (repository.path / "bot.py").write_text("def run(): ...\n")
    repository.git("commit", "-qam", "no path")
    repository.edit("srv/web/app/tasks.py", "def send(): ...", "def send():\n    return 1")
    assert repository.codes("--against", "HEAD") == set()
    (repository.path / "Procfile").write_text("worker: PYTHONPATH=srv/web celery -A app.tasks worker\n")
    assert repository.codes("--against", "HEAD", "--no-cache") == set()
    assert repository.codes("--against", "HEAD") == set()
