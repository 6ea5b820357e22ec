"""A module of tasks is deleted and its importers are left: what `check`, the hook and `verify` say, on a real repository."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakery import Repository

TASKS = "from celery import shared_task\n\n\n@shared_task\ndef send(): ...\n"
APP = "from celery import Celery\n\napp = Celery('main', include=['main.tasks'])\napp.conf.beat_schedule = {'x': {'task': 'main.tasks.send', 'schedule': 60}}\n"
VIEWS = "from main.tasks import send\n\n\ndef view():\n    send.delay()\n"
ADMIN = "from . import tasks\n\n\ndef clean():\n    tasks.send.delay()\n"
HELPER = "def rate():\n    return 1\n"
USES = "import main.rates\n\n\ndef price():\n    return main.rates.rate()\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    made.git("init", "-q", "-b", "main")
    (tmp_path / "main").mkdir()
    files = {
        "__init__": "",
        "tasks": TASKS,
        "celery": APP,
        "views": VIEWS,
        "admin": ADMIN,
        "rates": HELPER,
        "uses": USES,
    }
    for name, text in files.items():
        (tmp_path / "main" / f"{name}.py").write_text(text)
    made.git("add", "-A")
    made.git("commit", "-qm", "start")
    return made


def said(repository: Repository, *words: str) -> list[str]:
    """Place and code of each finding of `check`."""
    code, text = repository.guard("check", "--output-format=concise", *words)
    assert code in (0, 1), text
    return sorted(_findings(text))


def _findings(text: str) -> Iterator[str]:
    for line in text.splitlines():
        words = line.split()
        if len(words) > 2 and words[1].startswith("TG"):
            yield f"{words[0].partition(':')[0]} {words[1]}{' warning' if words[2] == 'warning:' else ''}"


GONE = ["main/admin.py TG405", "main/celery.py TG303", "main/celery.py TG317", "main/views.py TG405"]


def test_the_importers_of_a_deleted_module_of_tasks_are_told(repository: Repository) -> None:
    assert said(repository) == []
    (repository.path / "main" / "tasks.py").unlink()
    assert said(repository) == GONE
    assert said(repository, "main/views.py") == ["main/views.py TG405"]
    repository.git("add", "-A")
    assert said(repository, "--hook") == GONE
    repository.git("commit", "-qm", "gone")
    assert said(repository) == GONE


def test_a_hook_knows_any_module_that_the_commit_deletes(repository: Repository) -> None:
    repository.git("rm", "-q", "main/rates.py")
    assert said(repository, "--hook") == ["main/uses.py TG405"]
    repository.git("reset", "-q", "--hard")
    repository.git("mv", "main/rates.py", "main/prices.py")
    assert said(repository, "--hook", "main/prices.py") == ["main/uses.py TG405"]


def test_a_package_that_the_commit_deletes(repository: Repository) -> None:
    (repository.path / "main" / "jobs" / "deep").mkdir(parents=True)
    (repository.path / "main" / "jobs" / "__init__.py").touch()
    (repository.path / "main" / "jobs" / "deep" / "daily.py").write_text(HELPER)
    (repository.path / "main" / "uses.py").write_text("from main.jobs.deep.daily import rate\n\nprice = rate() * 2\n")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "more")
    repository.git("rm", "-rq", "main/jobs")
    assert said(repository, "--hook") == ["main/uses.py TG405"]
    (repository.path / "main" / "jobs" / "__pycache__").mkdir(parents=True)
    (repository.path / "main" / "jobs" / "__pycache__" / "__init__.cpython-311.pyc").touch()
    assert said(repository, "--hook") == ["main/uses.py TG405"]


def test_a_whole_package_that_is_gone_may_be_installed_now(repository: Repository) -> None:
    (repository.path / "other.py").write_text("from main.tasks import send\n\nsend.delay()\n")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "more")
    repository.git("rm", "-rq", "main")
    assert said(repository, "--hook") == ["other.py TG405"]
    assert said(repository) == []
    assert said(repository, "--hook") == [
        "other.py TG405"
    ]  # a run of the whole project does not answer for what is deleted
    for file, text in (("requirements.txt", "celery\nacme-main==1\n"), ("Dockerfile", "RUN pip install main\n")):
        (repository.path / file).write_text(text)
        assert said(repository, "--hook") == ["other.py TG405 warning"]
        (repository.path / file).write_text(text.replace("main", "domain"))
        assert said(repository, "--hook") == ["other.py TG405"]


@pytest.mark.parametrize(
    "name", ["tasks.pyx", "tasks.cpython-311-x86_64-linux-gnu.so", "tasks/inner.pyx", ".gitignore"]
)
def test_what_lies_on_disk_or_is_ignored_may_be_the_module(repository: Repository, name: str) -> None:
    file = repository.path / "main" / name
    repository.git("rm", "-q", "main/tasks.py")
    file.parent.mkdir(exist_ok=True)
    file.write_text("tasks.py\n")
    assert said(repository) == said(repository, "--hook") == []


def test_a_file_that_became_a_package_is_not_gone(repository: Repository) -> None:
    (repository.path / "main" / "tasks").mkdir()
    repository.git("mv", "main/tasks.py", "main/tasks/__init__.py")
    assert said(repository) == said(repository, "--hook") == []


def test_verify_says_it_of_an_import_that_the_change_brings(repository: Repository) -> None:
    (repository.path / "main" / "views.py").write_text(VIEWS.replace("main.tasks", "main.mail"))
    code, text = repository.guard("verify", "--output-format=concise")
    assert code == 1
    assert list(_findings(text)) == ["main/views.py TG405"]
    repository.git("checkout", "-q", ".")
    shutil.copy(repository.path / "main" / "tasks.py", repository.path / "main" / "mail.py")
    os.unlink(repository.path / "main" / "tasks.py")
    text = repository.guard("verify", "--output-format=concise")[1]
    assert "TG405" not in text  # nobody wrote these imports: TG706 names them at what is gone
    assert "TG706" in text


def test_a_facade_may_import_what_git_ignores(repository: Repository) -> None:
    (repository.path / "main" / "facade.py").write_text("# taskguard: facade\nfrom main.made import rate\n")
    assert said(repository) == ["main/facade.py TG402"]
    (repository.path / ".gitignore").write_text("made.py\n")
    assert said(repository) == []


@pytest.mark.parametrize(
    ("ignores", "silent"),
    [("mail_tasks/\n", True), ("mail_tasks\n", True), ("/main/mail_tasks/\n", True), ("mailed_tasks/\n", False)],
)
def test_a_package_may_lie_in_a_folder_that_git_ignores(repository: Repository, ignores: str, silent: bool) -> None:
    facade = "# taskguard: facade\nfrom main.mail_tasks.rates import rate\n"
    (repository.path / "main" / "facade.py").write_text(facade)
    (repository.path / "main" / "other.py").write_text("from main.mail_tasks.letters import send\n")
    wrong = ["main/facade.py TG402", "main/other.py TG405"]
    assert said(repository) == wrong
    (repository.path / ".gitignore").write_text(ignores)
    assert said(repository) == ([] if silent else wrong)


@pytest.mark.parametrize(
    ("ignores", "silent"),
    [("letters/\n", True), ("*letter*\n", True), ("main/letters/stamps.py\n", False), ("build/\n", False)],
)
def test_a_task_that_is_named_may_lie_in_what_git_ignores(repository: Repository, ignores: str, silent: bool) -> None:
    """A clone does not have it, and those who work on the project do: neither the schedule nor the route is wrong."""
    idle = "app.conf.task_routes = {'main.letters.post.*': {'queue': 'post'}}\n"
    app = APP.replace("main.tasks.send'", "main.letters.post.send'") + idle
    (repository.path / "main" / "celery.py").write_text(app)
    wrong = ["main/celery.py TG303", "main/celery.py TG306 warning"]
    (repository.path / ".gitignore").write_text("")
    assert [one for one in said(repository) if one in wrong] == wrong[:1]  # the schedule names what the route is for
    (repository.path / "main" / "celery.py").write_text(app.replace("letters.post.send", "rates.send"))
    assert [one for one in said(repository) if one in wrong] == wrong
    (repository.path / ".gitignore").write_text(ignores)
    left = [one for one in said(repository) if one in wrong]
    assert left == (wrong[:1] if silent else wrong)
    (repository.path / "main" / "celery.py").write_text(app)
    assert [one for one in said(repository) if one in wrong] == ([] if silent else wrong[:1])
