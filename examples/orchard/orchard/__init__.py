"""A fruit cooperative."""

from .app import app

__all__ = ["app"]
