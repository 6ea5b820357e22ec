"""What a file that cannot be decoded has the rules about a project withhold."""

from __future__ import annotations

from pathlib import Path

import pytest

from warm import completed


@pytest.mark.parametrize(
    ("text", "told"),
    [(b'"\xd7\xca"', True), (b'"\xd7\xca refresh"', False), (b"# \xd7\xca refresh", True)],
)
def test_a_file_that_cannot_be_decoded_withholds_what_it_names_and_nothing_else(
    tmp_path: Path, text: bytes, told: bool
) -> None:
    plan = 'app.conf.beat_schedule = {"r": {"task": "refresh", "schedule": 60.0}, "s": {"task": "send", "schedule": 60.0}}\n'
    tasks = 'from celery import Celery\n\napp = Celery("shop")\n\n\n@app.task(name="send")\ndef send(): ...\n\n\n@app.task(name="refreshed")\ndef refreshed(): ...\n\n\n'
    (tmp_path / "tasks.py").write_text(tasks + plan)
    (tmp_path / "odd.py").write_bytes(text + b"\nfrom tasks import app\n")
    said = completed("check", "--select", "TG303", "--no-cache", cwd=tmp_path)
    assert ("TG303" in said.stdout) is told, said.stdout
