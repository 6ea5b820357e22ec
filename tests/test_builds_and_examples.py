"""Modules that a worker's modules import and that are not there: what may be made by a build, and what an example shows."""

from __future__ import annotations

import pytest

from harness import settings_from
from taskguard.engine.checking import check_project

FILES = {
    "shop/__init__.py": "",
    "shop/models/__init__.py": "",
    "shop/tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef send():\n    from shop.models.{} import Order\n    return Order()\n",
}


def said(last: str, **more: str) -> list[str]:
    files = {**FILES, "shop/tasks.py": FILES["shop/tasks.py"].format(last)}
    report = check_project({**files, **more}, settings_from('packs = ["core"]'))
    return [one.message for one in report.diagnostics if one.code == "TG405"]


GONE = ["there is no module `shop.models.orders`: this import of `Order` fails"]


def test_it_is_gone() -> None:
    assert said("orders") == GONE


@pytest.mark.parametrize("path", ["make.ps1", "tools/copy.bat"])
def test_a_script_for_windows_that_asks_for_the_ending_of_a_file_builds_nothing(path: str) -> None:
    text = "$end = [IO.Path]::GetExtension($name)\n$base = Split-Extension($name)\n# cython\nset PYTHONPATH=.\ncelery\n"
    assert said("orders", **{path: text}) == GONE


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "setup.py",
            "from setuptools import Extension, setup\n\nsetup(parts=[Extension('shop.models.orders', ['o.c'])])\n",
        ),
        ("pyproject.toml", "[build-system]\nrequires = ['cython']\n"),
    ],
)
def test_a_build_may_make_it(path: str, text: str) -> None:
    assert said("orders", **{path: text}) == []


def test_an_example_shows_how_it_is_done() -> None:
    assert said("example") == []
