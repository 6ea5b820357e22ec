"""Which Python a project runs on, by what its files say: a patch of a hidden submodule fails before 3.11 only."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakery import Repository

FILES = {
    "shop/__init__.py": "from .send import send\n",
    "shop/send.py": "def post(): ...\n\n\ndef send():\n    post()\n",
    "tests/test_send.py": 'from unittest.mock import patch\n\n\n@patch("shop.send.post")\ndef test_it(post): ...\n',
}
PROJECT, POETRY = "[project]\nrequires-python = '{}'\n", "[tool.poetry.dependencies]\npython = '{}'\n"


@pytest.mark.parametrize(
    ("old", "files"),
    [
        (False, {}),
        (False, {"pyproject.toml": PROJECT.format("==3.12.*")}),
        (False, {"pyproject.toml": PROJECT.format("==3.12.4")}),
        (False, {"pyproject.toml": PROJECT.format("~=3.11")}),
        (False, {"pyproject.toml": PROJECT.format(">=3.12,<4.0")}),
        (False, {"pyproject.toml": PROJECT.format("<3.14,>=3.11")}),
        (False, {"pyproject.toml": PROJECT.format("<4.0")}),
        (True, {"pyproject.toml": PROJECT.format(">=3.10")}),
        (True, {"pyproject.toml": PROJECT.format(">=3.8,<3.13")}),
        (True, {"pyproject.toml": PROJECT.format("<3.11")}),
        (False, {"pyproject.toml": POETRY.format("^3.12")}),
        (False, {"pyproject.toml": POETRY.format("3.12.*")}),
        (True, {"pyproject.toml": POETRY.format("^3.9")}),
        (False, {"setup.cfg": "[options]\npython_requires = >=3.11\n"}),
        (True, {"setup.cfg": "[options]\npython_requires = >=3.7\n"}),
        (True, {"setup.py": "setup(classifiers=['Programming Language :: Python :: 3.9'])\n"}),
        (False, {"setup.py": "setup(classifiers=['Programming Language :: Python :: 3.12'])\n"}),
        (False, {"Dockerfile": "FROM python:3.12-slim AS run\n"}),
        (True, {"Dockerfile": "FROM docker.io/library/python:3.9\n"}),
        (True, {"Dockerfile": "ARG PYTHON_VERSION=3.10\nFROM python:${PYTHON_VERSION}\n"}),
        (False, {"Dockerfile": "FROM python:3.12\n", "pyproject.toml": PROJECT.format(">=3.8")}),
        (False, {"Dockerfile": "FROM python:3.9\n", "pyproject.toml": PROJECT.format(">=3.11")}),
        (False, {".python-version": "3.12.1\n"}),
        (True, {".python-version": "3.8\n"}),
        (False, {"runtime.txt": "python-3.12.3\n"}),
        (True, {"runtime.txt": "python-3.6.15\n"}),
        (True, {"Pipfile": "[requires]\npython_version = '3.8'\n"}),
        (True, {"tox.ini": "[tox]\nenvlist = py{38,312}-dj42\n"}),
        (False, {"tox.ini": "[tox]\nenvlist = py311, py312\n"}),
        (True, {".github/workflows/ci.yml": "matrix:\n  python-version: ['3.12', '3.9']\n"}),
        (True, {".github/workflows/ci.yml": "matrix:\n  python-version:\n    - '3.12'\n    - '3.9'\n"}),
        (False, {".github/workflows/ci.yml": "with:\n  python-version: 3.12\n", "pyproject.toml": PROJECT.format(">=3.9")}),
        (False, {"README.md": "Runs with python3.9 and later.\n"}),
    ],
)  # fmt: skip
def test_a_patch_of_a_hidden_submodule_fails_where_an_old_python_runs(
    tmp_path: Path, old: bool, files: dict[str, str]
) -> None:
    for path, text in {**FILES, **files}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert ("TG406" in Repository(tmp_path).guard("check", "--select=TG406")[1]) == old
