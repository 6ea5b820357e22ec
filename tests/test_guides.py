"""What the guides tell people to write is accepted: settings, packs, commands and their options; and the site's parts are there."""

from __future__ import annotations

import inspect
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from settings_texts import settings_of, write
from taskguard.cli.main import commands
from taskguard.project.change.model import Change
from taskguard.project.python.project import Module, Project
from taskguard.project.python.values import Known
from taskguard.project.tasks.task import Task

GUIDES = sorted((Path(__file__).parent.parent / "docs" / "guides").glob("*.md"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(guide: Path, language: str) -> list[str]:
    return [text for found, text in FENCE.findall(guide.read_text("utf-8")) if found == language]


def all_blocks(language: str) -> list[tuple[str, str]]:
    return [(guide.stem, text) for guide in GUIDES for text in blocks(guide, language)]


@pytest.mark.parametrize("guide", [one for one in GUIDES if one.stem != "own-checker"], ids=lambda one: one.stem)
def test_settings_and_packs_are_valid(guide: Path, tmp_path: Path) -> None:
    """The settings of `own-checker` name an installed package: test_own_checkers.py has them."""
    texts = blocks(guide, "toml")
    packs = [text for text in texts if text.startswith("description")]
    for pack in packs:
        write(tmp_path, {"house.toml": pack})
    for text in texts:
        settings = 'packs = ["house.toml"]\n' if text in packs else text
        settings_of(tmp_path, settings.replace("[tool.taskguard]\n", "").replace("[tool.taskguard.", "["))


@pytest.mark.parametrize(("guide", "text"), all_blocks("sh"))
def test_commands_and_their_options_exist(guide: str, text: str) -> None:
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if not words or words[0] != "taskguard":
            continue
        assert words[1] in commands(), line
        door = import_module(f"taskguard.cli.{words[1]}_command")
        known = {name for option in door.usage().options for name in option.names}
        assert {word.partition("=")[0] for word in words[2:] if word.startswith("-") and word != "-"} <= known, line


@pytest.mark.parametrize("kind", [Project, Module, Task, Known, Change], ids=lambda kind: kind.__name__)
def test_what_the_guide_says_a_checker_can_ask_is_there(kind: type, repository: Path) -> None:
    guide = (repository / "docs" / "guides" / "own-checker.md").read_text("utf-8")
    name = "Value" if kind is Known else kind.__name__
    rows = [
        line
        for line in guide.splitlines()
        if line.startswith("| ") and f"`{name}`" in line.split("|")[1 if kind is not Change else 2]
    ]
    said = "".join(row.partition(f"`{name}`")[2] for row in rows)
    asked = {word.strip(".") for word in re.findall(r"`(\.?[a-z_]+)(?:\([a-z]+\))?`", said)} - {"taskguard"}
    assert asked and not {word for word in asked if word not in instance_names(kind)}


def instance_names(kind: type) -> set[str]:
    """What instances have: the class's names, and what `__init__` sets."""
    return {*dir(kind), *re.findall(r"self\.([a-z_]+)\b", inspect.getsource(kind))}


def test_the_site_leads_to_every_guide(repository: Path) -> None:
    site = yaml.safe_load((repository / "mkdocs.yml").read_text())
    (guides,) = (one["Guides"] for one in site["nav"] if "Guides" in one)
    assert {path for one in guides for path in one.values()} == {f"guides/{guide.name}" for guide in GUIDES}


def test_links_lead_somewhere(repository: Path) -> None:
    for page in (*GUIDES, repository / "docs" / "index.md", repository / "README.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
