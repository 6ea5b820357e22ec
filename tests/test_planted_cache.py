"""A repository, or another user, may bring state of its own: nobody believes it, and nobody sees a difference but in time."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from random import Random

import pytest

from taskguard.cachefile import CacheFile
from taskguard.engine.cache_folder import cache_path
from taskguard.sealing import Seal
from warm import taskguard

OLD = 1_600_000_000
WRONG = "from celery import shared_task\n\n\n@shared_task(bind=True)\ndef send():\n    return 1\n"
RIGHT = WRONG.replace("bind=True", "name='ab'")
linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only there does XDG_CACHE_HOME say where a user's cache lies"
)


class User:
    """A user with a home of her own, who checks projects."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(exist_ok=True)
        self.cache = home / "cache" / "taskguard"

    def check(self, project: Path, *words: str, **environment: str) -> tuple[int, str]:
        kept = {name: value for name, value in os.environ.items() if name != "TASKGUARD_CACHE_DIR"}
        environment = {**kept, "XDG_CACHE_HOME": str(self.home / "cache"), **environment}
        done = taskguard(project, "check", "--output-format", "concise", *words, environment=environment)
        assert done.code in (0, 1), done.error
        return done.code, done.out.decode()

    def kept(self, project: Path) -> Path:
        """The folder of a project's cache."""
        (folder,) = self.cache.glob(f"{project.name}-*")
        return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    write(root / "tasks.py", WRONG)
    return root


def write(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, (OLD, OLD))


@linux
def test_by_default_nothing_is_written_into_the_checked_tree(project: Path, tmp_path: Path) -> None:
    user = User(tmp_path / "home")
    assert user.check(project)[0] == 1
    assert sorted(path.name for path in project.iterdir()) == [".git", "tasks.py"]
    assert (user.kept(project) / "facts").exists()
    assert (user.cache / "key").stat().st_mode & 0o777 == 0o600


@linux
def test_a_cache_of_a_stranger_hides_nothing(project: Path, tmp_path: Path) -> None:
    """The stranger's taskguard made it of a text without the mistake, and of the same name, size and time."""
    stranger, user = User(tmp_path / "stranger"), User(tmp_path / "home")
    expected = user.check(project)
    assert expected[0] == 1
    shutil.rmtree(user.kept(project))
    write(project / "tasks.py", RIGHT)
    assert stranger.check(project)[0] == 0
    planted = project / "planted"
    shutil.copytree(stranger.cache, planted)
    write(project / "tasks.py", WRONG)
    assert user.check(project, TASKGUARD_CACHE_DIR=str(planted)) == expected
    user.cache.rename(tmp_path / "away")
    user.cache.symlink_to(planted)
    (planted / "key").chmod(0o644)  # as a checkout leaves it
    assert user.check(project) == expected == user.check(project)


@linux
def test_what_was_kept_for_one_project_is_not_read_for_another(project: Path, tmp_path: Path) -> None:
    user = User(tmp_path / "home")
    other = tmp_path / "other" / "project"
    shutil.copytree(project, other)
    write(other / "tasks.py", RIGHT)
    assert user.check(other)[0] == 0
    (others,) = user.cache.glob("project-*")
    assert user.check(project)[0] == 1
    (own,) = (path for path in user.cache.glob("project-*") if path != others)
    for file in others.iterdir():
        shutil.copy(file, own / file.name)
    assert user.check(project)[0] == 1


@linux
@pytest.mark.parametrize("data", [b"", b"short", b"x" * 33])
def test_a_damaged_key_is_made_anew(project: Path, tmp_path: Path, data: bytes) -> None:
    user = User(tmp_path / "home")
    expected = user.check(project)
    (user.cache / "key").write_bytes(data)
    assert user.check(project) == expected
    assert (user.cache / "key").stat().st_size == 32


@linux
def test_without_a_home_nothing_is_kept(project: Path, tmp_path: Path) -> None:
    user = User(tmp_path / "home")
    (user.home / "cache").write_text("in the way\n")
    assert user.check(project)[0] == 1
    assert user.check(project, TASKGUARD_CACHE_DIR=str(tmp_path / "named"))[0] == 1


def test_the_seal_holds_to_key_purpose_and_head() -> None:
    seal = Seal(b"k" * 32, b"facts")
    data = seal.sealed(b"head", b"body")
    assert seal.unsealed(data, b"head") == b"body"
    for other in (Seal(b"l" * 32, b"facts"), Seal(b"k" * 32, b"walk")):
        assert other.unsealed(data, b"head") is None
    assert seal.unsealed(data, b"hea") is None
    assert seal.unsealed(seal.sealed(b"", b"headbody"), b"head") is None


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_damaged_or_forged_is_as_good_as_absent(project: Path, tmp_path: Path, seed: int) -> None:
    """Bits, lengths, numbers far out of range, files of another kind: the same words and the same exit code as without a cache."""
    user = User(tmp_path / "home")
    base = str(tmp_path / "kept")
    write(project / "pyproject.toml", '[tool.taskguard]\nlevels = { TG302 = "warn" }\n')
    expected = user.check(project, "--no-cache")
    assert expected[0] == 1 and "TG302" in expected[1]
    draw = Random(seed)
    for _ in range(5):
        assert user.check(project, TASKGUARD_CACHE_DIR=base) == expected
        files = [path for path in Path(str(cache_path(str(project), base))).iterdir() if path.stat().st_size > 200]
        assert len(files) >= 3
        for path in files:
            path.write_bytes(damaged(path.read_bytes(), [one.read_bytes() for one in files], draw))
        assert user.check(project, TASKGUARD_CACHE_DIR=base) == expected


def damaged(data: bytes, others: list[bytes], draw: Random) -> bytes:
    at = draw.randrange(len(data))
    return draw.choice(
        [
            data[:at],
            data[:at] + bytes([data[at] ^ (1 << draw.randrange(8))]) + data[at + 1 :],
            data[:at] + draw.randbytes(8) + data[at + 8 :],
            data[:at] + b"-999999999" + data[at:],
            data.replace(b"1", b"9" * 5000, 3),
            data.replace(b"error", b"warn ").replace(b"TG206", b"TG999"),
            data + data,
            draw.choice(others),
        ]
    )


def test_a_file_is_written_for_this_user_alone(tmp_path: Path) -> None:
    file = CacheFile(str(tmp_path / "one"), Seal(b"k" * 32, b""))
    (tmp_path / f"one.{os.getpid()}").symlink_to(tmp_path / "elsewhere")
    assert file.write(b"", b"text") and file.read() == b"text"
    assert not (tmp_path / "elsewhere").exists()
    if os.name != "nt":
        assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600
