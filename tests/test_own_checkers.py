"""Checkers of other packages, installed as their users install them: enabled by name, configured, documented, and blamed when they break."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import warm
from settings_texts import about_settings

HEAD = "import time\n\nfrom celery import shared_task\n\n\n"
SLEEPS = HEAD + "@shared_task(queue='mail')\ndef poll():\n    time.sleep(60)\n"
STARTED = {("-m", "taskguard"): warm.completed, ("-m", "flake8"): warm.flake8}
BROKEN = "@shared_task(bind=True)\ndef send():\n    return 1\n"


class Site:
    """A folder of installed packages, and the command run with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self, *args: str, cwd: Path, command: tuple[str, ...] = ("-m", "taskguard")
    ) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        environment = {**os.environ, "PYTHONPATH": path}
        if command in STARTED:
            done = STARTED[command](*args, cwd=cwd, environment=environment)
        else:
            done = subprocess.run(
                [sys.executable, *command, *args], cwd=cwd, env=environment, capture_output=True, text=True
            )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def check(self, cwd: Path, *args: str) -> tuple[int, list[str], str]:
        done = self.run("check", "--output-format=concise", "-q", *args, cwd=cwd)
        return done.returncode, [" ".join(line.split()[:2]) for line in done.stdout.splitlines()], done.stderr

    def install(self, name: str, code: str) -> None:
        """A package as an installer leaves it: a module, and what it registers."""
        (self.folder / f"{name}.py").write_text(code)
        info = self.folder / f"{name}-1.2.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[taskguard.checkers]\n{name} = {name}\n")


@pytest.fixture(scope="session")
def acme(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The example, installed by pip without the network."""
    folder = tmp_path_factory.mktemp("site")
    words = ["install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *words, str(repository / "examples" / "checkers")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return Site(folder)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty folder for packages that a test makes up."""
    folder = tmp_path / "site"
    folder.mkdir()
    return Site(folder)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "jobs.py").write_text(SLEEPS)
    (folder / "taskguard.toml").write_text('checkers = ["acme"]\n')
    return folder


def test_naming_a_checker_turns_it_on(acme: Site, project: Path) -> None:
    assert acme.check(project) == (1, ["jobs.py:6:2: AC101"], "")
    (project / "taskguard.toml").write_text("")
    assert acme.check(project) == (0, [], "")


def test_levels_options_and_selections_hold_for_it(acme: Site, project: Path) -> None:
    settings = project / "taskguard.toml"
    (project / "jobs.py").write_text(SLEEPS + "\n\n@shared_task(queue='mail')\ndef other():\n    return 1\n")
    settings.write_text('checkers = ["acme"]\n[options.AC201]\nmax-tasks = 1\n[options.AC101]\ncalls = ["time.time"]\n')
    assert acme.check(project) == (1, ["jobs.py:11:2: AC201"], "")
    settings.write_text('checkers = ["acme"]\nlevels = { AC1 = "warn" }\n')
    assert acme.check(project) == (0, ["jobs.py:6:2: AC101"], "")
    assert acme.check(project, "--ignore=AC") == (0, [], "")
    assert acme.check(project, "--select=AC101") == (0, ["jobs.py:6:2: AC101"], "")
    settings.write_text('checkers = ["acme"]\n[[overrides]]\nfiles = "jobs.py"\nlevels = { AC101 = "off" }\n')
    assert acme.check(project) == (0, [], "")


def test_a_pack_may_bring_it(acme: Site, project: Path) -> None:
    (project / "house.toml").write_text('extends = ["core"]\ncheckers = ["acme"]\nlevels = { AC101 = "warn" }\n')
    (project / "taskguard.toml").write_text('packs = ["house.toml"]\n[options.AC101]\ncalls = ["time.sleep"]\n')
    assert acme.check(project) == (0, ["jobs.py:6:2: AC101"], "")


def test_its_findings_are_hidden_as_all_others(acme: Site, project: Path) -> None:
    (project / "jobs.py").write_text(SLEEPS.replace("'mail')", "'mail')  # noqa: E501, AC101"))
    assert acme.check(project) == (0, [], "")
    (project / "jobs.py").write_text("# taskguard: ignore-file[AC101] it is a test\n" + SLEEPS)
    assert acme.check(project) == (0, [], "")
    (project / "jobs.py").write_text(SLEEPS)
    assert acme.run("baseline", cwd=project).returncode == 0
    assert acme.check(project) == (0, [], "")


def test_it_is_documented_like_one_of_ours(acme: Site, project: Path) -> None:
    page = acme.run("rule", "AC101", "crowded-queue", cwd=project).stdout
    for words in (
        "AC101 sleep-in-task",
        "From: acme (acme-taskguard 1.0.0)",
        "Option: max-tasks = 20",
        "## Use instead",
    ):
        assert words in page
    assert "AC201  crowded-queue" in acme.run("rules", cwd=project).stdout
    settings = acme.run("settings", cwd=project).stdout
    assert 'checkers = ["acme"]' in settings and "options.AC201.max-tasks = 20" in settings


def test_its_findings_fit_the_published_shapes(acme: Site, project: Path, repository: Path) -> None:
    schema = json.loads((repository / "docs" / "schemas" / "check.schema.json").read_text())
    found = json.loads(acme.run("check", "--output-format=json", cwd=project).stdout)
    jsonschema.Draft202012Validator(schema).validate(found)
    assert found["diagnostics"][0]["name"] == "sleep-in-task"
    log = json.loads(acme.run("check", "--output-format=sarif", cwd=project).stdout)
    assert log["runs"][0]["tool"]["driver"]["rules"][0]["shortDescription"]["text"].startswith("A task sleeps")


def test_the_settings_schema_knows_that_there_are_others(repository: Path) -> None:
    schema = json.loads((repository / "docs" / "schemas" / "settings.schema.json").read_text())
    fits = jsonschema.Draft202012Validator(schema).is_valid
    assert fits({"checkers": ["acme"], "levels": {"AC1": "off"}, "options": {"AC201": {"max-tasks": 3}}})
    assert not fits({"levels": {"TG999": "off"}})


def test_what_the_guide_shows_is_the_example_and_its_test_passes(acme: Site, repository: Path, tmp_path: Path) -> None:
    guide = (repository / "docs" / "guides" / "own-checker.md").read_text("utf-8")
    shown, test = re.findall(r"^```py\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    example = (repository / "examples" / "checkers" / "acme_taskguard" / "sleep_in_task.py").read_text("utf-8")
    assert set(shown.splitlines()) <= set(example.splitlines())
    (tmp_path / "test_acme.py").write_text(test)
    done = acme.run("-q", "test_acme.py", cwd=tmp_path, command=("-m", "pytest"))
    assert done.returncode == 0, done.stdout


def test_nothing_is_looked_for_where_none_is_named(acme: Site, project: Path) -> None:
    (project / "taskguard.toml").write_text('packs = ["core"]\n')
    code = "import sys; from taskguard.cli.main import main; main(['check', '-q', '--no-cache', 'jobs.py']); print(' '.join(sys.modules))"
    loaded = acme.run(cwd=project, command=("-c", code)).stdout.split()
    assert "taskguard.engine.linter" in loaded
    assert not {"importlib.metadata", "taskguard.settings.plugins", "acme_taskguard"} & set(loaded)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('checkers = ["acm"]', "taskguard.toml:1: checkers[0]: no installed package registers `acm` under `taskguard.checkers`; did you mean `acme`?"),
        ('levels = { AC101 = "off" }', "taskguard.toml:1: levels.AC101: unknown code `AC101`"),
        ('checkers = ["acme"]\nlevels = { AC301 = "off" }', "taskguard.toml:2: levels.AC301: unknown code `AC301`"),
        ('checkers = ["acme"]\noptions.AC201.max-task = 3', "taskguard.toml:2: options.AC201.max-task: AC201 has no such option; did you mean `max-tasks`?"),
        ('checkers = ["acme"]\noptions.AC201.max-tasks = "3"', "taskguard.toml:2: options.AC201.max-tasks: expected a whole number, got a string"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_settings_is_named_with_its_line(settings: str, said: str, acme: Site, project: Path) -> None:
    (project / "taskguard.toml").write_text(settings + "\n")
    code, found, stderr = acme.check(project)
    assert (code, found, about_settings(stderr)) == (2, [], [f"error: {said}"])


def rule(body: str, code: str = "XX101", base: str = "FileRule") -> str:
    head = "from __future__ import annotations\n\nfrom taskguard.rule import *\nfrom taskguard.rule import Finding, TOP\n\n\n"
    return f'{head}class Guest({base}, code="{code}"):\n    """It says something."""\n\n{body}'


CRASHES = {
    "raises": "raise ValueError('no luck')",
    "leaves": "raise SystemExit(0)",
    "yields words": "yield 'words'",
    "no message": "yield Finding(one.path, TOP, None)",
    "no place": "yield Finding(one.path, (1, 2), 'x')",
    "no list": "return 3",
}


@pytest.mark.parametrize("body", CRASHES.values(), ids=CRASHES)
@pytest.mark.parametrize("base", ["FileRule", "ProjectRule"])
def test_a_crash_names_the_package_and_the_rest_is_still_told(body: str, base: str, site: Site, project: Path) -> None:
    line = body.replace("one.path", "'jobs.py'")
    site.install("guests", rule(f"    def check(self, one):\n        {line}\n", base=base))
    (project / "jobs.py").write_text(HEAD + BROKEN)
    (project / "taskguard.toml").write_text('checkers = ["guests"]\n')
    code, found, error = site.check(project, "--workers=2")
    assert (code, found) == (2, ["jobs.py:6:2: TG206"])
    place = " at jobs.py" if base == "FileRule" else ""
    first, last = error.splitlines()
    assert first.startswith(f"taskguard: error: XX101 guest of guests (guests 1.2){place}: ")
    file = Path(last.rpartition(" ")[2])
    assert "Traceback" in file.read_text()
    file.unlink()
    sarif = json.loads(site.run("check", "--output-format=sarif", cwd=project).stdout)["runs"][0]
    assert sarif["invocations"][0]["executionSuccessful"] is False
    assert "XX101" in site.run("baseline", cwd=project).stderr and not (project / "taskguard-baseline.json").exists()


def test_what_a_rule_that_crashed_would_say_of_a_split_nobody_knows(site: Site, project: Path) -> None:
    site.install("guests", rule("    def check(self, one):\n        raise ValueError('no luck')\n", base="ProjectRule"))
    (project / "taskguard.toml").write_text('checkers = ["guests"]\n')
    long = "".join(f"@shared_task\ndef {area}_{n}():\n    print({n})\n\n\n" for area in "ab" for n in range(200))
    (project / "jobs.py").write_text(f"from celery import shared_task\n\n\n{long}")
    done = site.run("split", "jobs.py", "--allow-dirty", cwd=project)
    assert done.returncode == 2 and "XX101 guest of guests (guests 1.2): ValueError: no luck\n" in done.stderr
    assert "nothing was written: what these would say of the split nobody knows" in done.stderr
    assert [path.name for path in project.rglob("*.py")] == ["jobs.py"]
    Path(next(line for line in done.stderr.splitlines() if "traceback in" in line).rpartition(" ")[2]).unlink()
    (project / "taskguard.toml").write_text("")
    assert site.run("split", "jobs.py", "--allow-dirty", cwd=project).returncode == 0


def test_so_it_is_where_the_project_is_judged_in_a_process_of_its_own(site: Site, project: Path) -> None:
    body = "    def check(self, one):\n        yield Finding('jobs.py', TOP, 'once')\n        raise ValueError('no luck')\n"
    site.install("guests", rule(body, base="ProjectRule"))
    (project / "taskguard.toml").write_text('checkers = ["guests"]\nlevels = { TG101 = "off" }\n')
    for number in range(4):
        (project / f"long{number}.py").write_text("# celery\n" * 120_000)
    code, found, error = site.check(project, "--workers=2", "--no-cache")
    assert (code, found) == (2, ["jobs.py:1:1: XX101"])
    assert error.startswith("taskguard: error: XX101 guest of guests (guests 1.2): ValueError: no luck\n")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise OSError('no disk')", "`guests` cannot be imported: OSError: no disk"),
        ("x = 1", "`guests`, which `guests` stands for, has no rule"),
        (rule("", code="TG101"), "the code 'TG101' of Guest is none"),
        (rule("", code="X1"), "the code 'X1' of Guest is none"),
        (rule("    limit: int\n"), "an option of XX101 has no default"),
    ],
)
def test_a_package_that_cannot_be_used_is_named(code: str, said: str, site: Site, project: Path) -> None:
    site.install("guests", code)
    (project / "taskguard.toml").write_text('checkers = ["guests"]\n')
    status, found, error = site.check(project)
    assert (status, found) == (2, [])
    assert said in error and "taskguard.toml:1" in error


def test_two_packages_cannot_have_one_code(site: Site, project: Path) -> None:
    site.install("guests", rule(""))
    site.install("others", rule(""))
    (project / "taskguard.toml").write_text('checkers = ["guests", "others"]\n')
    assert "the code XX101 is that of Guest in guests (guests 1.2) already" in site.check(project)[2]


def test_what_a_checker_says_is_never_older_than_the_checker(site: Site, project: Path) -> None:
    os.utime(project / "jobs.py", (1_600_000_000, 1_600_000_000))
    (project / "taskguard.toml").write_text('checkers = ["guests"]\n')
    for word in ("first", "second"):
        site.install(
            "guests", rule(f"    def check(self, module):\n        yield Finding(module.path, TOP, '{word}')\n")
        )
        said = [site.run("check", "--output-format=concise", cwd=project).stdout for _ in "12"]
        assert said[0] == said[1] and f"XX101 {word}" in said[0]


def test_a_change_is_judged_by_those_checkers_only_that_are_about_changes(site: Site, project: Path) -> None:
    both = rule("    def check(self, module):\n        yield Finding(module.path, TOP, 'file')\n") + (
        '\n\nclass Moved(ChangeRule, code="XX201"):\n    """It sees changes."""\n\n'
        "    def check(self, change):\n        yield Finding('jobs.py', TOP, 'change')\n"
    )
    site.install("guests", both)
    (project / ".git").rmdir()
    (project / "taskguard.toml").write_text('checkers = ["guests"]\n')
    environment = {"GIT_CONFIG_GLOBAL": os.devnull}
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *words], cwd=project, check=True, env={**os.environ, **environment})
    (project / "jobs.py").write_text(SLEEPS + "\n")
    done = site.run("verify", "--against=HEAD", "--output-format=concise", "-q", cwd=project)
    assert (done.returncode, done.stdout) == (1, "jobs.py:1:1: XX201 change\n")


def test_flake8_shows_them_where_they_are_selected(acme: Site, project: Path) -> None:
    done = acme.run("--select=AC", "jobs.py", cwd=project, command=("-m", "flake8"))
    assert done.stdout == "jobs.py:6:2: AC101 the task calls time.sleep\n"
