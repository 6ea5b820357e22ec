"""What a host of the repository reads: workflows, the action, issue forms; and that a release takes its version from one place."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from taskguard import __version__
from taskguard.cli.main import commands

CHECKOUT = Path(__file__).parent.parent
HIDDEN = [*(CHECKOUT / ".github").rglob("*.yml"), *CHECKOUT.glob(".*.yaml"), *CHECKOUT.glob("*.yml")]
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
README = (CHECKOUT / "README.md").read_text("utf-8")
WRONG = "from celery import shared_task\n\n\n@shared_task(soft_time_limit=9, time_limit=3)\ndef slow(): ...\n"


def loaded(name: str) -> Any:
    return yaml.safe_load((CHECKOUT / name).read_text("utf-8"))


def snippets() -> list[tuple[str, str]]:
    return [(page.name, text) for page in PAGES for text in FENCE.findall(page.read_text("utf-8"))]


@pytest.mark.parametrize("file", HIDDEN, ids=lambda one: one.name)
def test_every_yaml_file_is_one(file: Path) -> None:
    assert yaml.safe_load(file.read_text("utf-8"))


@pytest.mark.parametrize(("page", "text"), snippets())
def test_every_yaml_block_of_readme_and_docs_is_one(page: str, text: str) -> None:
    assert yaml.safe_load(text), page


def steps(workflow: Any) -> list[dict[str, Any]]:
    jobs = workflow["jobs"].values() if "jobs" in workflow else [workflow["runs"]]
    return [step for job in jobs for step in job["steps"]]


WORKFLOWS = sorted(f".github/workflows/{path.name}" for path in (CHECKOUT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("name", [*WORKFLOWS, "action.yml"])
def test_the_shell_lines_are_shell_and_take_nothing_from_outside_into_their_text(name: str) -> None:
    for step in steps(loaded(name)):
        assert ("run" in step) != ("uses" in step), step
        if "run" in step:
            assert "${{" not in step["run"], "what comes from outside goes through `env`"
            done = subprocess.run(["bash", "-n"], input=step["run"], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr


def test_ci_runs_what_a_merge_needs_and_the_tests_of_the_readme() -> None:
    runs = [step["run"] for step in steps(loaded(".github/workflows/ci.yml")) if "run" in step]
    assert runs[0] == ".ci/run"
    command = re.search(r"^(python3 -m venv .*pytest)$", README, re.MULTILINE)
    assert command is not None
    assert command[1] in runs
    windows = command[1].replace("python3", "python").replace(".venv/bin", ".venv/Scripts")
    assert windows in runs
    tested = loaded(".github/workflows/ci.yml")["jobs"]["tests"]["strategy"]["matrix"]
    said = re.findall(r"Python :: (3\.\d+)", (CHECKOUT / "pyproject.toml").read_text("utf-8"))
    assert tested["python"] == said
    assert {one["os"].partition("-")[0] for one in tested["include"]} == {"macos", "windows"}


def test_every_session_of_the_night_is_one(repository: Path) -> None:
    job = loaded(".github/workflows/nightly.yml")["jobs"]["habits"]
    sessions = re.findall(r"^@nox\.session.*\ndef (\w+)", (repository / "noxfile.py").read_text("utf-8"), re.MULTILINE)
    assert "corpus" in job["strategy"]["matrix"]["session"] and set(job["strategy"]["matrix"]["session"]) <= set(
        sessions
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `dist/`, in which this checkout is built."""
    place = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place / "dist")]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return place


@pytest.mark.parametrize(("tag", "code"), [(f"v{__version__}", 0), ("v99.0.0", 1)])
def test_a_release_is_stopped_where_the_tag_is_not_the_version(built: Path, tag: str, code: int) -> None:
    (built / "CHANGELOG.md").write_text(f"# Changelog\n\n## [{__version__}] - 2026-01-01\n")
    named = {step["name"]: step["run"] for step in steps(loaded(".github/workflows/release.yml")) if "run" in step}
    for name in ("the tag is the version", "the changelog has it"):
        done = subprocess.run(["bash", "-e", "-c", named[name]], cwd=built, env={**os.environ, "GITHUB_REF_NAME": tag})
        assert done.returncode == code


def test_the_version_stands_in_one_place() -> None:
    project = (CHECKOUT / "pyproject.toml").read_text("utf-8")
    assert 'dynamic = ["version"]' in project
    assert not re.search(rf'^version = |"{re.escape(__version__)}"', project, re.MULTILINE)


def test_publishing_needs_no_secret() -> None:
    text = (CHECKOUT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    assert "secrets." not in text
    assert loaded(".github/workflows/release.yml")["jobs"]["publish"]["permissions"] == {"id-token": "write"}


@pytest.mark.parametrize("name", ["false-finding", "missed-mistake"])
def test_issue_forms_are_forms(name: str) -> None:
    form = loaded(f".github/ISSUE_TEMPLATE/{name}.yml")
    assert form["name"]
    assert form["description"]
    fields = [one for one in form["body"] if one["type"] != "markdown"]
    assert {one["type"] for one in fields} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert len({one["id"] for one in fields}) == len(fields)
    assert all(one["attributes"]["label"] for one in fields)
    assert any(one.get("validations", {}).get("required") for one in fields)


def test_gitlab_jobs_are_jobs() -> None:
    (text,) = [text for page, text in snippets() if page == "ci.md" and "codequality" in text]
    jobs = yaml.safe_load(text)
    assert set(jobs) == {"taskguard", "taskguard-verify"}
    for job in jobs.values():
        assert job["image"]
        assert all(isinstance(line, str) for line in job["script"])
        for line in job["script"]:
            words = shlex.split(line)
            if words[0] == "taskguard":
                assert words[1] in commands()
                usage = import_module(f"taskguard.cli.{words[1]}_command").usage()
                known = {name for option in usage.options for name in option.names}
                assert {word for word in words[2:] if word.startswith("-")} <= known, line
    written = next(line for line in jobs["taskguard"]["script"] if " -o " in line).rpartition(" ")[2]
    assert jobs["taskguard"]["artifacts"]["reports"]["codequality"] == written


# -- the action -------------------------------------------------------------------------------------------------------


class Runner:
    """The shell steps of the action, run as GitHub does it: a file for outputs, and `env` filled in."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.action = loaded("action.yml")
        self.inputs = {name: one["default"] for name, one in self.action["inputs"].items()}
        self.outputs: dict[str, str] = {}

    def run(self, name: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        (step,) = [one for one in self.action["runs"]["steps"] if one["name"] == name]
        file = self.place / "output"
        file.write_text("")
        known = {"RUNNER_TEMP": str(self.place), "GITHUB_OUTPUT": str(file)}
        given = {key: self.filled(value) for key, value in step.get("env", {}).items()}
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=cwd, env={**inherited, **known, **given}, capture_output=True, text=True,
        )  # fmt: skip
        self.outputs.update(line.split("=", 1) for line in file.read_text().splitlines())
        return done

    def filled(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            kind, _, name = found[1].rpartition(".")
            return {
                "inputs": self.inputs,
                "steps.check.outputs": self.outputs,
                "github": {"action_path": str(CHECKOUT)},
            }[kind][name]

        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", value, text)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the action has installed this checkout."""
    place = tmp_path_factory.mktemp("runner")
    done = Runner(place).run("install taskguard", place)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"taskguard {__version__}"
    return place


@pytest.mark.parametrize(
    ("text", "args", "code"),
    [(WRONG, "", 1), (WRONG, "--ignore TG205 app", 0), (WRONG, "--select 'TG2", 2), ("x = 1\n", "", 0)],
)
def test_the_action_annotates_and_leaves_a_file_for_code_scanning(
    installed: Path, tmp_path: Path, text: str, args: str, code: int
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "tasks.py").write_text(text)
    runner = Runner(installed)
    runner.inputs["args"] = args
    done = runner.run("check", tmp_path)
    assert done.returncode == 0, done.stderr
    assert runner.outputs["exit-code"] == str(code)
    assert ("::error file=app/tasks.py" in done.stdout) == (code == 1)
    if code < 2:
        report = yaml.safe_load(Path(runner.outputs["sarif"]).read_text("utf-8"))
        assert len(report["runs"][0]["results"]) == code
    else:
        assert "sarif" not in runner.outputs
    assert runner.run("verdict", tmp_path).returncode == code


def test_every_input_and_output_of_the_action_is_documented() -> None:
    action, page = loaded("action.yml"), (CHECKOUT / "docs" / "guides" / "ci.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in (*action["inputs"], *action["outputs"]))
