"""The version, which stands nowhere else."""

from __future__ import annotations

__version__ = "0.1.0"
