"""That no file of a stranger hangs a hook: what a check does grows no faster than what it is given.

Steps are counted (the lines of our code and of `difflib` that run), never time, so that a busy machine changes nothing.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any

import pytest

import hostile
from harness import settings_from
from taskguard.engine.checking import check_change, check_project, link
from taskguard.project.diagnosis.settings.read_by_project import WIDEST, _places_of
from taskguard.project.python import text_questions
from taskguard.project.python.names import resolve

STRICT = settings_from('packs = ["strict"]\n')
# With N, 2 N and 4 N of something the second rise is twice the first where the cost is linear, and four times where it is the square.
MOST = 2.5
# How many make the first step, where few are too few to see a rise or many take too long to count.
SIZES = {
    "augmented_strings": 120, "long_similar_names": 20, "unknown_sends_of_many": 20, "bases_in_a_cycle": 30, "bases_in_a_diamond": 30, "bases_in_a_proper_diamond": 30, "keywords": 120, "chained_names_used_throughout": 80,
}  # fmt: skip
SHAPES = """
    appended_all attributes_set augmented_strings bases_in_a_chain bases_in_a_cycle bases_in_a_diamond bases_in_a_proper_diamond beat_entries
    call_keywords celery_keywords chained_names_used_throughout conf_assignments decorators django_settings grown_all
    huge_all huge_all_of_nothing ignore_file ignored_findings item_assignments keywords long_similar_names many_bases missing_attributes missing_symbols noqa
    one_function_again one_name_again one_name_used_throughout patches patches_of_one periodic_tasks remade_objects routed_tasks routes settings shared_helpers subclasses
    suppressions task_decorators tests_with_strings unknown_sends unknown_sends_of_many updates
""".split()
# Of these half of the project is new.
CHANGED = """
    chained_names_used_throughout keywords many_bases missing_symbols one_function_again subclass_tasks
""".split()
# What is bounded is reached by few.
BOUNDS = {
    "taskguard.project.hazards.payloads.callees.MOST": 10,
    "taskguard.project.hazards.bodies.module_attributes.MOST": 40,
    "taskguard.spelling.MOST_STEPS": 20_000,
    "taskguard.project.registry.registry.MOST_NAMES": 50,
    "taskguard.project.facades.patches.MOST_NAMES": 40,
    "taskguard.project.diagnosis.settings.unread_settings.MOST": 40,
}


def steps(files: hostile.Files, before: hostile.Files | None = None) -> int:
    """How many lines of our code a check runs, or one of a change."""
    counted = 0
    ours: dict[CodeType, bool] = {}

    def count(frame: FrameType, event: str, _: object) -> Any:
        nonlocal counted
        code = frame.f_code
        if event == "call":
            if code not in ours:
                ours[code] = "taskguard" in code.co_filename or "difflib" in code.co_filename
            if not ours[code]:
                return None
        counted += 1
        return within

    def within(frame: FrameType, event: str, _: object) -> Any:
        # This runs for each line, so it does nothing else.
        nonlocal counted
        counted += 1
        return within

    before = sys.gettrace()
    sys.settrace(count)
    try:
        if before is None:
            check_project(files, STRICT)
        else:
            check_change(before, files, STRICT)
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize("name", SHAPES)
def test_the_cost_grows_with_the_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for bound, value in BOUNDS.items():
        monkeypatch.setattr(bound, value)
    shape = hostile.shape(name)
    size = SIZES.get(name, 40)
    check_project(shape(size), STRICT)  # what is worked out once for all runs
    first, second, third = (steps(shape(size * factor)) for factor in (1, 2, 4))
    assert third - second <= MOST * (second - first) + 20_000, (first, second, third)


@pytest.mark.parametrize("name", CHANGED)
def test_the_cost_of_a_change_grows_with_the_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for bound, value in BOUNDS.items():
        monkeypatch.setattr(bound, value)
    shape = hostile.shape(name)
    size = SIZES.get(name, 40)
    check_change(shape(1), shape(2), STRICT)
    first, second, third = (steps(shape(size * factor), shape(size * factor // 2)) for factor in (1, 2, 4))
    assert third - second <= MOST * (second - first) + 20_000, (first, second, third)


@pytest.mark.parametrize("name", ["patches", "patches_of_one"])
def test_the_texts_are_cut_once_for_all_patches(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What regular expressions do is not seen in steps: these are counted by the texts that they are given."""
    cut: list[str] = []
    plainly = text_questions.without_imports
    monkeypatch.setattr(text_questions, "without_imports", lambda text: cut.append(text) or plainly(text))
    files = hostile.shape(name)(30)
    check_project(files, STRICT)
    assert len(cut) <= 2 * len(files)


def test_a_name_is_looked_for_near_its_places_only() -> None:
    """A file of one long line, as a generator writes them, costs no more for each name than the text around it."""
    text = ", ".join(f"name_{number} = {number}" for number in range(2000)) + "\nprint(name_7)\n"
    near = list(_places_of(text, "name_7"))
    assert len(near) == 2
    assert all(len(one) < 3 * WIDEST for one in near)
    assert near[1].endswith("\nprint(name_7)\n")


def test_a_chain_of_attributes_is_followed_to_its_end() -> None:
    module = link({"tasks.py": "import a\n"}).modules["tasks.py"]
    assert resolve(module, "a" + ".b" * 3000).kind == "external"
