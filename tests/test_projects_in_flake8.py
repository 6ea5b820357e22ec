"""flake8 and editors: the project is that of the file asked about, and several in one run work."""

from __future__ import annotations

from pathlib import Path

import pytest

import warm
from test_projects import FILE, PROJECTS, TASK, project, tree, write

__all__ = ["tree"]


def flake8(cwd: Path | str, *words: str, text: str | None = None) -> list[tuple[str, str]]:
    """File and message of each finding of ours."""
    done = warm.flake8("--isolated", "--select", "TG", *words, cwd=cwd, text=text or "")
    assert done.returncode in (0, 1) and not done.stderr, done.stderr
    made = []
    for line in done.stdout.splitlines():
        path, _, _, message = line.split(":", 3)
        made.append((str((Path(cwd) / path).resolve()), message.strip()))
    return sorted(made)


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_several_projects_in_one_run(tree: Path, jobs: str) -> None:
    alone = sorted(one for name in PROJECTS for one in flake8(tree / name, FILE))
    assert len(alone) == 3
    write(tree, {"four/.git": "gitdir: nowhere\n", "four/taskguard.toml": "badkey = 1\n"})
    named = [f"{name}/{FILE}" for name in PROJECTS]
    assert flake8(tree, "--jobs", jobs, *named) == alone
    assert flake8("/", "--jobs", jobs, "--exclude", "four", str(tree)) == alone
    assert flake8(tree / "beside", "--jobs", jobs, *(f"../{path}" for path in named)) == alone


@pytest.mark.parametrize("name", ["outer", "outer/libs/inner/module"])
def test_unsaved_text_belongs_to_the_project_of_its_file(tree: Path, name: str) -> None:
    file = tree / name / FILE
    expected = flake8(tree / name, FILE)
    text = file.read_text() + "# not saved\n"
    for cwd in ("/", tree, tree / "beside"):
        assert flake8(cwd, "--stdin-display-name", str(file), "-", text=text) == expected


def test_files_of_no_project_belong_to_the_folder_passed(tmp_path: Path) -> None:
    write(tmp_path, {"app/mail.py": TASK.replace("app.limits", "limits"), "limits.py": "SOFT, HARD = 300, 60\n"})
    assert len(flake8("/", str(tmp_path))) == len(flake8(tmp_path)) == len(flake8(tmp_path, "--jobs", "1", ".")) == 1


def test_no_project_is_walked_for_a_file_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    project(tmp_path, "300, 60")
    write(tmp_path, {"x.py": TASK.replace("limit=SOFT", "limit=300").replace("limit=HARD", "limit=60")})
    assert [Path(path).name for path, _ in flake8(tmp_path, "x.py")] == ["x.py"]
    assert flake8(tmp_path, FILE) == []  # what it imports is not looked for
