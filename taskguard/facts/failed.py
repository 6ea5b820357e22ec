"""The facts of files that cannot be read or parsed. Apart from `extract`, so that they cost no parser."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.directives import scan
from taskguard.facts.model import Facts, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.model import FailureKind


def unreadable(message: str, lines: int = 0) -> Facts:
    """The facts of a file that cannot be read or decoded: everything in it is Unknown."""
    return Facts(lines, True, Failure("unreadable", message, Span(1, 1, 1, 1)))


# What Python 2 had and Python 3 has not, and names that later became words of the language.
DIALECT = r"""
    ^\s*print\s+[^\s=(.,\[] | [:;][ ]*print[ ]+["'\w] | ^\s*print\s*>> | ^\s*except\s+[^:#]+,\s*\w+\s*: | ^\s*exec\s+[\w"'] | ^\s*raise\s+[\w.]+(?:\([^#\n]*\))?\s*,
    | ^\s*(?:True|False)\s*=(?!=) | \.(?:True|False)\b
    | `[^`]+` | <> | (?<![\w.])0[0-7]+(?![\w.]) | (?<!\w)[uU][rR]["'] | (?<![\w.])\d+[lL](?!\w)
    | \blambda\s*\( | \bimport\s+async\b | \basync\s*[=),] | \.async\b | \bfrom\s+[\w.]*\basync\b | \bdef\s+\w+\([^)]*\([^)]*\)\s*[,)]
"""
# What only Python 3 has: where it stands in a file, the file is meant for it.
MODERN = r"\basync[ \t]+def\b|(?:^|[\s(\[{,=+:])[fF][rR]?[\"'][^\"'\n]*\{|^[ \t]*def\b[^\n]*\)[ \t]*->|^[ \t]*\)[ \t]*->[^\n]*:[ \t]*$|\bnonlocal\b|\w :=[ ]|\bprint\(.*\b(?:end|sep|file)="
# What code of that time is full of, though Python 3 takes it too.
OLD = r"\b(?:iteritems|itervalues|unicode|xrange|raw_input|basestring|has_key|urllib2|cPickle|ConfigParser|StringIO|urlparse)\b|coding[:=]|\bfrom __future__\b|\(object\):|\bfrom celery(?:\.task)? import (?:task|Task)\b|\bsuper\(\w+,|\brender_to_response\b|\bdjango\.core\.(?:context_processors|urlresolvers)\b"
# What tells by which Python a file is started, in a comment, its docstring or a command that it shows.
STARTED_BY_OLD = (
    r"\b(?:[Pp]ython|[Aa]naconda|[Mm]iniconda)[ -]?2(?:\.[0-7]|7)?\b(?!\.\d)(?![ ]*(?:and|or|to|/|\+|support))"
)
# What git leaves in a file where two changes meet.
CONFLICT = ("<<<<<<< ", "=======\n", ">>>>>>> ")
TEMPLATE = r"\$\{\w+\}|\{\{|\{%|^<%"


def _kind(text: str, line: int, message: str) -> FailureKind:
    """Whether a file that does not parse is wrong, or was never meant for the Python that reads it."""
    import re

    # A parser may see the fault one line late.
    near = text.splitlines()[max(line - 2, 0) : line]
    if any(re.search(TEMPLATE, one) for one in near) or re.match(r"#!(?!.*(?:python|pypy|/uv\b))", text):
        return "template"
    if re.search(MODERN, text, re.M):
        return "syntax"
    # A plain string of Python 2 takes `\u` as it stands; a file that names its encoding, or that Python, was written then.
    old = message.startswith("(unicode error)") and (
        re.match(r"(.*\n)?.*coding[:=]", text) or re.search(STARTED_BY_OLD, text)
    )
    return "dialect" if old or any(re.search(DIALECT, one, re.X) for one in near) or _tabs(text, line) else "syntax"


def _tabs(text: str, line: int) -> bool:
    """Whether a file fails because tabs and blanks indent the same block, is sound with tabs as wide as Python 2 takes them, and looks as old."""
    import re

    if not re.search(r"^ *\t", text, re.M):
        return False
    wide = text.expandtabs(8)
    try:
        compile(wide, "", "exec", dont_inherit=True, flags=0x400)  # only the tree
    except SyntaxError as error:
        found = error.lineno or 1
        # What stands before it is sound with such tabs.
        return found > line and _kind(wide, found, error.msg or "") == "dialect"
    except (ValueError, RecursionError, MemoryError):
        return False
    return re.search(OLD, text) is not None or re.search(DIALECT, text, re.X | re.M) is not None


def is_dialect(text: str, error: SyntaxError) -> bool:
    """Whether a text that does not parse was written for Python 2."""
    return _kind(text, error.lineno or 1, error.msg or "") == "dialect"


def refusal(text: str, lines: int, error: SyntaxError) -> Failure:
    """What a parser says against a text, and where."""
    line = min(max(error.lineno or 1, 1), max(lines, 1))
    column = max(error.offset or 1, 1)
    message = error.msg or "invalid syntax"
    if any(one.startswith(CONFLICT) for one in text.splitlines(keepends=True)[line - 1 : line]):
        message = f"{message}: a merge conflict that is not resolved"
    return Failure(_kind(text, line, message), message, Span(line, column, line, column))


def broken(text: str, lines: int, error: SyntaxError) -> Facts:
    """The facts of a file that is no Python: the failure, and the words that it might have defined."""
    import re

    return Facts(
        lines,
        True,
        refusal(text, lines, error),
        directives=scan(text),
        words=tuple(sorted(set(re.findall(r"[^\W\d]\w*", text)))),
    )
