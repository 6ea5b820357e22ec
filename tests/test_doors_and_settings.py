"""Each door against every settings text of the tests: flake8, python-lsp-server and the hooks say what `check` says, and never a traceback."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
import yaml

from bad_settings import SETTINGS, file_name, texts
from flake8_door import diagnostics, flake8
from language_server import Server
from taskguard.cli.main import main
from warm import completed

CHECKED = "import os\n"
WRONG = 2
ERROR = "taskguard: error: "
HOOKS = yaml.safe_load((Path(__file__).parent.parent / ".pre-commit-hooks.yaml").read_text("utf-8"))
UNASKED = "has nothing to compare with"
# An editor starts flake8 for each document, which has said all of them above: what is in its way is seen by every third.
EACH = 3 if os.environ.get("TASKGUARD_EXAMPLES", "1") == "1" else 1
Told = dict[str, list[str]]


def command(folder: Path, *words: str) -> tuple[int, str, list[str]]:
    """`taskguard` in this process: exit code, standard output, lines of standard error."""
    out, err = StringIO(), StringIO()
    before = os.getcwd()
    os.chdir(folder)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(list(words))
    finally:
        os.chdir(before)
    assert "Traceback" not in out.getvalue() + err.getvalue(), err.getvalue()
    return code, out.getvalue(), err.getvalue().splitlines()


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of projects, one for each text."""
    folder = tmp_path_factory.mktemp("doors").resolve()
    for number, data in enumerate(texts()):
        project = folder / f"p{number:03}"
        (project / ".git").mkdir(parents=True)
        (project / "app.py").write_text(CHECKED)
        (project / file_name(data)).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def told(projects: Path) -> Told:
    """What `check` says is wrong, by file; an empty list where it is content."""
    made = {}
    for project in sorted(projects.iterdir()):
        code, _, lines = command(projects, "check", "-q", project.name)
        errors = [line.removeprefix(ERROR) for line in lines if line.startswith(ERROR)]
        assert (code == WRONG) == bool(errors), (project.name, code, lines)
        made[f"{project.name}/app.py"] = errors
    return made


def test_there_are_many_texts_and_most_are_wrong(told: Told) -> None:
    assert len(told) > 250
    assert len([errors for errors in told.values() if errors]) > 100


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_flake8_says_what_check_says(projects: Path, told: Told, jobs: str) -> None:
    said: Told = {path: [] for path in told}
    others = set()
    for one in diagnostics(flake8(projects, "--jobs", jobs, ".").stdout):
        if one.code == "F401":
            others.add(one.path)
        else:
            assert (one.code, one.line, one.column) == ("TG005", 1, 1), one
            said[one.path].append(one.message)
    assert others == set(told)
    for path, errors in told.items():
        assert len(said[path]) == bool(errors), (path, errors, said[path])
        assert not errors or said[path][0].startswith(errors[0]), (path, errors, said[path])


def test_an_editor_shows_what_check_says(projects: Path, told: Told) -> None:
    pytest.importorskip("pylsp")
    wrong = {path: errors[0] for path, errors in list(one_of_each(told).items())[::EACH]}
    seen: set[str] = set()
    server = Server(projects)
    try:
        for batch in batched(list(wrong)):
            for path in batch:
                server.open(path, CHECKED)
            while not seen.issuperset(batch):
                path, found = server.next_shown()
                assert {(code, line) for code, line, _ in found} == {("TG005", 1), ("F401", 1)}, (path, found)
                assert [one for _, _, one in found if one.startswith(f"TG005 {wrong[path]}")], (path, found)
                seen.add(path)
    finally:
        server.close()


def batched(paths: list[str], size: int = 4) -> Iterator[list[str]]:
    """A server starts flake8 for all documents at once, which is more than some machines can take."""
    for first in range(0, len(paths), size):
        yield paths[first : first + size]


def one_of_each(told: Told) -> Told:
    """Of the texts that are wrong in the same words, names and numbers apart, the first: an editor and a hook take their time."""
    kinds = {
        re.sub(r"`[^`]*`|'[^']*'|\d+|\S+\.toml|[\w.]+: ", "", "".join(told[path])): path for path in reversed(told)
    }
    return {path: told[path] for path in sorted(kinds.values()) if told[path]}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with a file that is about to be committed."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "app.py").write_text(CHECKED)
    return tmp_path


def words_of(hook: dict[str, object]) -> list[str]:
    """The command of a hook as pre-commit runs it, without the word `taskguard`."""
    return [*shlex.split(str(hook["entry"]))[1:], *(["app.py"] if hook.get("pass_filenames", True) else [])]


def stage(repository: Path, data: bytes) -> None:
    for name in ("pyproject.toml", SETTINGS):
        (repository / name).unlink(missing_ok=True)
    (repository / file_name(data)).write_bytes(data)
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)


def test_the_hooks_say_what_is_wrong_and_nothing_else(repository: Path, projects: Path, told: Told) -> None:
    for project, errors in one_of_each(told).items():
        (settings,) = (projects / project).parent.glob("*.toml")
        stage(repository, settings.read_bytes())
        for hook in HOOKS:
            code, out, lines = command(repository, *words_of(hook))
            if code == 0 and hook["id"] != "taskguard" and all(UNASKED in error for error in errors):
                continue  # a hook of one family does not ask the rule that lacks its setting
            assert (code, out) == (WRONG, ""), (project, hook["id"], code, out, lines)
            assert all(line.startswith("taskguard: ") for line in lines), (project, hook["id"], lines)
            assert [line for line in lines if line.startswith(ERROR)], (project, hook["id"], lines)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_the_command_of_a_hook_ends_with_the_message(repository: Path, hook: dict[str, object]) -> None:
    stage(repository, b"sorc = []\n")
    done = completed(*words_of(hook), cwd=repository)
    wanted = f"{ERROR}taskguard.toml:1: sorc: unknown key; did you mean `src`?\n"
    assert (done.returncode, done.stdout) == (WRONG, "")
    assert done.stderr.startswith(wanted.strip())
