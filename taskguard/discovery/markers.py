"""The files that are no Python and say how the project's Python is started: settings, packaging, deployment; and baselines."""

from __future__ import annotations

from taskguard.request import BASELINE

SETTINGS = frozenset((".taskguard.toml", "taskguard.toml", "pyproject.toml"))
# "Imports count from this folder", or from one that the file names.
ROOTS = SETTINGS | frozenset(("manage.py", "setup.py", "setup.cfg"))
NAMES = ROOTS | frozenset(
    (BASELINE, ".env", ".gitlab-ci.yml", "Dockerfile", "Makefile", "Procfile", "package.json", "pytest.ini", "tox.ini")
)
ENDINGS = (".env", ".service", ".sh", ".dockerfile", ".Dockerfile")
STARTS = (
    "Dockerfile",
    ".env",
    "Procfile",
    "supervisor",
    "celery",
    "worker",
    "beat",
    "entrypoint",
    "docker-entrypoint",
    "start",
)
CONFIGURED = (".conf", ".ini", ".yml", ".yaml", ".cfg", ".toml")
OTHER = (".py", ".pyi", ".pyc", ".md", ".rst", ".txt", ".html", ".js", ".ts", ".css", ".json", ".svg", ".png", ".po")


def is_marker(name: str) -> bool:
    """Whether a file of this name may say where imports begin, how a worker is started, or what is agreed to."""
    if name in NAMES or name.endswith(ENDINGS):
        return True
    if name.endswith(CONFIGURED):
        return "compose" in name or name.startswith(STARTS)
    return (name.startswith(STARTS) or ".env." in name) and not name.endswith(OTHER)
