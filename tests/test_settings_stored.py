"""Settings that are kept between runs: the same answer, never a stale one, and no harm from a foreign cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from taskguard.cachefile import CacheFile
from taskguard.errors import UserError
from taskguard.sealing import Seal
from taskguard.settings.cache import dump, load_stored, restore
from taskguard.settings.load import load
from taskguard.settings.model import CommandLine

KEY = b"k" * 32
TEXT = r"""
packs = ["basetask", "own.toml"]
levels.TG301 = "warn"
exclude = ["a", "ü"]
options.TG101 = { a = 1, b = 1.5, c = [true, "x\ny"], d = "\\n\\" }
tasks.allowed.queue = ["a", 3, 1.5, true, { name = "settings.Q" }]
facades = [{ module = "a", sources = ["a.*"], private = true }]
apps = [{ app = "a:app", src = ["."] }]
[[tasks.policy]]
files = ["x/**"]
allowed.priority = [1]
[[overrides]]
files = "tests/**"
levels = { TG2 = "off" }
options.TG101.max-lines = 3
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "taskguard.toml").write_text(TEXT, encoding="utf-8")
    (tmp_path / ".cache").mkdir()
    (tmp_path / "own.toml").write_text('levels.TG302 = "warn"\n', encoding="utf-8")
    return tmp_path


def stored(project: Path, cli: CommandLine | None = None) -> object:
    def kept(kind: str) -> CacheFile:
        return CacheFile(str(project / ".cache" / kind), Seal(KEY, kind.encode()))

    return load_stored(str(project / "taskguard.toml"), str(project), cli or CommandLine(), kept=kept)


def test_what_is_kept_is_what_was_read(project: Path) -> None:
    fresh = load(str(project / "taskguard.toml"), str(project))
    assert restore(dump(fresh)) == fresh
    assert [stored(project), stored(project)] == [fresh, fresh]


def test_a_change_of_the_file_or_of_a_pack_is_seen(project: Path) -> None:
    before = stored(project)
    for name in ("taskguard.toml", "own.toml"):
        path = project / name
        path.write_text(path.read_text(encoding="utf-8").replace('"warn"', '"off" '), encoding="utf-8")
        after = stored(project)
        assert after == load(str(project / "taskguard.toml"), str(project)) != before
        before = after


def test_a_mistake_is_told_each_time(project: Path) -> None:
    stored(project)
    (project / "own.toml").write_text("x = 1\n")
    for _ in range(2):
        with pytest.raises(UserError, match="unknown key"):
            stored(project)


def test_another_command_line_is_another_answer(project: Path) -> None:
    assert (
        stored(project)
        != stored(project, CommandLine(select=("TG1",)))
        != stored(project, CommandLine(ignore=("TG1",)))
    )


def test_a_kept_answer_needs_no_reader_of_settings(project: Path) -> None:
    stored(project)
    program = (
        "import sys; from taskguard.settings.cache import load_stored;"
        "from taskguard.cachefile import CacheFile; from taskguard.sealing import Seal;"
        f"kept = lambda kind: CacheFile({str(project / '.cache')!r} + '/' + kind, Seal({KEY!r}, kind.encode()));"
        f"load_stored({str(project / 'taskguard.toml')!r}, {str(project)!r}, kept=kept);"
        "print(sorted({'re', 'typing', 'msgspec', 'tomllib', 'tomli', 'json'} & set(sys.modules)))"
    )
    here = Path(__file__).parents[1]
    ran = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True, cwd=here)
    assert ran.stdout == "[]\n"


def test_a_damaged_or_foreign_cache_is_as_good_as_none(project: Path) -> None:
    fresh = stored(project)
    (kept,) = (project / ".cache").iterdir()
    whole = kept.read_bytes()
    for damaged in (
        b"",
        b"\n",
        whole[:-9],
        whole.partition(b"\n")[0],
        b"\xff\x00" + whole,
        whole + b"\ni1",
    ):
        kept.write_bytes(damaged)
        assert stored(project) == fresh
    lines = dump(load(str(project / "taskguard.toml"), str(project))).encode().split(b"\n")
    for place in range(0, len(lines), 7):
        for word in (b"i7", b"n", b"(", b")", b"(os", b"bMaybe", b"i" + b"9" * 9999, b""):
            text = b"\n".join([*lines[:place], word, *lines[place + 1 :]]).decode()
            settings = restore(text)
            assert settings is None or isinstance(hash(settings), int)


def test_settings_of_the_wrong_shape_are_refused(project: Path) -> None:
    settings = load(str(project / "taskguard.toml"), str(project))
    for wrong in (
        {"levels": (("TG1",),)},
        {"levels": "TG1"},
        {"overrides": ((),)},
        {"select": (1,)},
        {"house": None},
        {"exclude": (("a",),)},
    ):
        assert restore(dump(settings.replace(**wrong))) is None


def test_a_folder_that_cannot_be_written_is_no_error(project: Path) -> None:
    (project / ".cache").rmdir()
    (project / ".cache").write_text("")
    assert stored(project) == load(str(project / "taskguard.toml"), str(project))
