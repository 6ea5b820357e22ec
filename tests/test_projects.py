"""The project of a file is where the file stands: whoever asks, from wherever, hears the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from taskguard.engine.resolver import Resolver
from taskguard.request import Request
from taskguard.settings.find import BUILD, LOOSE, REPOSITORY, SETTINGS, project_of
from warm import completed

TASK = """from celery import shared_task
from app.limits import SOFT, HARD


@shared_task(soft_time_limit=SOFT, time_limit=HARD)
def send():
    pass
"""
FILE = "app/mail.py"


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def project(folder: Path, limits: str) -> None:
    """A small project whose finding is seen only where its own `app.limits` is linked."""
    write(folder, {"app/__init__.py": "", FILE: TASK, "app/limits.py": f"SOFT, HARD = {limits}\n"})


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A workspace: a repository with another inside and, in that, a submodule; beside them a third."""
    outer = tmp_path / "outer"
    project(outer, "300, 60")
    project(outer / "libs" / "inner", "400, 70")
    project(outer / "libs" / "inner" / "module", "500, 80")
    project(tmp_path / "beside", "60, 300")
    for place in (outer, outer / "libs" / "inner", tmp_path / "beside"):
        write(place, {".git/HEAD": "ref: refs/heads/main\n"})
    write(outer / "libs" / "inner" / "module", {".git": "gitdir: ../.git/modules/module\n"})
    return tmp_path


PROJECTS = {"outer": "300 s", "outer/libs/inner": "400 s", "outer/libs/inner/module": "500 s", "beside": ""}


def guard(cwd: Path | str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return completed(*words, cwd=cwd, environment={**os.environ, **environment})


def said(cwd: Path | str, *words: str) -> set[tuple[str, ...]]:
    """Everything that `check` says: the absolute path, place, code and words of each diagnostic."""
    done = guard(cwd, "check", "--output-format", "json", *words)
    assert done.returncode in (0, 1), done.stderr
    made = json.loads(done.stdout)
    top = os.path.join(cwd, made["root"])
    return {
        (os.path.realpath(os.path.join(top, one["path"])), str(one["line"]), one["code"], one["message"], str(one["symbol"]))
        for one in made["diagnostics"]
    }  # fmt: skip


@pytest.mark.parametrize("name", PROJECTS)
def test_the_folder_of_the_caller_changes_nothing(tree: Path, name: str) -> None:
    file = tree / name / FILE
    (tree / "file_link.py").symlink_to(file)
    (tree / "beside" / "folder_link").symlink_to(tree / name / "app")
    callers = ["/", tree, tree / "outer", tree / name, file.parent, tree / "beside", tree / "outer/libs/inner/module"]
    expected = said(tree / name, FILE)
    assert {one[3].partition(" is ")[0] for one in expected} == (
        {f"soft_time_limit {PROJECTS[name]}"} if PROJECTS[name] else set()
    )
    for number, cwd in enumerate(callers):
        spelled = os.path.relpath(file, cwd) if number % 2 else str(file)
        assert said(cwd, spelled) == expected, (cwd, spelled)
    for link in ("file_link.py", "beside/folder_link/mail.py"):
        assert said(tree, link) == expected, link
    assert said(tree / name / "app", ".") == expected


def test_each_of_several_projects_is_checked_by_itself(tree: Path) -> None:
    alone = {one for name in PROJECTS for one in said(tree / name, FILE)}
    named = [f"{name}/{FILE}" for name in PROJECTS]
    assert len(alone) == 3
    assert said(tree, *named) == said(tree, ".") == said(tree) == alone
    assert said("/", str(tree)) == said(tree / "beside", *(f"../{path}" for path in named)) == alone
    assert said(tree / "outer") == alone  # a folder that was passed holds the repositories in it


def test_paths_count_from_the_folder_that_holds_all_projects(tree: Path) -> None:
    done = guard(tree / "outer/app", "check", "--output-format", "json", "mail.py", "../../outer/libs/inner/app")
    made = json.loads(done.stdout)
    assert made["root"] == ".." and [one["path"] for one in made["diagnostics"]] == [FILE, f"libs/inner/{FILE}"]
    lines = guard(tree / "outer/app", "check", "-q", "--output-format", "concise", "mail.py", "../libs").stdout
    assert [line.partition(":")[0] for line in lines.splitlines()] == [
        "mail.py", f"../libs/inner/{FILE}", f"../libs/inner/module/{FILE}",
    ]  # fmt: skip


def test_settings_of_a_project_that_nobody_asked_about_do_not_matter(tree: Path) -> None:
    write(tree / "beside", {"pyproject.toml": "[tool.taskguard]\nbadkey = 1\n"})
    write(tree / "outer/libs/inner", {"taskguard.toml": "badkey = 1\n"})
    assert len(said(tree / "beside", f"../outer/{FILE}")) == 1
    wrong = guard(tree, "check", ".")
    assert wrong.returncode == 2 and "Traceback" not in wrong.stderr
    assert "beside/pyproject.toml:2" in wrong.stderr and "inner/taskguard.toml:1" in wrong.stderr


def test_each_project_has_its_own_settings(tree: Path) -> None:
    write(tree / "outer", {"taskguard.toml": 'levels = { TG205 = "off" }\n'})
    assert {one[3].split()[1] for one in said(tree)} == {"400", "500"}


def test_what_lies_above_a_project_is_not_looked_into(tree: Path) -> None:
    """Counted, not timed: which folders are listed, and of which other files anything is asked."""
    code = (
        "import os, sys\n"
        "listed, asked = [], []\n"
        "scandir, stat, lstat, walk = os.scandir, os.stat, os.lstat, os.listdir\n"
        "os.scandir = lambda path='.': listed.append(os.fspath(path)) or scandir(path)\n"
        "os.listdir = lambda path='.': listed.append(os.fspath(path)) or walk(path)\n"
        "os.stat = lambda path, **more: asked.append(path) or stat(path, **more)\n"
        "os.lstat = lambda path, **more: asked.append(path) or lstat(path, **more)\n"
        "from taskguard.cli.main import main\n"
        "main(sys.argv[1:])\n"
        "print(*(os.path.abspath(one) for one in [*listed, *asked] if isinstance(one, (str, bytes, os.PathLike))), sep='\\n')\n"
    )
    file = tree / "outer" / FILE
    counts = []
    for number in (0, 40):
        for place in range(number):
            project(tree / f"other{place}", "300, 60")
        command = [sys.executable, "-c", code, "check", "--no-cache", "-q", str(file)]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True)
        seen = [path for path in done.stdout.splitlines() if path.startswith(str(tree))]
        assert seen and not [path for path in seen if path != str(tree) and not path.startswith(str(tree / "outer"))]
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_what_marks_a_project_by_its_strength(tmp_path: Path) -> None:
    place = tmp_path / "a/b/c"
    place.mkdir(parents=True)
    assert project_of(str(place)) == ("", LOOSE)
    write(tmp_path, {"a/b/setup.cfg": "", "a/manage.py": ""})
    assert project_of(str(place)) == (str(tmp_path / "a/b"), BUILD)
    write(tmp_path, {"a/pyproject.toml": "[tool.taskguard]\n"})
    assert project_of(str(place)) == (str(tmp_path / "a"), SETTINGS)
    write(tmp_path, {".git": "gitdir: elsewhere\n"})
    assert project_of(str(place)) == (str(tmp_path), REPOSITORY)


def test_home_is_never_a_root(tmp_path: Path) -> None:
    write(tmp_path, {".git/HEAD": "", "pyproject.toml": "[tool.taskguard]\nbadkey = 1\n", "x.py": TASK})
    project(tmp_path / "work", "300, 60")
    project(tmp_path / "other", "60, 300")
    home = {"HOME": str(tmp_path)}
    alone = guard(tmp_path, "check", "-q", "--output-format", "concise", "work/app/mail.py", **home)
    assert alone.stdout.startswith("work/app/mail.py:5:2: TG205"), alone.stderr
    assert guard(tmp_path, "check", "x.py", **home).returncode == 0
    every = guard(tmp_path, "check", "-q", "--output-format", "concise", **home)
    assert "badkey" not in guard(tmp_path, "settings", **home).stderr
    for command in (["init", "--yes"], ["baseline"]):
        refused = guard(tmp_path, *command, **home)
        assert refused.returncode == 2 and "is no project" in refused.stderr
    assert every.stdout == alone.stdout  # the folders in it are looked at one by one, and x.py is in none
    assert not (tmp_path / ".taskguard_cache").exists()


def test_files_of_no_project_belong_to_the_folder_passed_around_them(tmp_path: Path) -> None:
    project(tmp_path, "300, 60")
    for cwd, words in [(tmp_path, ["."]), (tmp_path, []), ("/", [str(tmp_path)]), ("/", [str(tmp_path / FILE)])]:
        assert len(said(cwd, *words)) == 1, (cwd, words)


def test_settings_of_a_folder_hold_there_whoever_asks(tmp_path: Path) -> None:
    """One repository, two services: each has import roots and exclusions of its own."""
    write(tmp_path, {".git/HEAD": ""})
    for name, limits in (("one", "300, 60"), ("two", "400, 70")):
        project(tmp_path / name / "python", limits)
        write(tmp_path / name, {"taskguard.toml": 'src = ["python"]\nexclude = ["old"]\n', "python/old/x.py": TASK})
    for name, soft in (("one", "300"), ("two", "400")):
        file = f"{name}/python/{FILE}"
        expected = said(tmp_path, file)
        assert [one[3].split()[1] for one in expected] == [soft]
        assert said(tmp_path / name, f"python/{FILE}") == said(tmp_path / name) == expected
    assert len(said(tmp_path)) == 2
    write(tmp_path, {"two/taskguard.toml": "badkey = 1\n"})
    assert len(said(tmp_path / "one")) == 1
    assert guard(tmp_path / "two", "check").returncode == 2


def test_tasks_of_several_projects(tree: Path) -> None:
    made = json.loads(guard(tree / "outer", "tasks", "--output-format", "json", "app", "../beside").stdout)
    assert made["root"] == ".." and [one["path"] for one in made["tasks"]] == [f"beside/{FILE}", f"outer/{FILE}"]
    alone = json.loads(guard("/", "tasks", "--output-format", "json", str(tree / "beside" / FILE)).stdout)
    assert [one["path"] for one in alone["tasks"]] == [FILE]
    assert guard(tree, "tasks", ".").stdout.count(FILE) == 4


def test_a_path_that_is_not_there_is_shown_as_it_was_given(tree: Path) -> None:
    for cwd, path in ((tree, "outer/app/mial.py"), (tree / "beside", "../outer/app/mial.py")):
        done = guard(cwd, "check", path)
        assert done.returncode == 2
        assert f"{path} does not exist; did you mean {path.replace('mial', 'mail')}?" in done.stderr


@pytest.mark.parametrize("command", [["verify"], ["diff", "HEAD"], ["snapshot"], ["settings"], ["clean"]])
def test_every_command_goes_by_the_project_around(tree: Path, command: list[str]) -> None:
    """From a subfolder of a repository, with a broken neighbour and a broken repository inside."""
    module = tree / "outer/libs/inner/module"
    write(tree, {"beside/taskguard.toml": "badkey = 1\n", "outer/taskguard.toml": "badkey = 1\n"})
    write(module, {".git": "", "taskguard.toml": "badkey = 1\n"})
    inner = tree / "outer/libs/inner"
    who = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t"}
    (inner / ".git/HEAD").unlink()
    for words in (["init", "-q"], ["add", "app"], ["commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=inner, check=True, env={**os.environ, **who})
    done = guard(inner / "app", *command, **who)
    assert done.returncode == 0 and "badkey" not in done.stderr, done.stderr
    assert "module/app" not in done.stdout


def test_verify_judges_each_project_that_is_named(tree: Path) -> None:
    who = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t"}
    for name in ("outer", "beside"):
        (tree / name / ".git/HEAD").unlink()
        for words in (["init", "-q"], ["add", "app"], ["commit", "-qm", "first"]):
            subprocess.run(["git", *words], cwd=tree / name, check=True, env={**os.environ, **who})
        (tree / name / FILE).write_text(TASK.replace("send", "post"))
    done = guard(tree, "verify", "--output-format", "json", "--against", "HEAD", "outer/app", "beside/app")
    made = json.loads(done.stdout)
    assert done.returncode == 1 and made["root"] == "."
    assert [(one["path"], one["code"]) for one in made["diagnostics"]] == [
        (f"beside/{FILE}", "TG701"), (f"outer/{FILE}", "TG701"),
    ]  # fmt: skip


def test_beside_a_script_that_lies_about_only_packages_are_looked_at(tmp_path: Path) -> None:
    """A folder such as `/tmp` holds whole projects of others; nothing of them belongs to the script."""
    for path in (
        "script.py",
        "beside.py",
        "pkg/__init__.py",
        "pkg/deep/__init__.py",
        "pkg/deep/mod.py",
        "other/app/tasks.py",
    ):
        file = tmp_path / "loose" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("from celery import shared_task\n")
    places = Resolver(Request(("script.py",), str(tmp_path / "loose"), str(tmp_path / "loose"), cache=False))
    assert sorted(places.discover().sizes) == [
        "beside.py", "pkg/__init__.py", "pkg/deep/__init__.py", "pkg/deep/mod.py", "script.py",
    ]  # fmt: skip


def test_a_package_with_its_manage_py_is_no_project_of_its_own(tmp_path: Path) -> None:
    """Where nothing else marks a project: the names of its modules begin with the package."""
    for path in ("shop/__init__.py", "shop/manage.py", "shop/tasks.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("")
    places = Resolver(Request((".",), str(tmp_path), cache=False))
    assert "shop/tasks.py" in places.discover().sizes and not places.discover().others
    assert project_of(str(tmp_path / "shop"))[0] != str(tmp_path / "shop")
