"""Settings files that tests write, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from taskguard.errors import UserError
from taskguard.selection import option_types
from taskguard.settings.load import load
from taskguard.settings.model import CommandLine, Settings


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def settings_of(folder: Path, text: str, cli: CommandLine | None = None, name: str = "taskguard.toml") -> Settings:
    write(folder, {name: text})
    return load(str(folder / name), str(folder), cli or CommandLine(), option_types)


def mistakes(folder: Path, text: str, name: str = "taskguard.toml", cli: CommandLine | None = None) -> list[str]:
    """`line: key: message` of every mistake."""
    with pytest.raises(UserError) as caught:
        settings_of(folder, text, cli, name)
    return [f"{one.line}: {one.key}: {one.message}" for one in caught.value.problems]


def about_settings(stderr: str) -> list[str]:
    """What a command said of settings on standard error, without the line that names the page of the key."""
    lines = [line.removeprefix("taskguard: ") for line in stderr.splitlines()]
    return [line for line in lines if " explains the key" not in line]
