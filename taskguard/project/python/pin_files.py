"""The files that may say which version of Celery a project runs."""

from __future__ import annotations

# Lock files say it exactly, so they come first.
PIN_FILES = (
    "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "requirements.txt", "requirements/base.txt", "requirements/common.txt",
    "requirements/default.txt", "requirements/prod.txt", "requirements/production.txt", "requirements/deploy.txt", "requirements/requirements.txt",
    "requirements/main.txt", "requirements.in", "requirements/base.in", "pyproject.toml", "setup.cfg", "Pipfile", "setup.py",
)  # fmt: skip
