"""What an editor shows: python-lsp-server with its flake8 plugin, over the real protocol."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from language_server import Said, Server, codes

pytest.importorskip("pylsp")

JOURNAL = Path(__file__).parent.parent / "examples" / "journal"
FACADE = "background_tasks/journal_wellness_tasks.py"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a copy of the sample project."""
    folder = tmp_path_factory.mktemp("editor").resolve() / "journal"
    shutil.copytree(JOURNAL, folder)
    made = Server(folder)
    try:
        yield made
    finally:
        made.close()


def test_a_finding_goes_as_soon_as_the_text_is_right_and_comes_back(server: Server) -> None:
    before = (server.folder / FACADE).read_text()
    server.open(FACADE, before)
    assert lost(server.shown(FACADE, lost)) >= {"pause_reminders"}
    server.change(FACADE, before + "\nfrom background_tasks.journal_wellness.reminders import pause_reminders\n")
    after = server.shown(FACADE, lambda found: "pause_reminders" not in lost(found))
    assert "TG403" in codes(after)
    server.change(FACADE, before)
    assert "pause_reminders" in lost(server.shown(FACADE, lambda found: "pause_reminders" in lost(found)))


def lost(found: Said) -> set[str]:
    """The symbols that TG401 says the facade has lost."""
    return {message.split("`")[1] for code, _, message in found if code == "TG401"}


def test_a_new_import_is_judged_by_the_files_that_are_not_open(server: Server) -> None:
    view = "apps/journal/views.py"
    text = (server.folder / view).read_text()
    server.open(view, text)
    assert not missing(server.shown(view))
    server.change(view, text + "\nfrom background_tasks.journal_wellness.mood import flag_mood\n")
    found = server.shown(view, missing)
    assert [(line, "flag_mood" in message) for code, line, message in found if code == "TG405"] == [
        (text.count("\n") + 2, True)
    ]
    server.change(view, text)
    server.shown(view, lambda found: not missing(found))


def test_text_that_does_not_parse_takes_nothing_down(server: Server) -> None:
    path = "background_tasks/report_tasks.py"
    text = (server.folder / path).read_text()
    server.open(path, text)
    before = server.shown(path)
    server.change(path, text + "\ndef (:\n")
    server.shown(path, lambda found: not found)
    server.change(path, text)
    assert server.shown(path, lambda found: found == before) == before


def test_saving_another_file_counts(server: Server) -> None:
    source = "background_tasks/journal_wellness/mood.py"
    text = (server.folder / source).read_text()
    view = "apps/wellness/services.py"
    body = (server.folder / view).read_text() + "\nfrom background_tasks.journal_wellness.mood import flag_mood\n"
    server.open(view, body)
    server.shown(view, lambda found: "flag_mood" in missing(found))
    server.open(source, text)
    server.save(source, text + "\n\ndef flag_mood():\n    return None\n")
    server.change(view, body + "\n")
    assert missing(server.shown(view, lambda found: "flag_mood" not in missing(found))) == {"pause_reminders"}


def missing(found: Said) -> set[str]:
    """The names that TG405 says the imported module has not."""
    return {message.split("`")[3] for code, _, message in found if code == "TG405"}


def test_wrong_settings_are_shown_until_they_are_mended(server: Server) -> None:
    path = "apps/journal/views.py"
    text = (server.folder / path).read_text()
    settings = server.folder / "taskguard.toml"
    before = settings.read_text()
    server.open(path, text)
    assert "TG005" not in codes(server.shown(path))
    settings.write_text(before + "\n[taks]\n")
    server.change(path, text + "\n")
    ((code, line, message),) = server.shown(path, lambda found: "TG005" in codes(found))
    assert (code, line) == ("TG005", 1)
    assert re.search(r"taskguard\.toml:\d+: taks: unknown key; did you mean `tasks`\?", message)
    settings.write_text(before)
    server.change(path, text)
    server.shown(path, lambda found: "TG005" not in codes(found))
