"""Settings files, packs and the command line to one frozen `Settings` for each folder."""

from __future__ import annotations
