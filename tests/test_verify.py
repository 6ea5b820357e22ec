"""`verify`, `snapshot` and `diff` on real git repositories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BAKERY = Path(__file__).parent / "projects" / "bakery"
README = Path(__file__).parent.parent / "README.md"
WHO = {
    "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org",
}  # fmt: skip
CI = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
QUEUE = 'queue="oven", priority=5'


class Repository:
    """A git repository with the bakery in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") and key not in CI}
        self.environment = {**clean, **WHO}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.path, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )

    def git(self, *words: str) -> str:
        done = self.run("git", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def guard(self, *words: str) -> tuple[int, str]:
        """Exit code and all that was printed."""
        done = self.run(sys.executable, "-m", "taskguard", *words)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout + done.stderr

    def codes(self, *words: str) -> set[str]:
        """The codes that `verify` reports."""
        code, said = self.guard("verify", "--output-format", "json", *words)
        assert code in (0, 1), said
        return {one["code"] for one in json.loads(said)["diagnostics"]}

    def put(self, state: str) -> None:
        """The files of a state of the bakery, in place of those that are there."""
        if (self.path / ".git").exists():
            self.git("rm", "-rq", "--cached", "--ignore-unmatch", "bakery", "tests")
        for old in sorted(self.path.rglob("*.py")):
            old.unlink()
        for file in sorted((BAKERY / state).rglob("*.py")):
            target = self.path / file.relative_to(BAKERY / state)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.read_text())

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.path / path
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new, 1))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The bakery before its split, committed."""
    made = Repository(tmp_path)
    made.git("init", "-q", "-b", "main")
    (tmp_path / "taskguard.toml").write_text((BAKERY / "taskguard.toml").read_text())
    made.put("before")
    made.git("add", "-A")
    made.git("commit", "-qm", "start")
    return made


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
        code, said = repository.guard("diff", *words, "--format", "json")
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
    code, said = repository.guard("diff", "HEAD^", "HEAD", "--format", "json")
    assert code == 0
    data = json.loads(said)
    assert {"name": "bakery.tasks.bake_bread", "from": "bakery/tasks.py", "to": "bakery/baking/bread.py"} in data[
        "tasks"
    ]["moved"]
    assert data["tasks"]["gone"] == data["tasks"]["renamed"] == data["options"] == data["symbols"] == []
    before, after = data["figures"]["largest"]
    assert before > after
    markdown = repository.guard("diff", "HEAD^", "--format", "markdown")[1]
    assert "| Largest | " in markdown
    assert "## Tasks moved" in markdown
    assert "Tasks moved" in repository.guard("diff", "HEAD^")[1]


def test_diff_shows_options_before_and_after(repository: Repository) -> None:
    repository.edit("bakery/tasks.py", QUEUE, 'queue="ovens", priority=5')
    (option,) = json.loads(repository.guard("diff", "HEAD", "--format", "json")[1])["options"]
    assert option == {"task": "bakery.tasks.bake_bread", "option": "queue", "before": "'oven'", "after": "'ovens'"}


def test_annotations_for_a_pull_request(repository: Repository) -> None:
    repository.edit("bakery/tasks.py", QUEUE, 'queue="ovens", priority=5')
    code, said = repository.guard("verify", "--output-format", "github")
    assert code == 1
    assert said.startswith("::error ")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--against", "nowhere"), "no commit nowhere"),
        (("--accept", "TG702:x"), "--reason"),
        (("--reason", "x"), "--accept"),
        (("--accept", "TG101:x", "--reason", "y"), "CODE:SUBJECT"),
        (("--against", "taskguard.toml"), "no snapshot"),
    ],
)
def test_wrong_words_are_told(repository: Repository, words: tuple[str, ...], part: str) -> None:
    code, said = repository.guard("verify", *words)
    assert code == 2
    assert part in said


def test_what_is_no_commit(repository: Repository) -> None:
    for revision in ("HEAD^{tree}", "HEAD:bakery", "HEAD:bakery/tasks.py", "bakery", "--all"):
        code, said = repository.guard("verify", f"--against={revision}")
        assert code == 2, said
        assert "no commit" in said


def test_a_snapshot_that_is_not_there_or_damaged(repository: Repository) -> None:
    code, said = repository.guard("verify", "--against", "contract.json")
    assert code == 2
    assert "`taskguard snapshot -o contract.json`" in said
    repository.guard("snapshot", "-o", "contract.json")
    file = repository.path / "contract.json"
    data = json.loads(file.read_text())
    for damage in (
        "[]",
        "{",
        "\0",
        json.dumps({**data, "files": 3}),
        json.dumps({**data, "services": [{}]}),
        json.dumps({**data, "files": {"a.py": {}}}),
    ):
        file.write_text(damage)
        code, said = repository.guard("verify", "--against", "contract.json")
        assert code == 2, damage
        assert "snapshot" in said


def test_without_git(repository: Repository, tmp_path: Path) -> None:
    repository.environment["PATH"] = str(tmp_path)
    code, said = repository.guard("verify")
    assert code == 2
    assert "git" in said


def test_a_pull_request_in_ci_is_annotated(repository: Repository, tmp_path: Path) -> None:
    """The line of the README, in the shallow clone of a merge commit that CI makes."""
    repository.git("checkout", "-qb", "work")
    repository.edit("bakery/tasks.py", QUEUE, 'queue="ovens", priority=5')
    repository.git("commit", "-qam", "work")
    repository.git("checkout", "-q", "main")
    (repository.path / "notes.py").write_text("NOTES = 1\n")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "meanwhile")
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "work")
    repository.git("branch", "-q", "pull", "HEAD")
    repository.git("reset", "-q", "--hard", "HEAD^")
    repository.git("clone", "-q", "--depth", "1", "-b", "pull", f"file://{repository.path}", "ci")
    clone = Repository(tmp_path / "ci")
    clone.git("checkout", "-q", "--detach")
    clone.environment["GITHUB_BASE_REF"] = "main"
    code, said = clone.guard("verify", "--output-format", "github")
    assert code == 2
    assert "git fetch" in said
    (line,) = [one for one in README.read_text().splitlines() if one.startswith("git fetch -q")]
    done = clone.run("sh", "-c", line.replace("taskguard verify", f"{sys.executable} -m taskguard verify"))
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=bakery/tasks.py,")
    assert done.stdout.count("::error") == 1


def test_a_snapshot_of_a_newer_version(repository: Repository) -> None:
    repository.guard("snapshot", "-o", "contract.json")
    repository.edit("contract.json", '"schema": 1', '"schema": 99')
    code, said = repository.guard("verify", "--against", "contract.json")
    assert code == 2
    assert "schema 99" in said


def test_before_the_first_commit(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.git("init", "-q")
    made.put("before")
    code, said = made.guard("verify")
    assert code == 2
    assert "no commit yet" in said


def test_outside_of_a_repository(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.put("before")
    code, said = made.guard("verify")
    assert code == 2
    assert "git" in said


def test_in_a_bare_repository(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("bare")
    repository.git("clone", "-q", "--bare", ".", str(place / "bare.git"))
    bare = Repository(place / "bare.git")
    code, said = bare.guard("verify", "--isolated")
    assert code == 2
    assert "bare" in said


def test_in_a_shallow_clone(repository: Repository, tmp_path: Path) -> None:
    repository.put("after")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "split")
    base = repository.git("rev-parse", "HEAD^")
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.path}", "shallow")
    code, said = Repository(tmp_path / "shallow").guard("verify", "--against", base)
    assert code == 2
    assert "git fetch" in said


def test_submodules_are_left_out(repository: Repository) -> None:
    repository.git(
        "-c", "protocol.file.allow=always", "submodule", "add", "-q", f"file://{repository.path}", "vendored"
    )
    repository.git("commit", "-qm", "vendored")
    assert repository.codes("--against", "HEAD") == set()
    assert repository.codes("--staged", "--against", "HEAD^") == set()


def test_what_is_kept_of_an_old_revision_changes_no_answer(repository: Repository, tmp_path: Path) -> None:
    repository.environment["TASKGUARD_CACHE_DIR"] = str(tmp_path / "kept")
    repository.put("after")
    repository.edit("bakery/baking/bread.py", QUEUE, 'queue="ovens", priority=5')
    first = repository.guard("verify", "--against", "HEAD")
    (blobs,) = (tmp_path / "kept").glob("facts-blobs-*")
    before = blobs.stat().st_mtime_ns
    assert repository.guard("verify", "--against", "HEAD") == first
    assert blobs.stat().st_mtime_ns == before  # nothing was parsed again
    data = blobs.read_bytes()
    blobs.write_bytes(data[:-50] + b"\0" * 50)
    assert repository.guard("verify", "--against", "HEAD") == first


def test_the_working_tree_is_left_alone(repository: Repository) -> None:
    repository.put("after")
    before = repository.git("status", "--porcelain", "--untracked-files=all")
    repository.guard("verify", "--against", "HEAD")
    repository.guard("verify", "--staged")
    repository.guard("diff", "HEAD")
    assert repository.git("status", "--porcelain", "--untracked-files=all") == before
