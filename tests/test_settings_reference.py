"""The reference of the settings: one description for each key, shown by the page, the schemas, the command and errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from taskguard.handbook.keys import Key, keys, option_keys
from taskguard.selection import option_types
from taskguard.settings.load import load
from taskguard.settings.model import CommandLine
from taskguard.settings.toml import parse
from test_cli import taskguard

ALL = {**keys(), **option_keys()}


@pytest.mark.parametrize("key", ALL.values(), ids=lambda key: key.path)
def test_a_key_has_all_that_its_reader_wants(repository: Path, key: Key) -> None:
    assert key.about and key.about[0] in "`ABCDEFGHIJKLMNOPQRSTUVWXYZ" and key.kind and key.default
    page = (repository / "docs" / "settings.md").read_text()
    assert f"`{key.path}`" in page
    if not key.path.startswith("options."):
        assert f"\n## `{key.path}`\n\n{key.about}" in page and key.example in page


@pytest.mark.parametrize("key", ALL.values(), ids=lambda key: key.path)
def test_its_example_is_accepted(tmp_path: Path, key: Key) -> None:
    """What needs an installed package is not: an example of that is only read."""
    told: Any = parse(key.example)
    for part in key.path.split(".") if not key.path.startswith("options.") else ():
        told = (told[0] if isinstance(told, list) else told)[part]
    if key.path == "checkers":
        return
    for folder in ("backend", "src", "services/mail"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "our-rules.toml").write_text(key.example if not key.settings else "")
    (tmp_path / "taskguard.toml").write_text(key.example if key.settings else 'packs = ["our-rules.toml"]')
    load(str(tmp_path / "taskguard.toml"), str(tmp_path), option_types=option_types)


def test_its_default_is_what_holds_without_settings() -> None:
    settings = load(None, ".", CommandLine(isolated=True))
    defaults = {path: key.default for path, key in ALL.items()}
    assert parse(f"x = {defaults['exclude']}")["x"] == list(settings.exclude)
    assert (defaults["respect-gitignore"], defaults["preview"], defaults["packs"]) == ("true", "false", '["core"]')
    assert (defaults["tasks.queue-in"], defaults["select"], defaults["facades.private"]) == ('"any"', "none", "false")
    assert defaults["overrides.files"] == "none: it is required"


@pytest.mark.parametrize("name", ["settings", "pack"])
def test_the_schemas_describe_every_key(repository: Path, name: str) -> None:
    schema = json.loads((repository / "docs" / "schemas" / f"{name}.schema.json").read_text())
    assert [path for path, about in described(schema) if not about] == []


def described(schema: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every property of a schema, with what is said of it."""
    if isinstance(schema, dict):
        for key, one in (schema.get("properties") or {}).items():
            yield f"{path}.{key}", one.get("description", "")
        for key, one in schema.items():
            yield from described(one, f"{path}.{key}")


def test_the_command_explains_a_key_and_says_what_is_in_force(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "taskguard.toml").write_text('levels = {TG104 = "error"}\n[tasks]\nrequire = ["queue"]\n')
    said = taskguard("settings", "tasks.require", cwd=tmp_path).stdout
    assert said.startswith(f"tasks.require\n\n{ALL['tasks.require'].about}\n")
    assert 'Here:     ["queue"]  # taskguard.toml:3\n' in said and "docs/settings.md#tasksrequire" in said
    assert 'TG104 = "error"  # taskguard.toml:1' in taskguard("settings", "levels", cwd=tmp_path).stdout
    said = taskguard("settings", "options.TG101.max-lines", "--config=options.TG101.max-lines=7", cwd=tmp_path).stdout
    assert "Default:  600\n" in said and "Here:     7  # --config" in said


def test_a_key_is_meant_before_a_folder_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    assert taskguard("settings", "src", cwd=tmp_path).stdout.startswith("src\n\n")
    assert "packs = " in taskguard("settings", "./src", cwd=tmp_path).stdout


def test_all_keys_are_listed(tmp_path: Path) -> None:
    lines = taskguard("settings", "--keys", cwd=tmp_path).stdout.splitlines()
    assert [line.split()[0] for line in lines] == [*ALL]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("levels = {TG999 = 'off'}", "`taskguard settings levels` explains the key, or docs/settings.md#levels"),
        ("tasks.require = 3", "`taskguard settings tasks.require`"),
        ("[[overrides]]\nfiles = 3", "docs/settings.md#overridesfiles"),
        ("options.TG101.max-lines = 'x'", "`taskguard settings options.TG101.max-lines` explains the key\n"),
        ("xyz = 1", "`taskguard settings --keys` lists all keys"),
    ],
)
def test_errors_say_where_the_key_is_explained(tmp_path: Path, text: str, hint: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "taskguard.toml").write_text(text)
    for command in ("check", "settings", "rules"):
        done = taskguard(command, cwd=tmp_path)
        assert done.returncode == 2 and hint in done.stderr


def test_errors_about_no_key_say_nothing_of_keys(tmp_path: Path) -> None:
    for words in (("--select=TG999",), ("nowhere.py",), ("--config=nope.toml",)):
        assert "explain" not in taskguard("check", *words, cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("tasks.requir", "did you mean tasks.require?"),
        ("queue-in", "did you mean tasks.queue-in?"),
        ("max-lines", "options.TG101.max-lines"),
        ("zzzz", "--keys lists all keys"),
        ("nowhere/a.py", "there is no nowhere/a.py"),
        ("--keys src", "--keys goes alone"),
    ],
)
def test_what_is_no_key_is_exit_2(tmp_path: Path, words: str, hint: str) -> None:
    done = taskguard("settings", *words.split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "") and hint in done.stderr


def test_a_page_that_is_out_of_date_is_found(tmp_path: Path) -> None:
    taskguard("docs", "docs", cwd=tmp_path)
    page = tmp_path / "docs" / "settings.md"
    page.write_text(page.read_text().replace("Default: `true`", "Default: `false`"))
    done = taskguard("docs", "--check", "docs", cwd=tmp_path)
    assert (done.returncode, "out of date: docs/settings.md" in done.stdout) == (1, True)
