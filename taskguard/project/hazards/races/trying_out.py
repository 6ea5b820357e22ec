"""What is done only while the tests run, or where the settings have each task run at once: code that asks a flag for that."""

from __future__ import annotations

from taskguard.facts.model import Call, Const, Expr, Op, Ref
from taskguard.project.python.flow import tests_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.flow import Spot

# A flag says one of these, and nothing but what stands beside: `settings.TEST`, `IS_TESTING`, not `settings.TEST_EMAIL`.
FLAGS = frozenset("test tests testing pytest unittest eager".split())
BESIDE = frozenset("is in run running under unit mode env environment celery task always django".split())
SETTINGS = frozenset("settings config conf".split())
# Where Python says what was started, and what is loaded.
STARTED = frozenset(("sys.argv", "sys.modules"))


def only_in_tests(spot: Spot) -> bool:
    """Whether a statement stands in a branch that is taken while tests run alone."""
    return any(_says(test, wanted=came_true) for test, came_true in tests_of(spot))


def _says(test: Expr, *, wanted: bool) -> bool:
    """Whether tests run for sure where `test` is `wanted`."""
    if isinstance(test, Op) and test.op == "not":
        return _says(test.operands[0], wanted=not wanted)
    if isinstance(test, Op) and test.op in ("and", "or"):
        enough = any if test.op == ("and" if wanted else "or") else all
        return enough(_says(one, wanted=wanted) for one in test.operands)
    if isinstance(test, Op) and test.op in ("is", "==") and len(test.operands) == 2:
        first, second = test.operands
        return isinstance(second, Const) and second.value is wanted and _is_flag(first)
    if isinstance(test, Op) and test.op == "in" and len(test.operands) == 2:
        first, second = test.operands
        named = isinstance(first, Const) and isinstance(first.value, str) and first.value.lower() in FLAGS
        return wanted and named and isinstance(second, Ref) and second.name in STARTED
    return wanted and _is_flag(test)


def _is_flag(expr: Expr) -> bool:
    """`settings.TEST`, `TESTING`, `app.conf.task_always_eager`, `getattr(settings, "TESTING", False)`."""
    if isinstance(expr, Call):
        held = expr.args[:2] if expr.callee == "getattr" else ()
        if len(held) < 2 or not isinstance(held[0], Ref) or not isinstance(held[1], Const):
            return False
        return _of_settings(held[0].name) and isinstance(held[1].value, str) and _is_word(held[1].value)
    if not isinstance(expr, Ref):
        return False
    head, _, last = expr.name.rpartition(".")
    return _is_word(last) and (_of_settings(head) if head else last.isupper())


def _of_settings(name: str) -> bool:
    return name.rpartition(".")[2] in SETTINGS


def _is_word(name: str) -> bool:
    words = frozenset(name.lower().split("_"))
    return not words.isdisjoint(FLAGS) and words <= FLAGS | BESIDE
