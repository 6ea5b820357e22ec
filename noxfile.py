"""Sessions for every supported Python, for the lowest dependencies that are allowed, and for a bare install."""

from __future__ import annotations

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
nox.options.sessions = ["tests", "lowest", "bare", "lint"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole test suite."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session(python="3.10")
def lowest(session: nox.Session) -> None:
    """The test suite with the lowest versions that `pyproject.toml` allows."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    session.install("-e", ".[test]", *(name.replace(">=", "==") for name in project["dependencies"]))
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS)
def bare(session: nox.Session) -> None:
    """The main job with nothing but the wheel and what it depends on."""
    session.install(".")
    session.run("taskguard", "check", "examples/journal", "--exit-zero")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Odd inputs for five minutes; `nox -s fuzz -- --minutes 60` for an hour, `-- --help` for what else can be said."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "fuzz", *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """The documentation as a site."""
    session.install("-e", ".[docs]")
    session.run("mkdocs", "build", "--strict")


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types, and the direction of imports."""
    session.install("-e", ".[test]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports")
    session.run("taskguard", "check")
