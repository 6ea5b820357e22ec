"""Signatures that get arguments after they were made: code writes into their `kwargs` or `args` before they are sent."""

from __future__ import annotations

from taskguard.facts.questions import finds
from taskguard.patterns import regex
from taskguard.project.python.testing import in_tests
from taskguard.query import query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Project

# What a view, or a thread, writes into itself is no signature's.
WRITES = regex(
    r"(?<!\bself)(?<!\brequest)(?:\.kwargs|\[[\"']kwargs[\"']\])(?:\[[^\]\n]*\][ \t]*=(?!=)|\.(?:update|setdefault)\(|[ \t]*\|?=(?!=)[ \t]*(?:\{|dict\(|\w+\.kwargs\b))"
    r"|(?<!\bself)(?<!\brequest)(?:\.args|\[[\"']args[\"']\])[ \t]*\+?=(?!=)[ \t]*(?:\(|\[|tuple\(|\w+\.args\b)"
)
MAKES = regex(r"\b(?:chain|group|chord|signature|celery)\b|\.si?\(")


@query
def are_completed(project: Project) -> bool:
    """Whether some code of the project, tests left out, that has to do with signatures writes into the arguments of something that it was given."""
    held = project.search(".kwargs", ".args", '["kwargs"]', "['kwargs']", '["args"]', "['args']")
    return any(not in_tests(path) and finds(project, path, WRITES) and finds(project, path, MAKES) for path in held)
