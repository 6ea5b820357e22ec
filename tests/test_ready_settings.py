"""What a project without a settings file gets is kept ready beside the pack `core`, and is left aside where it does not fit the pack."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from taskguard.selection import option_types
from taskguard.settings import packs
from taskguard.settings.load import load
from taskguard.settings.ready import PACK, READY, made_ready, ready

RENEW = "the pack has changed: python -m taskguard.settings.ready"


def test_they_are_those_of_the_pack(tmp_path: Path) -> None:
    assert ready() == load(None, str(tmp_path), option_types=option_types), RENEW
    assert (Path(packs.pack_folder()) / READY).read_text("utf-8") == made_ready(load(None, str(tmp_path))), RENEW


@pytest.mark.parametrize("name", [PACK, READY])
def test_what_does_not_fit_is_left_aside(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(packs.pack_folder(), folder)
    monkeypatch.setattr("taskguard.settings.ready.pack_folder", lambda: str(folder))
    assert ready() is not None
    file = folder / name
    file.write_text("# another\n" + file.read_text("utf-8"), "utf-8")
    assert ready() is None
    file.unlink()
    assert ready() is None
