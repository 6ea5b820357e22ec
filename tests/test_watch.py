"""`--watch` in a process of its own, with files that are really edited."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from test_cli import taskguard
from test_options import UNNAMED

watched = pytest.mark.skipif(find_spec("watchfiles") is None, reason="watchfiles, an extra, is not installed here")
READY = "watching for changes"


class Watching:
    """A process that watches a folder; what it says is read as it comes."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "taskguard", "check", "--watch", "--output-format=concise", *words],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.said = ""
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *failure: object) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def until(self, checks: int) -> str:
        """What was said when so many checks are done."""
        last = time.monotonic() + 60
        while self.said.count(READY) < checks and time.monotonic() < last and self.process.poll() is None:
            time.sleep(0.02)
        assert self.said.count(READY) >= checks, self.said
        return self.said.split(READY)[checks - 1]


@watched
def test_a_change_is_checked(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "taskguard.toml").write_text('levels = {TG302 = "error"}\n')
    mail = tmp_path / "mail.py"
    mail.write_text(UNNAMED.replace("@shared_task", '@shared_task(name="send")'))
    with Watching(tmp_path) as watching:
        assert "All checks passed!" in watching.until(1)
        mail.write_text(UNNAMED)
        second = watching.until(2)
        assert "changed: mail.py" in second and "mail.py:4:2: TG302" in second
        (tmp_path / "notes.txt").write_text("nothing that matters")
        (tmp_path / "taskguard.toml").write_text("levels = {TG302 = 3}\n")
        third = watching.until(3)
        assert "changed: taskguard.toml" in third and "error: taskguard.toml:1" in third
        (tmp_path / "taskguard.toml").write_text('levels = {TG302 = "off"}\n')
        assert "All checks passed!" in watching.until(4)
        watching.process.send_signal(signal.SIGINT)
        assert watching.process.wait(20) == 130


@watched
def test_what_is_fixed_is_not_fixed_again(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "taskguard.toml").write_text('levels = {TG302 = "error"}\n')
    (tmp_path / "mail.py").write_text(UNNAMED)
    with Watching(tmp_path, "--fix") as watching:
        assert "Fixed 1 finding" in watching.until(1)
        assert "All checks passed!" in watching.until(2)
        time.sleep(1)
        assert watching.said.count(READY) == 2


def test_without_watchfiles_it_is_said_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['watchfiles'] = None\nfrom taskguard.cli.main import main\nsys.exit(main(['check', '--watch']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env={**os.environ}
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'celery-taskguard[watch]'" in done.stderr


@pytest.mark.parametrize(
    "words", ["--watch --diff", "--watch --show-files", "--watch --hook", "- --watch --stdin-filename=a.py"]
)
def test_what_cannot_be_watched_is_exit_2(tmp_path: Path, words: str) -> None:
    done = taskguard("check", *words.split(), cwd=tmp_path)
    assert done.returncode == 2 and "--watch" in done.stderr
