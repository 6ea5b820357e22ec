"""`snapshot`, `diff`, and what is kept between runs of `verify`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bakery import QUEUE, Repository, committed


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return committed(tmp_path)


def test_a_snapshot_is_a_base_without_git(repository: Repository, tmp_path: Path) -> None:
    code, _ = repository.guard("snapshot", "-o", "contract.json")
    assert code == 0
    first = (tmp_path / "contract.json").read_bytes()
    repository.guard("snapshot", "-o", "contract.json")
    assert (tmp_path / "contract.json").read_bytes() == first
    repository.put("after")
    assert repository.codes("--against", "contract.json") == set()
    repository.edit("bakery/baking/bread.py", QUEUE, 'queue="ovens", priority=5')
    repository.edit("bakery/baking/day.py", '    Metrics.count("day.closed")', "    pass")
    repository.edit("bakery/baking/ovens.py", '"rye": 300', '"rye": 330')
    repository.edit("bakery/tasks.py", "OPENING_HOUR, ", "")
    repository.edit("bakery/tasks.py", '"OPENING_HOUR", ', "")
    assert repository.codes("--against", "contract.json") == {"TG702", "TG704", "TG705", "TG706"}


def test_a_snapshot_tells_routes_schedules_and_the_names_of_every_module(
    repository: Repository, tmp_path: Path
) -> None:
    repository.edit("bakery/celery.py", "app.conf.beat", 'app.conf.task_routes = {"bakery.*": "floor"}\napp.conf.beat')
    repository.guard("snapshot", "-o", "contract.json")
    data = json.loads((tmp_path / "contract.json").read_text())
    (service,) = data["services"]
    assert [route[:3] for route in service["routes"]] == [["glob", "bakery.*", {"queue": "'floor'"}]]
    assert [entry[:2] for entry in data["schedule"]] == [
        ["bake-bread", "bakery.tasks.bake_bread"], ["close-day", "bakery.tasks.close_day"],
    ]  # fmt: skip
    assert data["files"]["bakery/metrics.py"]["names"]["retry_policy"] == "function (kind)"
    assert data["files"]["bakery/tasks.py"]["names"]["_rounded"] == "function (amount)"
    repository.edit("bakery/celery.py", '    "close-day": {"task"', '    "close": {"args": (1,), "task"')
    assert repository.codes("--against", "contract.json") == {"TG702"}


def test_a_snapshot_knows_which_imports_failed_already(repository: Repository) -> None:
    repository.edit("bakery/models.py", "class Order", "from bakery.tasks import bake_cake\n\n\nclass Order")
    repository.guard("snapshot", "-o", "contract.json")
    repository.edit("bakery/models.py", "class Order", "ORDER = 1\n\n\nclass Order")
    assert repository.codes("--against", "contract.json") == set()
    repository.edit("bakery/models.py", "import bake_cake", "import bake_cake, bake_rolls")
    assert repository.codes("--against", "contract.json") == {"TG405"}


def test_a_name_of_any_module_that_somebody_imports_is_missed(repository: Repository) -> None:
    repository.guard("snapshot", "-o", "contract.json")
    repository.edit("bakery/metrics.py", "def retry_policy", "def policy_of_retries")
    assert "TG706" in repository.codes("--against", "contract.json")


def test_the_index_is_compared_with_a_snapshot(repository: Repository) -> None:
    repository.guard("snapshot", "-o", "contract.json")
    repository.edit("bakery/tasks.py", QUEUE, 'queue="ovens", priority=5')
    assert repository.codes("--against", "contract.json", "--staged") == set()
    repository.git("add", "-A")
    assert repository.codes("--against", "contract.json", "--staged") == {"TG702"}


def test_diff_takes_a_snapshot_on_either_side(repository: Repository) -> None:
    repository.guard("snapshot", "-o", "before.json")
    repository.put("after")
    repository.edit("bakery/baking/bread.py", QUEUE, 'queue="ovens", priority=5')
    repository.guard("snapshot", "-o", "after.json")

    def told(*words: str) -> dict[str, object]:
        code, said = repository.guard("diff", *words, "--output-format", "json")
        assert code == 0, said
        data = json.loads(said)
        return {key: data[key] for key in ("tasks", "options", "god_files")}

    whole = told("HEAD")
    assert whole["options"]
    assert whole["tasks"]["moved"]  # type: ignore[index]
    assert told("before.json") == told("HEAD", "after.json") == told("before.json", "after.json") == whole
    repository.git("add", "-A")
    repository.git("commit", "-qm", "split")
    assert told("before.json", "HEAD") == told("HEAD^", "HEAD") == whole
    assert told("after.json", "HEAD")["options"] == []


def test_diff_says_what_moved_and_how_large_the_files_are(repository: Repository) -> None:
    repository.put("after")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "split")
    code, said = repository.guard("diff", "HEAD^", "HEAD", "--output-format", "json")
    assert code == 0
    data = json.loads(said)
    assert {"name": "bakery.tasks.bake_bread", "from": "bakery/tasks.py", "to": "bakery/baking/bread.py"} in data[
        "tasks"
    ]["moved"]
    assert data["tasks"]["gone"] == data["tasks"]["renamed"] == data["options"] == data["symbols"] == []
    before, after = data["figures"]["largest"]
    assert before > after
    markdown = repository.guard("diff", "HEAD^", "--output-format", "markdown")[1]
    assert "| Largest | " in markdown
    assert "## Tasks moved" in markdown
    assert "Tasks moved" in repository.guard("diff", "HEAD^")[1]


def test_diff_shows_options_before_and_after(repository: Repository) -> None:
    repository.edit("bakery/tasks.py", QUEUE, 'queue="ovens", priority=5')
    repository.edit("bakery/celery.py", "hour=22", "hour=23")
    data = json.loads(repository.guard("diff", "HEAD", "--output-format", "json")[1])
    (option,) = data["options"]
    (way,) = data["ways"]
    assert way["subject"] == "close-day"
    assert "## Routes and schedules" in repository.guard("diff", "HEAD", "--output-format", "markdown")[1]
    assert option == {"task": "bakery.tasks.bake_bread", "option": "queue", "before": "'oven'", "after": "'ovens'"}


def test_what_is_kept_of_an_old_revision_changes_no_answer(repository: Repository, tmp_path: Path) -> None:
    repository.environment["TASKGUARD_CACHE_DIR"] = str(tmp_path / "kept")
    repository.put("after")
    repository.edit("bakery/baking/bread.py", QUEUE, 'queue="ovens", priority=5')
    first = repository.guard("verify", "--against", "HEAD")
    (blobs,) = (tmp_path / "kept").glob("*/facts-blobs")
    before = blobs.stat().st_mtime_ns
    assert repository.guard("verify", "--against", "HEAD") == first
    assert blobs.stat().st_mtime_ns == before  # nothing was parsed again
    (contract,) = (tmp_path / "kept").glob("*/contract")
    for file in (blobs, contract):
        data = file.read_bytes()
        file.write_bytes(data[:-50] + b"\0" * 50)
    assert repository.guard("verify", "--against", "HEAD") == first
    contract.write_bytes(contract.read_bytes().replace(b"bake_bread", b"bake_dough"))
    assert repository.guard("verify", "--against", "HEAD") == first
    assert repository.guard("verify", "--against", "HEAD", "--no-cache") == first


def test_what_is_kept_of_a_commit_answers_for_another_change(repository: Repository, tmp_path: Path) -> None:
    repository.environment["TASKGUARD_CACHE_DIR"] = str(tmp_path / "kept")
    repository.edit("bakery/tasks.py", QUEUE, 'queue="ovens", priority=5')
    assert repository.codes("--against", "HEAD") == {"TG702"}
    repository.put("after")
    assert repository.codes("--against", "HEAD") == set()
    repository.edit("bakery/baking/day.py", '    Metrics.count("day.closed")', "    pass")
    assert repository.codes("--against", "HEAD") == {"TG704", "TG705"}
    (repository.path / "taskguard.toml").write_text('[contract]\nprotective-calls = ["nothing"]\n')
    assert repository.codes("--against", "HEAD") == {"TG704"}
