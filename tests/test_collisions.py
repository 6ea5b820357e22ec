"""Which declarations of one name meet, and that to find it takes no comparison of each with each."""

from __future__ import annotations

from itertools import combinations
from unittest.mock import patch

import pytest

from taskguard import engine
from taskguard.project.celery.system import celery_of
from taskguard.project.registry.collisions import MOST, Collision, Namesakes, collisions
from taskguard.project.registry.registry import registry_of
from taskguard.project.tasks.task import Task
from taskguard.settings.model import Settings

HEAD = "from celery import shared_task\n"
DECLARED = '\n\n@shared_task(name="plugin.refresh")\ndef {name}(): ...\n'
APP = "from celery import Celery\n\napp = Celery('{name}', include={modules!r})\n"


def met(files: dict[str, str]) -> tuple[list[Collision], Namesakes, list[Task]]:
    project = engine.link(files, Settings())
    tasks = registry_of(project).by_name["plugin.refresh"]
    return (
        [one for _, found in collisions(project) for one in found],
        Namesakes(celery_of(project)),
        tasks,
    )


def plugins(count: int) -> dict[str, str]:
    """One worker, and modules of which it imports every second one; each with a task of the name."""
    modules = [f"site.plugin_{number:03}" for number in range(0, count, 2)]
    files = {f"site/plugin_{number:03}.py": HEAD + DECLARED.format(name=f"refresh_{number}") for number in range(count)}
    return {"site/app.py": APP.format(name="site", modules=modules), **files}


def one_file(count: int) -> dict[str, str]:
    declared = "".join(DECLARED.format(name=f"refresh_{number}") for number in range(count))
    return {"site/app.py": APP.format(name="site", modules=["site.tasks"]), "site/tasks.py": HEAD + declared}


def services(count: int) -> dict[str, str]:
    """As many workers, each with an app and two tasks of its own."""
    text = APP.format(name="x", modules=[]) + DECLARED.replace("shared_task", "app.task").format(name="one")
    text += DECLARED.replace("shared_task", "app.task").format(name="two")
    return {f"service_{number:03}/worker.py": text for number in range(count)}


@pytest.mark.parametrize(("make", "most"), [(plugins, 4), (one_file, 1), (services, 2 * 80)])
def test_the_cost_does_not_grow_with_the_square(make, most) -> None:  # type: ignore[no-untyped-def]
    with patch.object(Namesakes, "meet", autospec=True, side_effect=Namesakes.meet) as compared:
        found, _, _ = met(make(80))
    assert len(found) >= 80
    assert 0 < compared.call_count <= most


def test_all_are_counted_and_the_first_are_named() -> None:
    found, _, tasks = met(plugins(30))
    assert [one.task for one in found] == tasks and {one.count for one in found} == {29}
    assert found[0].others == tuple(tasks[1 : 1 + MOST]) and found[-1].others == tuple(tasks[:MOST])
    assert [one.sure for one in found[:4]] == [True, False, True, False]


MIXED = {
    "first/app.py": APP.format(name="first", modules=["first.tasks", "first.more"])
    + DECLARED.replace("shared_task", "app.task").format(name="own"),
    "first/tasks.py": HEAD
    + DECLARED.format(name="one")
    + DECLARED.format(name="two")
    + 'import os\nif os.environ:\n    @shared_task(name="plugin.refresh")\n    def three(): ...\n'
    + 'else:\n    @shared_task(name="plugin.refresh")\n    def three(): ...\n',
    "first/more.py": HEAD
    + 'def one(): ...\na = shared_task(name="plugin.refresh")(one)\nb = shared_task(name="plugin.refresh")(one)\n',
    "second/app.py": APP.format(name="second", modules=["second.tasks"])
    + DECLARED.replace("shared_task", "app.task").format(name="own"),
    "second/tasks.py": HEAD + DECLARED.format(name="one"),
    "second/idle.py": HEAD + DECLARED.format(name="one"),
    "tests/test_tasks.py": HEAD
    + DECLARED.format(name="one")
    + 'def test():\n    @shared_task(name="plugin.refresh")\n    def three(): ...\n'
    + DECLARED.format(name="two"),
}


@pytest.mark.parametrize("files", [MIXED, {path: text for path, text in MIXED.items() if "app.py" not in path}])
def test_each_meets_whom_it_meets_where_there_are_only_these_two(files: dict[str, str]) -> None:
    found, namesakes, tasks = met(files)
    pairs = {
        (id(one), id(other)): collisions[0][1][0].sure
        for one, other in combinations(tasks, 2)
        if (collisions := namesakes.collisions({"x": [one, other]}))
    }
    assert len(pairs) > 4
    for task in tasks:
        own = [sure for pair, sure in pairs.items() if id(task) in pair]
        said = [(one.count, one.sure) for one in found if one.task is task]
        assert said == ([(len(own), any(own))] if own else [])
