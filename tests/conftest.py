"""What every test may use."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parent.parent))  # benchmarks/ is not installed


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of this checkout."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def journal(repository: Path) -> Path:
    """The sample project of the README."""
    return repository / "examples" / "journal"
