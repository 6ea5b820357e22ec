"""A linter for Celery projects.

`check_project(files, settings)` is the whole linter as one pure call: paths and texts in, a `Report` of `Diagnostic`s out.
"""

from __future__ import annotations

__all__ = ["Diagnostic", "Report", "Settings", "__version__", "check_project"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.diagnostics import Diagnostic, Report
    from taskguard.engine import check_project
    from taskguard.settings.model import Settings
    from taskguard.version import __version__

_HOMES = {
    "Diagnostic": "taskguard.diagnostics",
    "Report": "taskguard.diagnostics",
    "Settings": "taskguard.settings.model",
    "__version__": "taskguard.version",
    "check_project": "taskguard.engine",
}


def __getattr__(name: str) -> object:
    """Imports a public name when it is asked for: the command line needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
