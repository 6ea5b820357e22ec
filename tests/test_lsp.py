"""What an editor shows: python-lsp-server with its flake8 plugin, over the real protocol."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import Any

import pytest

pytest.importorskip("pylsp")

JOURNAL = Path(__file__).parent.parent / "examples" / "journal"
FACADE = "background_tasks/journal_wellness_tasks.py"
SECONDS = 60
Said = set[tuple[str, int, str]]


class Server:
    """A language server as an editor runs it; what it publishes is kept in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        scripts = os.path.dirname(sys.executable)
        environment = {**os.environ, "PATH": scripts + os.pathsep + os.environ.get("PATH", "")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pylsp"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.received: Queue[dict[str, Any]] = Queue()
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()
        self.versions: dict[str, int] = {}
        self.numbers = iter(range(1, 1_000))
        self.ask("initialize", {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": {}})
        self.tell("initialized", {})
        quiet = {name: {"enabled": False} for name in ("pycodestyle", "pyflakes", "mccabe", "pylint", "pydocstyle")}
        self.tell(
            "workspace/didChangeConfiguration",
            {"settings": {"pylsp": {"plugins": {"flake8": {"enabled": True}, **quiet}}}},
        )

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                header = stream.readline()
            self.received.put(json.loads(stream.read(length)))

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def tell(self, method: str, params: dict[str, Any]) -> None:
        self._write({"method": method, "params": params})

    def ask(self, method: str, params: dict[str, Any] | None) -> None:
        number = next(self.numbers)
        self._write({"id": number, "method": method, "params": params})
        self._until(lambda message: message.get("id") == number and "method" not in message)

    def _until(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        end = monotonic() + SECONDS
        while True:
            try:
                message = self.received.get(timeout=max(end - monotonic(), 0.01))
            except Empty:
                raise AssertionError("the language server did not say what was expected of it") from None
            if fits(message):
                return message

    def uri(self, path: str) -> str:
        return (self.folder / path).as_uri()

    def open(self, path: str, text: str) -> None:
        self.versions[path] = 1
        item = {"uri": self.uri(path), "languageId": "python", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})

    def change(self, path: str, text: str) -> None:
        self.versions[path] += 1
        document = {"uri": self.uri(path), "version": self.versions[path]}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def save(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)
        self.tell("textDocument/didSave", {"textDocument": {"uri": self.uri(path)}})

    def shown(self, path: str, fits: Callable[[Said], object] = lambda said: True) -> Said:
        """Code, line and message of the diagnostics of a document, as soon as they fit."""

        def there(message: dict[str, Any]) -> bool:
            return (
                message.get("method") == "textDocument/publishDiagnostics"
                and message["params"]["uri"] == self.uri(path)
                and fits(said(message))
            )

        return said(self._until(there))

    def close(self) -> None:
        self.ask("shutdown", None)
        self.tell("exit", {})
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.wait(SECONDS)
        self.reader.join(SECONDS)
        self.process.stdin.close()
        self.process.stdout.close()


def said(message: dict[str, Any]) -> Said:
    found = message["params"]["diagnostics"]
    return {
        (one["code"], one["range"]["start"]["line"] + 1, one["message"])
        for one in found
        if one["code"].startswith("TG")
    }


def codes(found: Said) -> set[str]:
    return {code for code, _, _ in found}


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
