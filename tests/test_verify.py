"""`verify` on real git repositories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bakery import QUEUE, Repository, committed


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return committed(tmp_path)


def test_a_careful_split_passes(repository: Repository) -> None:
    repository.put("after")
    assert repository.guard("verify") == (0, repository.guard("verify")[1])
    assert repository.codes() == set()


def test_a_careless_split_fails(repository: Repository) -> None:
    repository.put("after")
    repository.edit("bakery/baking/bread.py", QUEUE, 'queue="ovens", priority=5')
    repository.edit("bakery/baking/day.py", 'name="bakery.tasks.close_day", ', "")
    code, said = repository.guard("verify", "--output-format", "concise")
    assert code == 1
    assert "TG702" in said
    assert "the task `bakery.tasks.close_day` is now called `bakery.baking.day.close_day`" in said


def test_who_names_a_lost_task_is_told(repository: Repository) -> None:
    repository.put("after")
    repository.edit("bakery/baking/day.py", 'name="bakery.tasks.close_day", ', "")
    report = json.loads(repository.guard("verify", "--output-format", "json")[1])
    (found,) = report["diagnostics"]
    assert found["symbol"] == "bakery.tasks.close_day"
    assert found["fixable"] == "safe"
    assert {one["path"] for one in found["related"]} == {"bakery/tasks.py", "bakery/celery.py"}


def test_untracked_files_count_and_ignored_ones_do_not(repository: Repository) -> None:
    repository.put("after")
    (repository.path / ".gitignore").write_text("bakery/baking/\n")
    assert "TG701" in repository.codes()


def test_the_index_is_judged_and_not_the_working_tree(repository: Repository) -> None:
    repository.put("after")
    repository.git("add", "-A")
    repository.edit("bakery/baking/bread.py", QUEUE, 'queue="ovens", priority=5')
    assert repository.codes("--staged") == set()
    assert repository.codes() == {"TG702"}
    repository.git("add", "-A")
    repository.edit("bakery/baking/bread.py", 'queue="ovens"', 'queue="oven"')
    assert repository.codes("--staged") == {"TG702"}
    assert repository.codes() == set()


def test_the_default_base_is_where_the_branch_began(repository: Repository) -> None:
    repository.git("checkout", "-qb", "work")
    repository.put("after")
    repository.edit("bakery/baking/bread.py", QUEUE, 'queue="ovens", priority=5')
    repository.git("add", "-A")
    repository.git("commit", "-qm", "split")
    assert repository.codes() == {"TG702"}
    assert repository.codes("--against", "HEAD") == set()
    repository.git("checkout", "-q", "--detach")
    assert repository.codes() == {"TG702"}


def test_what_was_broken_before_is_no_finding(repository: Repository) -> None:
    repository.edit("bakery/tasks.py", "import json\n", "")
    repository.git("commit", "-qam", "broken")
    repository.put("after")
    repository.edit("bakery/baking/bread.py", "import json\n", "")
    assert repository.codes("--against", "HEAD") == set()


def test_an_import_that_failed_before_its_file_moved_is_no_finding(repository: Repository) -> None:
    (repository.path / "bakery" / "report.py").write_text("from bakery.metrics import Metrics, Nothing\n")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "broken")
    (repository.path / "shop").mkdir()
    repository.git("mv", "bakery/report.py", "shop/report.py")
    (repository.path / "shop" / "metrics.py").write_text("Metrics = 1\n")
    (repository.path / "shop" / "report.py").write_text("from shop.metrics import Metrics, Nothing\n")
    assert repository.codes("--against", "HEAD") == set()
    (repository.path / "shop" / "report.py").write_text("from shop.metrics import Nothing, Nobody\n")
    assert repository.codes("--against", "HEAD") == {"TG402"}


def test_a_suppression_with_a_reason_holds(repository: Repository) -> None:
    repository.put("after")
    repository.edit("bakery/baking/bread.py", QUEUE, 'queue="ovens", priority=5')
    repository.edit("bakery/baking/bread.py", "def bake_bread(", "def bake_bread(  # noqa: TG702 the new ovens\n    ")
    assert repository.codes() == set()


def test_settings_by_path_hold(repository: Repository) -> None:
    repository.put("after")
    repository.edit("bakery/baking/bread.py", QUEUE, 'queue="ovens", priority=5')
    with (repository.path / "taskguard.toml").open("a") as file:
        file.write('\n[[overrides]]\nfiles = "bakery/baking/**"\nlevels = { TG702 = "off" }\n')
    assert repository.codes() == set()


def test_an_accepted_change_is_noted_with_reason_and_date(repository: Repository) -> None:
    repository.put("after")
    repository.edit("bakery/baking/bread.py", QUEUE, 'queue="ovens", priority=5')
    code, said = repository.guard("verify", "--accept", "TG702:bakery.baking.bread.bake_bread", "--reason", "new ovens")
    assert code == 0, said
    noted = (repository.path / "taskguard-accepted.toml").read_text()
    assert 'subject = "bakery.baking.bread.bake_bread"' in noted
    assert 'reason = "new ovens"' in noted
    assert "date = " in noted
    assert repository.codes() == set()


def test_the_working_tree_is_left_alone(repository: Repository) -> None:
    repository.put("after")
    before = repository.git("status", "--porcelain", "--untracked-files=all")
    repository.guard("verify", "--against", "HEAD")
    repository.guard("verify", "--staged")
    repository.guard("diff", "HEAD")
    assert repository.git("status", "--porcelain", "--untracked-files=all") == before


def test_what_a_rename_promises_to_fix_is_fixed(repository: Repository) -> None:
    repository.git("mv", "bakery/tasks.py", "bakery/mail.py")
    code, said = repository.guard("verify", "--output-format", "concise")
    assert code == 1
    assert "3 can be fixed with `--fix`" in said
    said = repository.guard("verify", "--output-format", "concise", "--fix")[1]
    assert "Fixed 3 findings in 1 file: 3 TG701." in said
    assert "is not fixed" not in said
    assert "TG701" not in repository.codes()
    assert 'name="bakery.tasks.close_day"' in (repository.path / "bakery" / "mail.py").read_text()


def test_nothing_is_promised_of_files_that_differ_from_what_is_judged(repository: Repository) -> None:
    repository.git("mv", "bakery/tasks.py", "bakery/mail.py")
    said = repository.guard("verify", "--staged", "--output-format", "concise")[1]
    assert "3 can be fixed with `--fix`" in said
    code, said = repository.guard("verify", "--staged", "--fix")
    assert code == 2
    assert "without --staged" in said
    repository.guard("verify", "--fix")
    said = repository.guard("verify", "--staged", "--output-format", "concise")[1]
    assert "TG701" in said
    assert "can be fixed" not in said
