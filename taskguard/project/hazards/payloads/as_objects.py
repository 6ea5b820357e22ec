"""Parameters of tasks of which their functions ask for what nothing has that comes through JSON: an object was meant, and none arrives."""

from __future__ import annotations

import re

from taskguard.patterns import regex
from taskguard.project.hazards.calls.runs import runs_in
from taskguard.project.hazards.calls.search_words import PICKLED
from taskguard.project.hazards.payloads.as_texts import by_json, first_asked, is_looked_at
from taskguard.project.python.testing import hidden, in_tests
from taskguard.project.python.text_questions import finds_within, words_behind
from taskguard.project.registry.errbacks import is_called_on_error
from taskguard.project.tasks.declarations import all_tasks
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.hazards.calls.runs import Run
    from taskguard.project.python.project import Project

# What kombu makes of a message: the types of JSON, and those that it writes as more than they are (kombu/utils/json.py).
OF_PLAIN = frozenset(name for one in (str, int, float, bool, list, dict, type(None), bytes) for name in dir(one))
# The further names of datetime, date, time, Decimal and UUID, written out: to import these for their names takes as long as Python takes to start.
OF_OTHERS = frozenset(
    (
        "__complex__ __copy__ __deepcopy__ __module__ __setstate__ __slots__ __weakref__ adjusted as_tuple astimezone bytes bytes_le canonical "
        "clock_seq clock_seq_hi_variant clock_seq_low combine compare compare_signal compare_total compare_total_mag copy_abs copy_negate copy_sign "
        "ctime date day dst exp fields fma fold from_float from_number fromisocalendar fromisoformat fromordinal fromtimestamp hour int is_canonical is_finite "
        "is_infinite is_nan is_normal is_qnan is_safe is_signed is_snan is_subnormal is_zero isocalendar isoformat isoweekday ln log10 logb "
        "logical_and logical_invert logical_or logical_xor max max_mag microsecond min min_mag minute month next_minus next_plus next_toward node "
        "normalize now number_class quantize radix remainder_near resolution rotate same_quantum scaleb second shift sqrt strftime strptime time "
        "time_hi_version time_low time_mid timestamp timetuple timetz to_eng_string to_integral to_integral_exact to_integral_value today toordinal "
        "tzinfo tzname urn utcfromtimestamp utcnow utcoffset utctimetuple variant version weekday year"
    ).split()
)
OF_ARRIVING = OF_PLAIN | OF_OTHERS
PYTHON_2 = frozenset(("has_key", "iteritems", "iterkeys", "itervalues", "decode"))
# What is said of an annotation that stands for an object that is made of what arrives, or for any.
MADE = regex(r"Depends|Annotated|Provide|Inject|\bAny\b")


class AskedOfObject(Record):
    """What a task asks of a parameter that nothing has that arrives; `error` is what comes of it."""

    run: Run
    param: str
    attribute: str
    span: Span
    sure: bool
    error: str = "an AttributeError"


def asked_of_objects(project: Project) -> Iterator[AskedOfObject]:
    """The first such attribute of each parameter, by file."""
    if project.search(*PICKLED):
        return
    for module in dict.fromkeys(task.module for task in all_tasks(project)):
        if in_tests(module.path) or hidden(module.path):
            continue
        for run in runs_in(module):
            if run.task.form != "class":
                yield from _in_task(run)


def _in_task(run: Run) -> Iterator[AskedOfObject]:
    project, path = run.module.project, run.module.path
    for param in run.function.params:
        if param.kind not in ("positional", "both", "keyword") or param.name == run.own or param.default is not None:
            continue
        if param.annotation and MADE.search(param.annotation):
            continue
        words = frozenset(one for one, _ in words_behind(project, path, run.function, param.name))
        bare = "get" in words and _waits(run, param.name)
        words = frozenset(one for one in words if one not in OF_ARRIVING and one not in PYTHON_2)
        words = words or frozenset(("get",) if bare else ())
        if not words or is_looked_at(run, param.name) or is_called_on_error(run.task):
            continue
        sure = by_json(run)
        for expr in first_asked(run, param.name, words, always=True) if sure is not None else ():
            asked = expr.name.split(".")[1]
            if asked == "get":
                error = "an AttributeError or a TypeError"
                yield AskedOfObject(run, param.name, "get() without arguments", expr.span, bool(sure), error)
            else:
                yield AskedOfObject(run, param.name, asked, expr.span, bool(sure))


def _waits(run: Run, name: str) -> bool:
    """Whether a function asks a parameter to `get()` as results do: a dict wants to know what."""
    given = re.compile(rf"\b{re.escape(name)}\.get\(\s*[^)\s]|\b{re.escape(name)}\.get\b(?!\()")
    bare = re.compile(rf"\b{re.escape(name)}\.get\(\s*\)")
    project, path = run.module.project, run.module.path
    return finds_within(project, path, run.function, bare) and not finds_within(project, path, run.function, given)
