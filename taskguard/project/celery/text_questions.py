"""What is asked of the texts of files that nobody has parsed, about what Celery's processes load of them."""

from __future__ import annotations

import re

from taskguard.facts.lines import lines_between
from taskguard.facts.questions import LinesQuestion, Question
from taskguard.patterns import regex
from taskguard.project.python.commands import CONTINUED, launches
from taskguard.project.python.commands import starts as commanded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.commands import Launch


# `load_tasks()` or `app = make()` at the beginning of a line.
CALLED = regex(r"^(?:[A-Za-z_][\w, .]*=[ \t]*)?([A-Za-z_]\w*(?:\.\w+)*)\(", re.MULTILINE)
# Imports in a block or in a function, and calls at module level that may be of one.
_INDENTED = regex(r"\n[ \t]+(?:from|import)[ \t]")
# Factories are called while the app is made; whether by the worker too, their names alone do not say, so it is taken for granted.
FACTORIES = (
    "create_",
    "make_",
    "init_",
    "register_",
    "setup_",
    "configure_",
    "build_",
    "get_",
    "_create_",
    "_init_",
    "_register_",
    "_setup_",
)
_FACTORY = regex(rf"^(?:async )?def (?:{'|'.join(FACTORIES)})", re.MULTILINE)


@Question
def calls_itself(text: str) -> bool:
    """Whether the module level of a text calls a function that the text defines, where imports stand in blocks or functions."""
    return _INDENTED.search(text) is not None and any(f"def {name}(" in text for name in CALLED.findall(text))


@Question
def loads_later(text: str) -> bool:
    """Whether a factory in a text may import more than its module does: it has imports in blocks or functions, or to do with Celery."""
    return "elery" in text or (_FACTORY.search(text) is not None and _INDENTED.search(text) is not None)


_WORD = r"(?:\"[^\"\n\\]*\"|'[^'\n\\]*')"
_LOOP = regex(rf"\bfor[ \t]+(\w+)[ \t]+in[ \t]*(?:[(\[{{]((?:[\s,]|#[^\n]*|{_WORD})*)[)\]}}][ \t]*:)?")
_WORDS = regex(rf"#[^\n]*|{_WORD}")


@Question
def words_of_loops(text: str, name: str) -> tuple[str, ...]:
    """What a name stands for in the loops of a text, all of which run over words that are written out; nothing where one does not, and where
    the name is bound otherwise."""
    loops = [words for one, words in _LOOP.findall(text) if one == name]
    if not all(loops) or re.search(rf"\b{name}[ \t]*=[^=]|\bdef[^\n]*[(,][ \t]*{name}\b", text):
        return ()
    return tuple(one[1:-1] for words in loops for one in _WORDS.findall(words) if one[0] != "#")


IN_A_PACKAGE = regex(r"[\"']([A-Za-z_][\w.]*)\.(?:[{%]|[\"'])")
STARTED = regex(
    r"[\"']celery[\"'],[^\n]*(?:\n[^\n]*){0,6}?[\"'](?:worker|multi)[\"']"
    r"|\b(?:system|Popen|run|call|check_call|execute|local|sudo|command)\w*\([^\n]*(?:\n[^\n]*)?\bcelery\b[^\n]*\s(?:worker|multi)\b"
    r"|(?:[\s\"']-Q|--queues)(?![ =][\"']?\w)"
)
# What is in each of those that a command line or a list of words is, looked for first: it begins with a word, and is found ten times as fast.
_NEAR = regex(r"celery(?:[\"'],|\b[^\n]*\s(?:worker|multi)\b)")
LOOKS = regex(r"\b(?:pgrep|pkill|killall|grep|ps)\b")
LARGEST = 1_000_000


@Question
def packages_fetched(text: str) -> list[str]:
    """The dotted names in a text to which a last part is added, where the text may take all names of a module."""
    return IN_A_PACKAGE.findall(text) if "getattr(" in text or "__dict__" in text else []


@Question
def starts(text: str, path: str) -> tuple[Launch, ...]:
    """The starts of Celery that a text speaks of; nothing where it is too long to be read by somebody."""
    if len(text) > LARGEST or "celery" not in text:
        return ()
    lines = [
        one for one in CONTINUED.sub(" ", text).splitlines() if "celery" in one and ("-A" in one or "--app" in one)
    ]
    return tuple(found for one in lines for found in launches(one.replace("`", "\n"), path))


# Words of code that starts workers, or that tells a running one to read more.
STARTS = ("worker_main", "WorkController", "add_consumer", "amqp.queues", "ConsumerStep", '"-Q"', "'-Q'")
# `app.start(argv=["worker", …])`
ARGUED = regex(r"\.start\(\s*(?:argv\s*=\s*)?[\[(]")


@Question
def started_by_code(text: str, path: str) -> tuple[Launch, ...] | None:
    """The starts of Celery in the commands that a file runs; None where it may start a worker in another way, or tell one to read more."""
    if not any(word in text for word in STARTS) and not starts_one.of(text) and ARGUED.search(text) is None:
        return ()
    from taskguard.facts.run_commands import run_commands

    found = run_commands(text, "celery")
    if found is None or any(word in found[1] for word in STARTS) or starts_one.of(found[1]):
        return None
    made: list[Launch] = []
    for one in found[0]:
        read = list(commanded(one, path))
        if (not read and LOOKS.search(one) is None) or None in read:
            return None
        made.extend(launch for launch in read if launch is not None)
    return tuple(made)


@Question
def starts_one(text: str) -> bool:
    """Whether a file names a worker where it runs commands, and not to look for one alone."""
    if "-Q" not in text and "--queues" not in text and _NEAR.search(text) is None:
        return False
    return any(LOOKS.search(one[0]) is None for one in STARTED.finditer(text))


# What is no code: comments, texts over several lines, plain strings. An f-string is, in part.
QUIET = regex(r"#[^\n]*|(?<![fF])(?:'''[\s\S]*?'''|\"\"\"[\s\S]*?\"\"\"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")")
# What hands names on: a facade has each name in one of these, and whoever uses a name has it once more, but where an import gives it another one.
HANDS_ON = regex(
    r"^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]+(?!.*\bas\b)(?:\((?![^)]*\bas\b)[^)]*\)|[^\n(]*$)|^__all__\b[^\[(\n]*(?:\[[^\]]*\]|\([^)]*\))",
    re.M,
)


@Question
def times_in_code(text: str, word: str) -> int:
    """How often a word stands in a text, comments, docstrings and what only hands names on left out, and strings but those that are a dotted name which ends so."""
    name = re.compile(rf"[\"'](?:[\w.]*\.)?{re.escape(word)}[\"']")
    code = QUIET.sub(lambda found: found[0] if name.fullmatch(found[0]) else " ", HANDS_ON.sub(" ", text))
    return len(re.findall(rf"\b{re.escape(word)}\b", code))


@Question
def parted_by(text: str, word: str, method: str) -> tuple[int, int]:
    """How often a word stands in a text as `times_in_code` counts, but where it is defined; and how often one method is asked of it in code."""
    whole = times_in_code.of(text, word) - len(
        re.findall(rf"^[ \t]*(?:async[ \t]+)?def[ \t]+{re.escape(word)}\b", text, re.M)
    )
    asked = re.findall(rf"^[^#\n\"']*(?<!\w){re.escape(word)}\.{method}\(", QUIET.sub(" ", text), re.M)
    return whole, len(asked)


# What stands behind a name that is called or handed on, and before one that is; `DEFINING` before the name of a function.
BEHIND = regex(r"[ \t]*[(,)\]}.]")
BEFORE = regex(r"(?:[=:(,\[][ \t]?|[ \t][ \t])\Z")
DEFINING = regex(r"\bdef \Z")
LETTER = regex(r"\w")


@Question
def is_used(text: str, name: str) -> bool:
    """Whether a text has a name in other places than its definition and an import. No pattern is made of it: names are asked for by the hundred."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if at and text[at - 1] in "\"'":
            return True
        if not LETTER.match(text, end) and (
            (BEHIND.match(text, end) and not DEFINING.search(text, max(at - 5, 0), at))
            or BEFORE.search(text, max(at - 2, 0), at)
        ):
            return True
        at = text.find(name, at + 1)
    return False


LOOKS_UP = regex(r"objects\.(?:get|filter|exclude)\([^()]*\btask\s*=")
# What looks for rows of tasks that are gone on purpose: to delete them, or to give them their new names.
TIDIES = regex(
    r"(?i)delete\(|\.task\s*=(?!=)|update\([^)]*\btask\s*=|\b\w*(?:old|legacy|obsolete|stale|deprecat|renam|clean_?up|remov|former|orphan|prune|migrat|retire|disable)\w*"
)


@LinesQuestion
def looks_up(text: str, first: int, last: int) -> bool:
    """Whether the lines of a function look rows up, and are not about tasks that are gone."""
    lines = lines_between(text, first, last)
    return LOOKS_UP.search(lines) is not None and TIDIES.search(lines) is None


# Statements by which a module gets names that its text does not show.
AT_RUN_TIME = regex(
    r"^[^#\n\"']*(?:\b(?:locals|globals|vars)\(\)\s*(?:\[[^\]\n]*\]\s*=[^=]|\.update\()|\bexec(?:file)?\(|\bsetattr\(\s*(?:sys\.modules|_?_?module)|\bfrom\s+split_settings\b)",
    re.M,
)
# What is computed there has the names of Django's mail settings and no others: what an environment's `email_url()` and `dj_email_url` read out of a URL.
_MAIL = regex(r"^(\w+)[ \t]*=[ \t]*(?:\w+\.email_url|dj_email_url\.\w+)\(", re.M)
_UPDATES = regex(
    r"^[ \t]*(?:locals|globals|vars)\(\)\.update\(\s*(?:(\w+)\s*\)|(?:\w+\.email_url|dj_email_url\.\w+)\()", re.M
)


@Question
def sets_computed(text: str) -> bool:
    """Whether the text of a module gives it names that it does not show, and that may be settings of Celery."""
    if AT_RUN_TIME.search(text) is None:
        return False
    mail = {one.group(1) for one in _MAIL.finditer(text)}
    rest = _UPDATES.sub(lambda one: "" if one.group(1) is None or one.group(1) in mail else one.group(), text)
    return AT_RUN_TIME.search(rest) is not None
