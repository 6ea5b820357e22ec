"""Which files are there to test or to show something, by their paths: no worker runs them as a whole."""

from __future__ import annotations

import re

from taskguard.patterns import regex

TEST_WORDS = frozenset("test tests testing fixtures testdata".split())
SHOWN_FOLDERS = TEST_WORDS | frozenset("t examples example docs doc benchmarks benchmark samples demo demos".split())

# No import can spell such a folder: `old-setup/`, `worker-backup/`. What is called `backup-gateway`, `data-archive` or `db-backup` or `backup-worker` may be a
# service that makes backups: those words count beside a date or a word for code alone.
_CODE = "src|source|code|old"
_OF_CODE = "backend|frontend|app|api|worker|celery"
_PUT_ASIDE = regex(
    r"(?:^|/)(?:(?:old|bak|archived|deprecated|obsolete|unused)-[^/]*|[^/]*-(?:old|bak|archived|deprecated|obsolete|unused)"
    rf"|(?:backup|archive)-(?:\d[^/]*|{_CODE})|(?:[^/]*[-_])?(?:{_CODE}|{_OF_CODE}|\d+)-(?:backup|archive)"
    r"|(?:[^/]*[-_ ])?(?:19|20)\d\d-\d\d-\d\d(?:[-_ T][^/]*)?)/"
)
_COPY = regex(
    r" (?:copy|kopie|copie|copia)(?: ?\d+)?\.py$| \(\d+\)\.py$| \d\.py$| - (?:copy|kopie|copie|copia)\b", re.I
)
_DEMO = regex(r"^(?:demo|example)s?(?:_\w+)?\.|_(?:demo|example)s?\.")


def in_tests(path: str) -> bool:
    """Whether a file is part of tests, examples or documentation, or of what somebody has put aside in a folder that no import can spell."""
    folders, last = _parts(path)
    return (
        _test_name(last)
        or (last == "test.py" and bool(folders))
        or not SHOWN_FOLDERS.isdisjoint(folders)
        or _DEMO.search(last) is not None
        or in_put_aside(path)
    )


def in_put_aside(path: str) -> bool:
    """Whether a file lies in a folder for what somebody has put aside, or is a copy as a file manager names it (`tasks copy.py`): no import can spell them."""
    return ("-" in path and _PUT_ASIDE.search(path) is not None) or (" " in path and _COPY.search(path) is not None)


# What a worker is tried out with: `debug_task`, `test_connection`. A `ping` may well be the house's business.
_TRIAL = frozenset("debug demo dummy hello smoke".split())


# What asks a worker for its health, and nobody else: `health_check`, `celery_healthcheck`, not `check_disk_health`.
_HEALTH = frozenset(("health", "healthcheck", "check"))
_OF_WORKER = frozenset("celery worker app task queue beat".split())

# The tasks of Celery's own guide, with their numbers of parameters.
_SHOWN = {"add": 2, "mul": 2, "xsum": 1}


def is_trial(path: str, function: str, params: tuple[str, ...] | None = None) -> bool:
    """Whether a function is there to see that the worker answers, by its name or that of its file.

    `add(x, y)`, `mul(x, y)` and `xsum(numbers)` are the tasks of Celery's own guide.
    """
    words = function.lower().strip("_").split("_")
    rest = frozenset(words) - _OF_WORKER
    if rest and rest <= _HEALTH and rest != {"check"}:
        return True
    if params is not None and _SHOWN.get(function) == len(params):
        return True
    stem = path.rpartition("/")[2].removesuffix(".py").lower().split("_")
    return not _TRIAL.isdisjoint(words + stem) or "test" in (words[0], words[-1])


# The words of such names, wherever they stand: a house may mean something else by them, but nobody can tell.
_TRIAL_WORDS = _TRIAL | frozenset("sample test tests testing".split())


def may_be_trial(function: str) -> bool:
    """Whether a word of a function's name says that it may be there to try something out: `async_test_mail`."""
    return not _TRIAL_WORDS.isdisjoint(function.lower().split("_"))


def in_test_path(path: str) -> bool:
    """Whether a file is part of the tests."""
    folders, last = _parts(path)
    return _test_name(last) or not TEST_WORDS.isdisjoint(folders)


# Settings of a deployment that runs the tests: `settings/test.py`, `config/testing.py`, `settings_test.py`.
_TEST_SETTINGS = regex(
    r"(?:^|/)(?:(?:settings?|configs?|conf|envs?|environments?)/tests?(?:ing)?|\w*settings_?(?:for_)?tests?(?:ing)?|tests?settings)\.py\Z"
)


def for_tests(path: str) -> bool:
    """Whether an app that is made in a file is there for tests alone, or to show something."""
    return in_tests(path) or in_test_settings(path)


def in_test_settings(path: str) -> bool:
    """Whether a file belongs to the tests of a project, or holds the settings for them."""
    return in_test_path(path) or _TEST_SETTINGS.search(path) is not None


# The word for the machine of whoever writes the code in the names of settings, and those for the machines that serve.
_OF_DEVELOPERS = regex(r"(?i)(?<![a-z])(?:dev|development|develop|local|localhost)(?![a-z])")
_SERVING = ("production", "prod", "staging", "live")


def serving_beside(path: str) -> tuple[str, ...]:
    """What the settings of the machines that serve would be called, where a file is named as those of a developer: `settings/production.py` for `settings/dev.py`."""
    folder, _, last = path.rpartition("/")
    stem = last.removesuffix(".py")
    found = _OF_DEVELOPERS.search(stem.replace("_", " "))
    if found is None:
        return ()
    start, end = found.span()
    return tuple(f"{folder}/{stem[:start]}{word}{stem[end:]}.py".lstrip("/") for word in _SERVING)


def hidden(path: str) -> bool:
    """Whether a file lies in a hidden folder (`.github`, `.semgrep`): no import can name it from outside, and no worker loads it."""
    return path.startswith(".") or "/." in path


def _parts(path: str) -> tuple[list[str], str]:
    folders = path.split("/")
    return folders, folders.pop()


def _test_name(name: str) -> bool:
    return name.startswith(("test_", "conftest.")) or name == "tests.py"
