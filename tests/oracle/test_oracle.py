"""`taskguard tasks` and a running Celery say the same of a project.

Here and always for a small project that is written down below. With TASKGUARD_ORACLE=1 for packages of the index too, which are downloaded.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("celery")
sys.path.insert(0, str(Path(__file__).parent))

import offline

import oracle

SMALL = {
    "shop/__init__.py": "",
    "shop/celery.py": """
from celery import Celery, Task


class Base(Task):
    max_retries = 7


app = Celery("shop", task_cls=Base)
""",
    "shop/wrappers.py": """
from functools import partial, wraps

from celery import shared_task

slow = partial(shared_task, queue="slow")


def job(**options):
    options.setdefault("acks_late", True)
    return shared_task(**options)


def critical(func):
    return shared_task(priority=9)(func)


def logged(func):
    @wraps(func)
    def inner(*args, **kwargs):
        return func(*args, **kwargs)

    return inner


def bare(func):
    def inner(*args, **kwargs):
        return func(*args, **kwargs)

    return inner


def renaming(*args, **kwargs):
    for option in ("queue", "routing_key"):
        if option in kwargs:
            kwargs[f"default_{option}"] = kwargs.pop(option)
    return shared_task(*args, **kwargs)


def watched(func):
    made = shared_task(func)
    print(made)
    return made
""",
    "shop/tasks.py": """
import acme.unknown
from celery import Task, shared_task
from requests import RequestException

from shop.celery import Base, app
from shop.wrappers import bare, critical, job, logged, renaming, slow, watched

POLICY = {"autoretry_for": (OSError, RequestException), "retry_backoff": 60}


@shared_task
def plain(): ...


@app.task(name="shop.named", bind=True, base=Base)
def named(self): ...


@shared_task(**POLICY, time_limit=5 * 60)
def policy(): ...


@slow
def slowly(): ...


@slow(queue="slower", rate_limit="10/m")
def slower(): ...


@job(name="job")
def by_job(): ...


@critical
def urgent(): ...


@shared_task
@logged
def kept(): ...


@shared_task
@bare
def lost(): ...


@renaming(name="renamed", queue="x")
def renamed(): ...


@renaming
def renamed_bare(): ...


@watched
def seen(): ...


@app.register_task
class Report(Task):
    name = "report"
    ignore_result = True

    def run(self): ...


@acme.unknown.decorator
def no_task(): ...


class Service:
    @staticmethod
    @shared_task
    def inside(): ...


later = shared_task(name="later")(lambda: None) if False else shared_task(name="later")(no_task)
""",
}


def test_a_small_project(tmp_path):
    for path, text in SMALL.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    found = oracle.figures(tmp_path, ["."])
    assert not found.failed, found.failed
    assert not found.not_run, found.not_run
    assert found.running == found.ours == 15
    assert not (found.missed or found.extra or found.renamed or found.unnamed), found
    assert not found.options["different"], found.options["different"]


@pytest.mark.parametrize("name", offline.PROJECTS)
def test_an_offline_project(name, tmp_path):
    files, roots, undecided = offline.PROJECTS[name]
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    found = oracle.figures(tmp_path, roots)
    assert not found.failed, found.failed
    assert not found.not_run, found.not_run
    assert found.running == found.ours > 0
    assert not (found.missed or found.extra or found.renamed or found.unnamed), found
    assert not (found.options["different"] or found.options["left_out"]), found.options
    assert sorted(found.options["unknown"]) == sorted(undecided)


def packages() -> dict[str, str]:
    try:
        import tomllib as tomli
    except ImportError:
        import tomli  # type: ignore[no-redef]

    pinned: dict[str, str] = tomli.loads(Path(__file__).with_name("packages.toml").read_text("utf-8"))["packages"]
    return pinned


COMPARED: list[oracle.Figures] = []
by_request = pytest.mark.skipif(
    not os.environ.get("TASKGUARD_ORACLE"), reason="downloads packages: set TASKGUARD_ORACLE=1"
)


def unpacked(name: str, version: str, place: Path) -> Path:
    """The Python files of a package of the index. Skips where it cannot be had."""
    options = ["-q", "--no-deps", "--only-binary", ":all:", "--retries", "2", "--timeout", "20"]
    fetch = [sys.executable, "-m", "pip", "download", *options, "-d", str(place / "dl"), f"{name}=={version}"]
    done = subprocess.run(fetch, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"pip cannot download {name} {version}: {(done.stderr.splitlines() or ['no reason given'])[-1]}")
    folder = place / name
    with zipfile.ZipFile(next((place / "dl").glob("*.whl"))) as wheel:
        wheel.extractall(folder, [one for one in wheel.namelist() if one.endswith(".py")])
    return folder


@by_request
@pytest.mark.parametrize(("name", "version"), packages().items(), ids=list(packages()))
def test_a_package_of_the_index(name, version, tmp_path):
    found = oracle.figures(unpacked(name, version, tmp_path), ["."])
    COMPARED.append(found)
    print(found)
    assert found.running
    assert not found.missed, found.missed
    assert not found.extra, found.extra
    assert not found.renamed, found.renamed
    named = [one for one in found.unnamed if "<locals>" not in one]  # a function may make names as it likes
    assert not named, named
    assert not found.options["different"], found.options["different"]


@by_request
def test_the_packages_together():
    if not COMPARED:
        pytest.skip("no package could be downloaded")
    total = oracle.Figures("all packages", sum(one.running for one in COMPARED), sum(one.ours for one in COMPARED))
    for one in COMPARED:
        for key, rows in one.options.items():
            total.options.setdefault(key, []).extend(rows)
    print(total)
    assert len(COMPARED) >= 6, "too few packages could be downloaded"
    assert total.running > 300
    assert total.unknown_share <= 0.03
