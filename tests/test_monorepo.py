"""One repository, several packages: `init` and `baseline` work where a package has a pyproject.toml of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from test_projects import FILE, guard, project, said, write

BASELINE = "taskguard-baseline.json"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two services with a finding each, of which one has packaging."""
    for name, limits in (("one", "300, 60"), ("two", "400, 70")):
        project(tmp_path / "services" / name, limits)
    write(
        tmp_path,
        {".git/HEAD": "", "services/one/pyproject.toml": '[project]\nname = "one"\n', "services/one/docs/x.py": ""},
    )
    return tmp_path


def codes(cwd: Path, *words: str) -> list[str]:
    return sorted(one[0].partition("services/")[2] for one in said(cwd, *words))


@pytest.mark.parametrize("place", ["services/one", "services/one/docs"])
def test_a_baseline_of_one_service(repository: Path, place: str) -> None:
    service = repository / "services/one"
    written = guard(repository / place, "baseline").stdout
    assert written == f"{'../' if place.endswith('docs') else ''}{BASELINE}: 1 entry\n"
    entries = json.loads((service / BASELINE).read_text())["entries"]
    assert [one["path"] for one in entries] == [FILE] and not (repository / BASELINE).exists()
    for cwd, words in [
        (repository, []),
        (repository, [f"services/one/{FILE}", f"services/two/{FILE}"]),
        ("/", [str(repository)]),
    ]:
        assert codes(cwd, *words) == [f"two/{FILE}"]
    assert codes(service) == codes(repository, f"services/one/{FILE}") == []
    assert guard(service, "baseline").stdout == f"{BASELINE}: 1 entry\n"
    (service / FILE).write_text("x = 1\n")
    assert "1 can go" in guard(repository, "check").stderr
    assert "1 gone" in guard(repository, "check", "--prune-baseline").stderr
    assert json.loads((service / BASELINE).read_text())["entries"] == []


def test_the_baseline_of_the_root_leaves_alone_what_has_one(repository: Path) -> None:
    guard(repository / "services/one", "baseline")
    assert guard(repository / "services/one", "baseline", "--root").stdout == f"../../{BASELINE}: 1 entry\n"
    assert [one["path"] for one in json.loads((repository / BASELINE).read_text())["entries"]] == [
        f"services/two/{FILE}"
    ]
    assert codes(repository) == []
    before = (repository / BASELINE).read_bytes()
    (repository / "services/one" / FILE).write_text("x = 1\n")
    guard(repository, "check", "--prune-baseline")
    assert (repository / BASELINE).read_bytes() == before


def test_init_for_one_service(repository: Path) -> None:
    service = repository / "services/one"
    done = guard(service, "init", "--yes")
    assert done.returncode == 0, done.stderr
    assert "services/one has settings of its own" in done.stdout and "--root" in done.stdout
    assert (
        "\npyproject.toml, at its end" in done.stdout and "\n../../.pre-commit-config.yaml, a new file" in done.stdout
    )
    assert "[tool.taskguard]" in (service / "pyproject.toml").read_text()
    assert (service / BASELINE).exists() and (repository / ".pre-commit-config.yaml").exists()
    assert not (repository / "taskguard.toml").exists() and not (repository / BASELINE).exists()
    assert codes(service) == [] and codes(repository) == [f"two/{FILE}"]


def test_init_for_the_whole_repository(repository: Path) -> None:
    done = guard(repository / "services/one", "init", "--yes", "--root")
    assert "../../taskguard.toml, a new file" in done.stdout
    assert (repository / "taskguard.toml").exists() and (repository / BASELINE).exists()
    assert (repository / "services/one/pyproject.toml").read_text() == '[project]\nname = "one"\n'
    assert codes(repository) == []


def test_a_repository_inside_is_not_in_the_baseline(repository: Path) -> None:
    project(repository / "vendor/inner", "500, 80")
    write(repository, {"vendor/inner/.git": "gitdir: nowhere\n", "vendor/inner/taskguard.toml": "badkey = 1\n"})
    assert guard(repository, "baseline").stdout == f"{BASELINE}: 2 entries\n"


def test_what_starts_the_whole_lies_above_its_code(tmp_path: Path) -> None:
    """A checkout without its `.git`: a compose file beside `backend/manage.py` starts what lies in there."""
    app = "from celery import Celery\n\napp = Celery('shop')\n"
    write(tmp_path, {"backend/manage.py": "", "backend/shop.py": app})
    compose = "services:\n  web:\n    command: gunicorn web\n  worker:\n    command: celery -A shop:gone worker\n"
    assert not said(tmp_path)
    write(tmp_path, {"docker-compose.yml": compose})
    assert {(Path(one[0]).name, one[2]) for one in said(tmp_path)} == {("docker-compose.yml", "TG317")}
