"""`python -m taskguard`."""

from __future__ import annotations

from taskguard.cli.main import command

command()
