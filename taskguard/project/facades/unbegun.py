"""Tests that pytest ends before their first line: the `conftest.py` of their folder fails when it is loaded, or there is no fixture of a name for which they ask."""

from __future__ import annotations

from taskguard.facts.model import Call, Ref
from taskguard.facts.questions import holds
from taskguard.patterns import regex
from taskguard.project.facades.heads import load_failure
from taskguard.project.facades.text_questions import ended_functions, names_fixture, pytest_plugins
from taskguard.project.facades.unrun import CONFTEST, functions_at, patched_in
from taskguard.project.python.requirements import requirements
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.facts.model import Expr, Function
    from taskguard.facts.undefined import Ended
    from taskguard.project.python.project import Module, Project

# Files by which pytest takes a folder for the topmost of its tests: it asks no `conftest.py` above.
TOPS = ("pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini")
# Settings by which it asks none, or not all of them.
NO_CONFTEST = ("noconftest", "confcutdir")
# How a project has fixtures that no name in it shows.
PLUGINS = ("pytest_plugins", "pytest11", "pytest_generate_tests")
# Decorators that neither give an argument to a test nor take one from it, but for patches.
PLAIN = regex(r"(?:^|\.)patch(?:\.(?:object|dict|multiple))?$|^(?:pytest\.)?mark\.\w+$")
# Files that say what tests want, beside those of the project itself.
FOR_TESTS = "requirements-test requirements_test requirements-tests requirements-testing test-requirements dev-requirements requirements_dev requirements/test requirements/tests requirements/testing requirements/ci"
# Plugins of pytest that give no fixtures but those of `GIVEN`.
KNOWN = frozenset(
    """
    pytest pytest-asyncio pytest-benchmark pytest-celery pytest-clarity pytest-cov pytest-django pytest-dotenv pytest-env pytest-flake8 pytest-flask pytest-forked
    pytest-freezegun pytest-freezer pytest-github-actions-annotate-failures pytest-html pytest-httpx pytest-instafail pytest-json-report pytest-metadata
    pytest-mock pytest-mypy pytest-order pytest-ordering pytest-profiling pytest-pythonpath pytest-random-order pytest-randomly pytest-repeat
    pytest-rerunfailures pytest-runner pytest-socket pytest-split pytest-sugar pytest-timeout pytest-watch pytest-xdist
    """.split()
)
# Fixtures of pytest, of these plugins, and of libraries that bring some under another name (anyio, faker, requests-mock, respx, pyfakefs, syrupy, Celery…).
GIVEN = regex(
    r"accept_\w+|admin_client|admin_user|anyio_\w+|async_client|async_rf|benchmark\w*|cache|cap(?:fd|fdbinary|log|sys|sysbinary|teesys)|capfire|celery_\w+"
    r"|class_mocker|client|client_class|config|cov|dash_\w+|db|depends_on_current_app|django_\w+|doctest_namespace|event_loop\w*|extras?|fake[rd]?|freezer|fs|fs_\w+"
    r"|free_(?:tcp|udp)_port\w*|httpserver|httpx_mock|include_metadata_in_junit_xml|json_metadata|live_server|mailoutbox|metadata|mocker|module_mocker|monkeypatch"
    r"|no_cover|package_mocker|patching|profile|pytestconfig|pytester|record_\w+|recwarn|repeat|request|request_ctx|requests_mock|respx_\w+|rf|session_mocker|settings"
    r"|snapshot\w*|socket_\w+|subtests|testdir|testrun_uid|time_machine|tmp_path\w*|tmpdir\w*|tp|tp_api|transactional_db|unused_(?:tcp|udp)_port\w*|use_celery_app_trap"
    r"|vcr\w*|worker_id"
)


def never_begun(user: Module, span: Span) -> str:
    """Why nothing in that place of a test file is ever run, though a runner collects the test; empty where it may be."""
    failure = load_failure(user) or _ended_before(user, span)
    test = _test_at(user, span.line) if not failure else None
    if test is None:
        return failure
    for conftest in _conftests(user):
        if failure := load_failure(conftest):
            return f"{conftest.path}, without which no test here is run: {failure}"
    name = next(_missing_fixtures(user, test), "")
    return f"the test asks for a fixture {name}, which nothing defines" if name else ""


def _ended_before(user: Module, span: Span) -> str:
    """What a function asks for above that place, or in it (`patch`), and never gets."""
    start = span.line, span.column
    for one in _ends(user):
        if (one.span.line, one.span.column) <= start <= (one.span.end_line, one.span.end_column):
            return f"the test gets no further than its use of {one.name}, which nothing binds"
    return ""


@query
def _ends(user: Module) -> tuple[Ended, ...]:
    """What functions of a test file ask for in vain, each with how far nothing is run behind it."""
    return ended_functions(user.project, user.path)


def _test_at(user: Module, line: int) -> Function | None:
    """The test around a line that pytest alone runs: a function, or a method of a plain class."""
    test = next((one for one in functions_at(user, line) if one.holder != "function"), None)
    if test is None or not test.name.startswith("test"):
        return None
    if test.holder == "class":
        klass = user.klass(test.qualname.rpartition(".")[0])
        if (
            klass is None
            or klass.bases
            or klass.decorators
            or klass.holder != "module"
            or not klass.name.startswith("Test")
        ):
            return None
    return test


def _conftests(user: Module) -> Iterator[Module]:
    """The files with fixtures that pytest loads before a test file, the nearest first, as far as it surely does so."""
    project = user.project
    if any(holds(project, path, *NO_CONFTEST) for path in sorted(project.markers)):
        return
    folder = user.path
    while folder:
        folder = folder.rpartition("/")[0]
        found = project.modules.get(f"{folder}/{CONFTEST}".lstrip("/"))
        if found is not None and found is not user:
            yield found
        if any(project.is_readable(f"{folder}/{name}".lstrip("/")) for name in TOPS):
            return


def _missing_fixtures(user: Module, test: Function) -> Iterator[str]:
    """The fixtures for which a test asks, and that neither the project nor a plugin has."""
    if not all(map(_is_plain, test.decorators)):
        return
    skipped = test.holder == "class" and not any(_name(one) == "staticmethod" for one in test.decorators)
    asked = [one.name for one in test.params[skipped:] if one.kind in ("both", "keyword") and one.default is None]
    for name in asked:
        if GIVEN.fullmatch(name) is None and not patched_in(user, test, name) and not _may_be_given(user.project, name):
            yield name


def _is_plain(decorator: Expr) -> bool:
    return PLAIN.search(_name(decorator)) is not None and not _name(decorator).endswith("parametrize")


def _name(decorator: Expr) -> str:
    called = decorator.func if isinstance(decorator, Call) else decorator
    return called.name if isinstance(called, Ref) else ""


def _may_be_given(project: Project, name: str) -> bool:
    """Whether a plugin that nobody knows may define a fixture, or some line of the project: any that has the name and is no part of a function which asks for it."""
    if not project.complete or not _knows_plugins(project):
        return True
    for path in project.search(name):
        facts = project.modules[path].facts
        idle = tuple(one.qualname for one in facts.functions if any(param.name == name for param in one.params))
        if facts.failure is not None or names_fixture(project, path, facts, name, idle):
            return True
    return False


@query
def _knows_plugins(project: Project) -> bool:
    """Whether the requirements name pytest, and no plugin of it but such as are known; and the project has none of its own."""
    if project.search(*PLUGINS) or any(holds(project, path, *PLUGINS) for path in sorted(project.markers)):
        return False
    more = (f"{root}/{name}.txt".lstrip("/") for root in ("", *project.roots) for name in FOR_TESTS.split())
    paths = dict.fromkeys((*requirements(project), *(path for path in more if project.is_readable(path))))
    named = [pytest_plugins(project, path) for path in paths]
    return any(named) and all(KNOWN.issuperset(one) for one in named)
