"""Where texts that start Celery name an app, and the starts of jobs that check each commit."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.discovery.markers import WORKFLOWS
from taskguard.facts.questions import holds
from taskguard.patterns import regex
from taskguard.project.celery.text_questions import starts
from taskguard.project.python.commands import COMMENT
from taskguard.project.python.deployment import said_in
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.commands import Launch
    from taskguard.project.python.project import Project

# The files of services that run jobs for each commit, from the top of the project on; that of GitLab is read with what deploys it.
JOBS = (WORKFLOWS, ".circleci/config.y", ".travis.y", "azure-pipelines", ".azure-pipelines/", "bitbucket-pipelines.y")
# What is read by who sets a project up.
GUIDE = regex(r"(?:readme|quick_?-?start|getting_?-?started|install\w*|set_?-?up|deploy\w*)[\w.-]*\.(?:md|rst)$", re.I)
# A name of an example, in what is written for people.
ANY_NAME = regex(r"(?:my|your|some|other|path|example|demo|foo|sample|proj(?:ect)?(?![a-z])|name|module|package)", re.I)


@query
def job_launches(project: Project) -> tuple[Launch, ...]:
    """The starts of Celery in the jobs that check each commit. They say nothing of the workers that serve, and need an app that is there all the same."""
    made: list[Launch] = []
    for path in project.notes:
        if path.startswith(JOBS) and path.endswith((".yml", ".yaml")):
            made += said_in(project, path, path).launches
    return tuple(made)


@query
def told_launches(project: Project) -> tuple[Launch, ...]:
    """The workers and beats that what is written for those who set the project up tells them to start, without what stands for a name of theirs."""
    made: list[Launch] = []
    for path in project.notes:
        if is_guide(path) and not in_tests(path):
            found = starts(project, path, path)
            made += (one for one in found if one.step in ("worker", "beat") and not ANY_NAME.match(one.app))
    return tuple(made)


def is_guide(path: str) -> bool:
    """Whether a file is one that tells people how a project is set up."""
    return GUIDE.match(path.rpartition("/")[2]) is not None


def is_written(project: Project, launch: Launch) -> bool:
    """Whether a file has the app that it starts in one piece: what a script puts together of variables may be set from outside."""
    return holds(project, launch.path, launch.app)


def place(text: str, app: str) -> Span:
    """Where a text names an app after `-A`, in a line that is no comment; its first line where that cannot be found."""
    written = re.compile(rf"(?:-A|--app|\bCELERY_APP)[\s:=\"',\\\-]*({re.escape(app)})(?![\w.:])")
    for match in written.finditer(text):
        start = text.rfind("\n", 0, match.start(1)) + 1
        if text[start:].lstrip().startswith(COMMENT):
            continue
        line = text.count("\n", 0, start) + 1
        column = match.start(1) - start + 1
        return Span(line, column, line, column + len(app))
    return Span(1, 1, 1, 1)
