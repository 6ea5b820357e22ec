"""The byte search leaves out no file that matters: with it and without it, every rule says the same.

Without it means that TG001 is selected by name: then every file is parsed and looked at. TG001 and TG002 themselves are left out of the
comparison, they are said of parsed files only. `TASKGUARD_EXAMPLES=2` compares small projects where both parse the same files, and the large trees with fewer rules, too. `python tests/test_byte_search.py FOLDER…` compares other trees, and where they are git
repositories what `verify` says of their last commits as well.
"""

from __future__ import annotations

import importlib.machinery
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from harness import SUITES, suite_items
from taskguard import engine
from taskguard.engine.extraction import searched
from taskguard.request import Outcome, Request

OF_PARSED_FILES = ("TG001", "TG002")
SEARCHED, PARSED = ("ALL",), ("ALL", "TG001")
# Everything that settings can add: the more the rules want to know, the more a file that was left out would be missed.
HOUSE = """
packs = ["basetask", "django-celery"]
[tasks]
decorators = ["acme.jobs.job"]
queue-in = "decorator"
[options.TG103]
max-tasks = 2
[options.TG104]
max-lines = 10
[options.TG405]
modules = "all"
[options.TG409]
max-lines = 5
"""
INSTALLED = {
    "celery": ("celery", "kombu", "vine", "billiard"),
    "flake8": ("flake8", "pyflakes", "pycodestyle"),
    "astroid": ("astroid", "msgspec", "pytest", "_pytest"),
}
COMMITS = 40
# Whether projects of suites are compared even where the search leaves out nothing.
EVERY = os.environ.get("TASKGUARD_EXAMPLES", "1") != "1"


def asked(root: Path, select: tuple[str, ...], config: Path | None) -> Request:
    return Request((), str(root), root=str(root), select=select, config=str(config) if config else None, cache=False)


def said(outcome: Outcome) -> list[str]:
    """Everything that a run found or could not decide, as lines."""
    assert not outcome.crashes, outcome.crashes
    report = outcome.report
    lines = [repr(one) for one in (*report.diagnostics, *report.undecided) if one.code not in OF_PARSED_FILES]
    return [*lines, f"{report.files} files, {outcome.tasks} tasks, {report.suppressed} suppressed"]


def differences(root: Path, config: Path | None) -> tuple[list[str], int]:
    """What only one of the two runs says, and the number of lines of the other one."""
    ours = said(engine.run(asked(root, SEARCHED, config)))
    parsed = said(engine.run(asked(root, PARSED, config)))
    return differing(ours, parsed), len(ours)


def differing(ours: list[str], parsed: list[str]) -> list[str]:
    return [
        *(f"only with the search: {one}" for one in ours if one not in set(parsed)),
        *(f"only without it: {one}" for one in parsed if one not in set(ours)),
    ]


def left_out(files: dict[str, str]) -> bool:
    """Whether the search leaves out any of these files. Where it does not, both runs parse all of them, and are one run made twice."""
    sources = {path: text.encode() for path, text in files.items() if path.endswith((".py", ".pyi"))}
    return not all(any(searched(data, path, ())) for path, data in sources.items())


@pytest.fixture(params=["core", "house"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """The settings file of a run; None where the tree's own holds, or none."""
    if request.param == "core":
        return None
    file = tmp_path / "house.toml"
    file.write_text(HOUSE)
    return file


@pytest.mark.parametrize("name", INSTALLED)
def test_installed_packages(name: str, config: Path | None, tmp_path: Path) -> None:
    if config is None and name != "flake8" and not EVERY:
        pytest.skip("the same large tree with fewer rules: TASKGUARD_EXAMPLES=2 compares it, too")
    root = tmp_path / "tree"
    root.mkdir()
    for package in INSTALLED[name]:
        bring(package, root)
    if not any(root.iterdir()):
        pytest.skip("not installed")
    found, lines = differences(root, config)
    assert not found
    assert lines > 1


def bring(package: str, root: Path) -> None:
    """Copies an installed package below `root`; a tree below `site-packages` is not walked."""
    # Not by what is loaded: kombu, once imported, has no spec of its own.
    spec = importlib.machinery.PathFinder.find_spec(package)
    if spec is None or spec.origin is None:
        return
    if spec.submodule_search_locations:
        source = Path(next(iter(spec.submodule_search_locations)))
        shutil.copytree(source, root / source.name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    else:
        shutil.copy(spec.origin, root)


@pytest.mark.parametrize("place", ["examples/journal", "tests/projects/bakery/before", "tests/projects/bakery/after"])
def test_projects_of_the_repository(place: str, config: Path | None, repository: Path, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(repository / place, root, ignore=shutil.ignore_patterns("__pycache__"))
    found, _ = differences(root, config)
    assert not found


@pytest.mark.parametrize("suite", sorted(SUITES.glob("tg*.md")), ids=lambda suite: suite.stem)
def test_projects_of_a_suite(suite: Path, tmp_path: Path) -> None:
    """Small projects that a rule was written for: what the rule needs to see may lie in any of their files."""
    wrong = {}
    for number, section in enumerate(suite_items(suite)):
        if any(path.endswith((".toml", ".json")) for path in section.files):
            continue  # settings are tried elsewhere, and some of these are wrong on purpose
        if not EVERY and not left_out(section.files):
            continue
        root = tmp_path / str(number)
        for path, text in section.files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        found, _ = differences(root, None)
        if found:
            wrong[section.title] = found
    assert not wrong


def compared(root: Path, house: Path) -> list[str]:
    """What differs in any of the comparisons of one tree."""
    found = [one for config in (None, house) for one in differences(root, config)[0]]
    if (root / ".git").exists():
        words = ["git", "rev-list", "--skip", str(COMMITS), "--max-count", "1", "HEAD"]
        revision = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True).stdout.strip()
        runs = (said(engine.verify(asked(root, select, None), revision)) for select in (SEARCHED, PARSED))
        found += differing(*runs)
    return found


def main(folders: list[str]) -> int:
    """Compares the trees in `folders` and prints what differs. Gives the number of trees where something does."""
    wrong = 0
    with TemporaryDirectory() as place:
        house = Path(place, "house.toml")
        house.write_text(HOUSE)
        for folder in folders:
            found = compared(Path(folder).resolve(), house)
            print(f"{folder}: {len(found)} differences", *found, sep="\n  ", flush=True)
            wrong += bool(found)
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
