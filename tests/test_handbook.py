"""The generated documentation is up to date, and the schemas say of real files what the program says."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import jsonschema
import pytest
from markdown_it import MarkdownIt

from taskguard.selection import available
from taskguard.settings.toml import tomllib
from warm import completed as taskguard

SCHEMAS = Path(__file__).parent.parent / "docs" / "schemas"


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_docs_are_up_to_date(repository: Path) -> None:
    done = taskguard("docs", "--check", "docs", cwd=repository)
    assert done.returncode == 0, done.stdout


def test_check_names_what_is_out_of_date_and_what_mends_it(repository: Path, tmp_path: Path) -> None:
    shutil.copytree(repository / "docs", tmp_path / "docs")
    rules = tmp_path / "docs" / "rules"
    (rules / "tg101.md").write_text("by hand")
    (rules / "tg102.md").unlink()
    (rules / "tg999.md").write_text("of a rule that is gone")
    (rules / "notes.md").write_text("not ours")
    done = taskguard("docs", "--check", "docs", cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()) == (
        1,
        [
            "out of date: docs/rules/tg101.md",
            "out of date: docs/rules/tg102.md",
            "out of date: docs/rules/tg999.md",
            "`taskguard docs docs` mends it.",
        ],
    )
    done = taskguard("docs", "docs", cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "removed: docs/rules/tg999.md"
    assert taskguard("docs", "--check", "docs", cwd=tmp_path).returncode == 0
    assert (rules / "notes.md").read_text() == "not ours"


@pytest.mark.parametrize("code", available())
def test_a_page_is_read_as_it_is_meant(code: str, repository: Path) -> None:
    text = (repository / "docs" / "rules" / f"{code.lower()}.md").read_text("utf-8")
    tokens = MarkdownIt().parse(text)
    titles = [tokens[place + 1].content for place, one in enumerate(tokens) if one.type == "heading_open"]
    assert titles[0].startswith(code)
    assert titles[1:4] == ["Why is this bad?", "Example", "Use instead"]
    assert sum(one.type == "fence" for one in tokens) == text.count("\n```") / 2


def test_the_index_leads_to_every_page(repository: Path) -> None:
    folder = repository / "docs" / "rules"
    tokens = MarkdownIt("commonmark").enable("table").parse((folder / "index.md").read_text("utf-8"))
    links = {child.attrs["href"] for one in tokens for child in one.children or () if child.type == "link_open"}
    assert links == {f"{code.lower()}.md" for code in available()}
    assert all((folder / str(link)).is_file() for link in links)


def test_settings_and_packs_of_this_repository_fit_their_schemas(repository: Path, journal: Path) -> None:
    own = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["tool"]["taskguard"]
    sample = tomllib.loads((journal / "taskguard.toml").read_text("utf-8"))
    for settings in (own, sample):
        validator("settings").validate(settings)
    for pack in (repository / "rules").glob("*.toml"):
        validator("pack").validate(tomllib.loads(pack.read_text("utf-8")))


@pytest.mark.parametrize(
    ("toml", "fits"),
    [
        ("select = ['TG1']\nlevels = { TG101 = 'off', TG2 = 'warn', TG = 'error' }", True),
        ("options.TG101 = { max-lines = 300, count = 'code' }", True),
        ("tasks.allowed.queue = ['a', { name = 'django.conf.settings.MAIL' }]", True),
        ("[[overrides]]\nfiles = 'tests/**'\nlevels = { TG2 = 'off' }", True),
        ("levels = { TG101 = 'on' }", False),
        ("levels = { TG999 = 'off' }", False),
        ("options.TG101 = { max-line = 300 }", False),
        ("options.TG101 = { max-lines = 'many' }", False),
        ("pack = ['core']", False),
        ("[[overrides]]\nlevels = { TG2 = 'off' }", False),
    ],
)
def test_the_settings_schema_and_the_program_agree(toml: str, fits: bool, tmp_path: Path) -> None:
    assert validator("settings").is_valid(tomllib.loads(toml)) is fits
    (tmp_path / "taskguard.toml").write_text(toml)
    assert (taskguard("check", "--exit-zero", "-q", cwd=tmp_path).returncode == 0) is fits


def test_the_baseline_fits_its_schema(journal: Path, tmp_path: Path) -> None:
    project = tmp_path / "journal"
    shutil.copytree(journal, project)
    assert taskguard("baseline", cwd=project).returncode == 0
    written = json.loads((project / "taskguard-baseline.json").read_text())
    validator("baseline").validate(written)
    assert {"measure"} <= {key for one in written["entries"] for key in one}
    written["entries"][0]["line"] = 3
    assert not validator("baseline").is_valid(written)


def test_the_output_of_check_fits_its_schema(journal: Path, tmp_path: Path) -> None:
    copy = tmp_path / "journal"
    shutil.copytree(journal, copy)
    (copy / "broken.py").write_text("from celery import shared_task\n\n@shared_task(**open)\ndef f(:\n")
    if os.name == "posix" and sys.platform != "darwin":
        Path(os.fsdecode(os.fsencode(copy) + b"/\xe9.py")).write_text("x = 1\n" * 700)
    done = taskguard("check", "--output-format=json", "--show-undecided", cwd=copy)
    made = json.loads(done.stdout)
    assert made["diagnostics"]
    validator("check").validate(made)
    validator("check").validate(json.loads(taskguard("check", "--output-format=json", cwd=copy).stdout))
