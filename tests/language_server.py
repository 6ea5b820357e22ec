"""python-lsp-server with its flake8 plug-in, as an editor runs it, over the real protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

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

    def next_shown(self) -> tuple[str, Said]:
        """The next document that gets diagnostics, and all of these, whichever plug-in they are from."""
        message = self._until(lambda one: bool(published(one)))
        path = os.path.relpath(url2pathname(urlparse(message["params"]["uri"]).path), self.folder)
        return path.replace(os.sep, "/"), {coded(one) for one in published(message)}

    def close(self) -> None:
        self.ask("shutdown", None)
        self.tell("exit", {})
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.wait(SECONDS)
        self.reader.join(SECONDS)
        self.process.stdin.close()
        self.process.stdout.close()


def published(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The diagnostics that a message publishes."""
    published: list[dict[str, Any]] = []
    if message.get("method") == "textDocument/publishDiagnostics":
        published = message["params"]["diagnostics"]
    return published


def coded(one: dict[str, Any]) -> tuple[str, int, str]:
    """Code, line and message of a diagnostic."""
    return one["code"], one["range"]["start"]["line"] + 1, one["message"]


def said(message: dict[str, Any]) -> Said:
    """What a message publishes of ours."""
    return {coded(one) for one in published(message) if one["code"].startswith("TG")}


def codes(found: Said) -> set[str]:
    return {code for code, _, _ in found}
