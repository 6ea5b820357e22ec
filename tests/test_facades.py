"""Facades over whole projects: which commit fails on them, and what settings in several folders say."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import settings_from
from taskguard import engine
from taskguard.diagnostics import Diagnostic
from warm import completed

SETTINGS = """\
select = ["TG4"]
[[facades]]
module = "journal_tasks"
sources = ["journal.*"]
"""
FILES = {
    "journal/__init__.py": "",
    "journal/entries.py": "def archive(): ...\n",
    "journal/mood.py": "def flag(): ...\n",
    "journal_tasks.py": "from journal.entries import archive\nfrom journal.mood import flag\n",
    "views.py": "from journal_tasks import archive\n",
}


def said(files: dict[str, str], *passed: str, toml: str = SETTINGS) -> list[tuple[str, int, str, str | None]]:
    report = engine.check_project(files, settings_from(toml), passed=passed or None)
    return [(one.path, one.line, one.code, one.symbol) for one in report.diagnostics]


def without(path: str) -> dict[str, str]:
    return {name: text for name, text in FILES.items() if name != path}


def test_a_whole_split_is_clean() -> None:
    assert said(FILES) == []


def test_a_commit_of_a_source_alone_fails_on_its_facade() -> None:
    files = FILES | {"journal/mood.py": "def flag(): ...\ndef streak(): ...\n"}
    missing = [("journal_tasks.py", 2, "TG401", "journal.mood.streak")]
    assert said(files, "journal/mood.py") == missing
    assert said(files, "journal_tasks.py") == missing


def test_a_commit_of_neither_is_not_bothered() -> None:
    files = FILES | {"journal/mood.py": "def flag(): ...\ndef streak(): ...\n"}
    assert said(files, "views.py") == []
    assert said(files, "journal/entries.py") == []


def test_a_commit_that_makes_a_variable_count() -> None:
    files = FILES | {"journal/mood.py": "registry = {}\ndef flag(): ...\n"}
    assert said(files) == []
    files["views.py"] = "from journal.mood import registry\n"
    assert said(files, "views.py") == [("journal_tasks.py", 2, "TG401", "journal.mood.registry")]


def test_a_renamed_function_fails_twice() -> None:
    files = FILES | {"journal/mood.py": "def flag_low(): ...\n"}
    assert said(files, "journal/mood.py") == [
        ("journal_tasks.py", 2, "TG401", "journal.mood.flag_low"),
        ("journal_tasks.py", 2, "TG402", "journal.mood.flag"),
    ]


def test_a_deleted_source_fails_on_its_facade() -> None:
    assert said(without("journal/mood.py"), "journal/mood.py") == [("journal_tasks.py", 2, "TG402", "journal.mood")]


def test_a_deleted_facade_fails_on_a_source_and_on_who_imports_it() -> None:
    assert said(without("journal_tasks.py"), "journal_tasks.py") == [
        ("journal/entries.py", 1, "TG401", "journal_tasks"),
        ("views.py", 1, "TG405", "journal_tasks"),
    ]


def test_a_facade_that_never_was_is_said_of_the_settings() -> None:
    files = {"other/__init__.py": ""}
    assert [(code, symbol) for _, _, code, symbol in said(files)] == [("TG401", "journal_tasks")]


def test_a_module_of_the_name_that_was_meant() -> None:
    toml = SETTINGS.replace("journal_tasks", "jurnal_tasks")
    report = engine.check_project(FILES, settings_from(toml))
    assert "`jurnal_tasks` (`journal_tasks`?)" in report.diagnostics[0].message


def test_the_definition_is_shown() -> None:
    files = FILES | {"journal/mood.py": "def flag(): ...\n\n\nLIMIT = 3\n"}
    found: Diagnostic = engine.check_project(files, settings_from(SETTINGS)).diagnostics[0]
    assert [(one.path, one.line) for one in found.related] == [("journal/mood.py", 4)]
    assert found.level == "error"


@pytest.mark.parametrize("at", ["", "one"])
def test_two_services_with_modules_of_the_same_names(tmp_path: Path, at: str) -> None:
    """Each service has its own settings; neither is taken for the other's source."""
    (tmp_path / ".git").mkdir()
    for service, extra in (("one", ""), ("two", "def streak(): ...\n")):
        for path, text in FILES.items():
            file = tmp_path / service / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + (extra if path == "journal/mood.py" else ""), "utf-8")
        (tmp_path / service / "manage.py").write_text("", "utf-8")
        (tmp_path / service / "taskguard.toml").write_text(SETTINGS, "utf-8")
    done = completed("check", "--output-format", "concise", at or ".", cwd=tmp_path)
    lines = [line for line in done.stdout.splitlines() if "TG4" in line]
    assert done.returncode == (0 if at else 1), done.stdout + done.stderr
    assert ["two/journal_tasks.py:2:" in line and "`streak`" in line for line in lines] == ([] if at else [True])


def test_what_the_settings_exclude_is_not_said_to_be_gone() -> None:
    toml = 'exclude = ["journal_tasks.py", "journal/mood.py"]\n' + SETTINGS
    assert said(without("journal_tasks.py"), toml=toml) == []
    toml = toml.replace('"journal_tasks.py", ', "")
    assert said(without("journal/mood.py"), toml=toml) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("views.py", "from shop.tasks import gone"),
        ("views.py", "from shop . tasks import gone"),
        ("views.py", "from shop.\\\n    tasks import (\n    gone)"),
        ("shop/views.py", "from .tasks import gone"),
        ("shop/api/views.py", "from ..tasks import gone"),
        ("billing/views.py", "def pay():\n    from shop.tasks import gone"),
        ("views.py", "from shop import tasks\nfrom shop.tasks import send, gone"),
    ],
)
def test_who_imports_from_a_changed_task_module_is_found_however_it_is_written(path: str, line: str) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/api/__init__.py": "",
        "billing/__init__.py": "",
        "billing/tasks.py": "from celery import shared_task\n\n@shared_task\ndef gone(): ...\n",
        "billing/other.py": "from billing.tasks import missing\n",
        "shop/tasks.py": "from celery import shared_task\n\n@shared_task\ndef send(): ...\n",
        path: f"{line}\n\n\ndef view(): ...\n",
    }
    (found,) = [one for one in said(files, "shop/tasks.py", toml='select = ["TG405"]\n') if one[2] == "TG405"]
    assert found[0] == path
