"""What every test may use."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No test fails because a machine is busy.
settings.register_profile("unhurried", deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("unhurried")

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parent.parent))  # benchmarks/, corpus/ and fuzz/ are not installed


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests keep between runs does not lie among what the user's own runs keep."""
    os.environ["TASKGUARD_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    yield
    del os.environ["TASKGUARD_CACHE_DIR"]


@pytest.fixture(scope="session", autouse=True)
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where a machine keeps no bytecode, a folder of the tests' own has it: a thousand of them start the command, which would be compiled as often."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = str(tmp_path_factory.mktemp("bytecode"))


@pytest.fixture(scope="session", autouse=True)
def interrupts() -> None:
    """A process that a test interrupts can be interrupted: a shell that starts tests in the background has them ignore that, and what they start, too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of this checkout."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def journal(repository: Path) -> Path:
    """The sample project of the README."""
    return repository / "examples" / "journal"
