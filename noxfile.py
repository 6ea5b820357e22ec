"""Sessions for every supported Python, for the lowest dependencies that are allowed, and for a bare install."""

from __future__ import annotations

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
CELERIES = ["5.3", "5.4", "5.5", "5.6", "5.7"]
# The least share of lines and branches that tests have to run, in percent: what is reached. 95 is wanted of each.
GATES = {"facts": 94, "checkers": 97, "project": 94}
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
def coverage(session: nox.Session) -> None:
    """Branch coverage by the whole test suite, and the share of branches below which facts, rules and rooms must not fall; `nox -s coverage -- tests/test_values.py` for some."""
    session.install("-e", ".[test]", "coverage>=7.10.6")
    session.run("coverage", "erase")
    # These measure what a process loads, or how long it takes, which the measuring of coverage changes.
    left_out = ("--ignore=tests/test_startup.py", "--ignore=tests/test_benchmarks.py")
    session.run("coverage", "run", "-m", "pytest", "-q", *left_out, *session.posargs, success_codes=[0, 1])
    session.run("coverage", "combine", "-q")
    session.run("coverage", "report", "--format=total")
    for room, least in GATES.items():
        session.run("coverage", "report", f"--include=taskguard/{room}/*", f"--fail-under={least}")


@nox.session
def corpus(session: nox.Session) -> None:
    """The committed counts, compared with what is said of 30 real projects: those whose turn it is today, or `nox -s corpus -- PLACES` that lie here."""
    session.install("-e", ".")
    session.run("python", "-m", "corpus", "count", "--check", *(session.posargs or ("--fetch", "30")))


@nox.session
def mutation(session: nox.Session) -> None:
    """Mutants of the rooms, shown to the tests of their own room; `nox -s mutation -- --rooms tasks --number 40` for more of one."""
    session.install("-e", ".[test]", "cosmic-ray>=8.4")
    session.run("python", "-m", "mutation", *session.posargs)


@nox.session
def properties(session: nox.Session) -> None:
    """Fifty times as many generated inputs as the test suite tries, and others each time; all of a list where the suite tries some."""
    session.install("-e", ".[test]")
    names = ("byte_search", "doors_and_settings", "properties", "split_properties", "totality")
    files = [f"tests/test_{name}.py" for name in names]
    session.run("pytest", "-q", *files, *session.posargs, env={"TASKGUARD_EXAMPLES": "50"})


@nox.session
@nox.parametrize("celery", CELERIES)
def celery_facts(session: nox.Session, celery: str) -> None:
    """What the rules say of Celery, run with each version that we speak of; the last one writes `docs/celery-facts.md`."""
    session.install("-e", ".[test]", f"celery=={celery}.*")
    session.run("pytest", "-q", "tests/celery_facts", *session.posargs)
    kept = "build/celery_facts"
    session.run("python", "-m", "celery_facts.table", "save", f"{kept}/{celery}.json", env={"PYTHONPATH": "tests"})
    if celery == CELERIES[-1]:
        files = [f"{kept}/{one}.json" for one in CELERIES]
        session.run(
            "python", "-m", "celery_facts.table", "write", "docs/celery-facts.md", *files, env={"PYTHONPATH": "tests"}
        )


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
