"""Names that nothing binds in the text of one file, where a task is sent or declared by them, and those that Celery has.

What is asked of a file again after each edit brings nothing of the project with it.
"""

from __future__ import annotations

import builtins
import re
from functools import cache, lru_cache
from keyword import kwlist, softkwlist

from taskguard.diagnostics import Span
from taskguard.facts.free_names import taken_from_nowhere
from taskguard.facts.lines import Lines
from taskguard.facts.questions import PlacedFactsQuestion, Question
from taskguard.facts.signal_names import SIGNALS
from taskguard.facts.watched import plain_locals
from taskguard.patterns import regex
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from taskguard.facts.model import Facts

    Place = tuple[str, str, Span]  # a name, the function or class around it, and where it stands

SENT = (".delay", ".apply_async", ".s(", ".si(", ".signature(", ".subtask(")
MADE = "Celery("
DECLARED = ("@task", "@shared_task", "@periodic_task", ".task\n", ".task(", ".periodic_task")
# Strings and comments.
_QUOTED = r"\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'|#[^\n]*"
_SENDS = regex(
    r"(?<![\w.])([A-Za-z_]\w*)((?:\.\w+)*\.(?:delay|apply_async|delay_on_commit|apply_async_on_commit)\b|(?:\.\w+)*\.(?:si?|signature|subtask)\()"
)
_DECLARES = regex(
    r"^[ \t]*@[ \t]*(?:(task|shared_task|periodic_task)\b|([A-Za-z_]\w*)(?:\.\w+)*\.(?:task|shared_task|periodic_task)\b)",
    re.MULTILINE,
)
# What these are given is worked out where they stand: a name that nothing binds there is as good as one of the task.
_GIVES = regex(r"\.(?:delay|apply_async|delay_on_commit|apply_async_on_commit)\(")
_PIECES = regex(rf"{_QUOTED}|[()\[\]{{}}]")
# Nobody writes more behind such a call: it is none.
_LONGEST = 5000
# What a project imports from Celery under just these names: a use that nothing binds is a forgotten import.
HOMES = {
    **dict.fromkeys(SIGNALS, "celery.signals"),
    **dict.fromkeys(("AsyncResult", "GroupResult"), "celery.result"),
    **dict.fromkeys("Ignore MaxRetriesExceededError Reject Retry SoftTimeLimitExceeded TimeLimitExceeded".split(), "celery.exceptions"),
    **dict.fromkeys("Celery chain chord chunks current_app current_task group maybe_signature shared_task signature".split(), "celery"),
    "crontab": "celery.schedules", "get_task_logger": "celery.utils.log",
}  # fmt: skip
CELERYS = frozenset(HOMES)
# What who leaves a gap writes beside it, and of a function as a whole.
_UNWRITTEN = regex(
    r"#.*\b(?:TODO|FIXME|to be (?:implemented|written)|not (?:yet )?(?:implemented|written)|placeholder)\b"
    r"|\bHUMAN ASSISTANCE NEEDED\b",
    re.I,
)
_UNFINISHED = regex(
    r"\bHUMAN ASSISTANCE NEEDED\b|(?:#.*|\"\"\"[^\"]*)\bthis (?:task|function|method) (?:still )?(?:needs|has|is) (?:still )?to be (?:implemented|written|finished)\b",
    re.I,
)
# The declared type of a local name, which no run evaluates, and those of a function, which some do.
_ANNOTATES = regex(r"[ \t]*\w+[ \t]*:[^=]*|[ \t]*(?:async[ \t]+)?def\b.*(?:->|:)[^=]*|[ \t]*\)[ \t]*->.*")
# These, and imports.
_SILENT = regex(
    _QUOTED + r"|^[ \t]*(?:from[ \t]+\S+[ \t]+)?import\b(?:[ \t]*\([^)]*\)|[^\n(]*)",
    re.DOTALL | re.MULTILINE,
)
# What stands before the quotes of a string.
_PREFIXES = frozenset("b br f fr r rb rf u B BR F FR R RB RF U".split())
_WORD = regex(r"(?<![\w.])[A-Za-z_]\w*\b(?!\s*=(?!=))")
# What Python 2 had built in, and what interpreters and translations add to the builtins.
_BUILT_IN = frozenset(dir(builtins)) | frozenset(
    """
    WindowsError __file__ __name__ apply basestring buffer cmp coerce execfile file gettext intern long ngettext raw_input reduce reload
    reveal_type ugettext unichr unicode xrange
    """.split()
)
# Who writes one of these may bind names that nobody sees; their words are looked for first.
_HIDING = ("globals", "exec", "builtins", "vars", "get_ipython")
_HIDDEN_BINDS = regex(r"\bglobals\(\)|\bexec\(|\bexecfile\(|\bbuiltins\b|\b__builtins__\b|\bvars\(\)|get_ipython")


class Unbound(Record):
    """A name that nothing binds. `use` says what for: a task is sent by it (`sends`) or declared (`declares`), it is a name that Celery has (`celery`), or
    another one (`body`), which counts in a task and in what a signal of Celery calls, or one that the file binds further down, on the first of `lines` (`early`). `holder` is the class in whose body it is bound, where a method does not
    see it; `lines` are those on which it stands further on."""

    name: str
    scope: str
    span: Span
    use: str
    holder: str
    lines: tuple[int, ...]

    @property
    def declares(self) -> bool:
        """Whether the module fails on it when it is imported."""
        return self.use == "declares" or not self.scope


@PlacedFactsQuestion
def unbound_names(text: str, facts: Facts) -> tuple[Unbound, ...]:
    """Each such name of a file once, where it first stands."""
    if facts.failure is not None or any(one.name == "*" for one in facts.imports):
        return ()
    declared, sends = bool(_DECLARES.search(text)), any(one in text for one in SENT)
    loaded, each = declared or MADE in text, declared or _handles_signals(text)
    known = _bound(facts) | _BUILT_IN
    if not (loaded or each or sends or any(one in text for one in CELERYS - known)):
        return ()
    read = taken_from_nowhere(text, known, _BUILT_IN)
    names = frozenset(_words(text) if read is None else read) - known
    if not each:
        names = names & (CELERYS | _heads(_SENDS, text) | _given(text) if sends else CELERYS)
    # What a function binds by an import of its own, the head of another one may ask for.
    asked = bool(names) or (declared and bool(read))
    if not asked and not (loaded and _may_be_early(text, facts)):
        return ()  # most files: they need no parser
    if any(one in text for one in _HIDING) and _HIDDEN_BINDS.search(text) is not None:
        return ()
    from taskguard.facts.undefined import undefined

    unbound = undefined(text, about=names)
    made = tuple(_undefined(text, facts, unbound, names))
    head = tuple(_at_head(text, unbound, made)) if declared else ()
    head = head or tuple(_too_early(text, facts, unbound))
    return (*head, *(one for one in made if not any(one.name == each.name for each in head)))


def _handles_signals(text: str) -> bool:
    """Whether a text connects something to one of Celery's signals."""
    return ".connect" in text and any(one in text for one in SIGNALS)


@Question
def may_lack(text: str) -> bool:
    """Whether a text may have one of these names, as far as its words tell: of most files no facts are needed for that."""
    if any(one in text for one in (MADE, *SENT)) or _DECLARES.search(text) is not None:
        return True
    return any(name in text and _used(name).search(text) is not None for name in CELERYS)


@cache
def _used(name: str) -> re.Pattern[str]:
    """A name that is no attribute, no name of an argument and no word in quotes by itself."""
    # The letters come first: a pattern for what stands before them takes ten times as long.
    return re.compile(rf"{name}(?<![\w.\"']{name})\b(?![\"']|\s*=(?!=))")


def _at_head(text: str, unbound: Collection[Place], told: Collection[Unbound]) -> Iterator[Unbound]:
    """What a file with tasks asks for when it is loaded, where nothing of that is told: the type of a parameter, what a decorator is given."""
    from taskguard.facts.undefined import unbound_at_load

    found = unbound_at_load(text, unbound)
    if found is None or found[0] in _BUILT_IN or any(one.declares for one in told):
        return
    if any(one.name == found[0] and one.use != "body" for one in told):
        return
    if re.search(rf"\bdel\b[^\n]*\b{found[0]}\b", text) is None:
        yield Unbound(found[0], "", found[1], "declares", "", ())


def _first_lines(facts: Facts) -> dict[str, int]:
    """The line in which a file first binds each of its names."""
    bound: dict[str, int] = {}
    for name, line in (
        *((one.name, one.span.line) for one in facts.bindings),
        *((one.bound, one.span.line) for one in facts.imports if not one.scope),
        *((one.qualname, one.span.line) for one in facts.functions),
        *((one.qualname, one.span.line) for one in facts.classes),
    ):
        bound[name] = min(bound.get(name, line), line)
    return bound


def _may_be_early(text: str, facts: Facts) -> bool:
    """Whether a line outside of the bodies of functions has a name which the file binds further down."""
    bound = _first_lines(facts)
    bodies = {line for one in facts.functions for line in range(one.span.line + 1, one.span.end_line + 1)}
    return any(
        bound.get(word, 0) > number
        for number, line in enumerate(text.splitlines(), 1)
        if number not in bodies and line[:1] not in ("", "#")
        for word in _WORD.findall(line)
    )


def _too_early(text: str, facts: Facts, unbound: Collection[Place]) -> Iterator[Unbound]:
    """What a file asks for when it is loaded, above all lines that bind it."""
    from taskguard.facts.undefined import unbound_at_load

    bound = _first_lines(facts)
    later = [one for one in unbound if bound.get(one[0], 0) > one[2].line and one[0] not in _BUILT_IN]
    found = unbound_at_load(text, later, tried=True)
    if found is not None and re.search(rf"\b(?:del|global)\b[^\n]*\b{found[0]}\b", text) is None:
        yield Unbound(found[0], "", found[1], "early", "", (bound[found[0]],))


def _undefined(text: str, facts: Facts, unbound: Collection[Place], names: Collection[str]) -> Iterator[Unbound]:
    lines, found = Lines(text), dict[str, list[tuple[str, Span, str]]]()
    known = _yet_to_be_written(text, facts, unbound)
    for name, scope, span in unbound:
        if name not in names:
            continue
        place, start = lines.offset(span.line, span.column), lines.start(span.line)
        use = _use(text, start, place, name)
        if use:
            found.setdefault(name, []).append((scope, span, use))
    for name, held in found.items():
        if re.search(rf"\bdel\b[^\n]*\b{name}\b", text) is not None:
            continue
        held = [one for one in held if one[2] == "declares" or not ({name, one[0]} & known)]
        for use, scopes in _told(held):
            scope, span, _ = scopes[0]
            rest = tuple(dict.fromkeys(one.line for _, one, _ in scopes[1:] if one.line != span.line))
            yield Unbound(name, scope, span, use, _class_around(facts, name, scope), rest)


def _yet_to_be_written(text: str, facts: Facts, unbound: Collection[Place]) -> set[str]:
    """The names of which a comment on a line that has them says that they are still to be written, and the functions that say so of themselves: who wrote that knows it."""
    if _UNWRITTEN.search(text) is None and _UNFINISHED.search(text) is None:
        return set()
    lines = text.splitlines()
    names = {name for name, _, span in unbound if _UNWRITTEN.search(lines[span.line - 1])}
    scopes = {
        one.qualname
        for one in facts.functions
        if _UNFINISHED.search("\n".join(lines[one.span.line - 1 : one.span.end_line]))
    }
    return names | scopes


def _told(held: list[tuple[str, Span, str]]) -> Iterator[tuple[str, list[tuple[str, Span, str]]]]:
    """A name once a file, with all places of it; where nothing is known but that it is asked for something, once a function."""
    plain = [one for one in held if one[2] != "body"]
    if plain:
        yield plain[0][2], [*plain, *(one for one in held if one[2] == "body")]
        return
    for scope in dict.fromkeys(scope for scope, _, _ in held):
        yield "body", [one for one in held if one[0] == scope]


def _use(text: str, start: int, place: int, name: str) -> str:
    """What a name at `place`, in the line from `start`, is there for."""
    if text[place : place + len(name)] != name:
        return ""  # in a text that is read as a type
    if _DECLARES.match(text, start) is not None and "@" in text[start:place]:
        return "declares"
    if _SENDS.match(text, place) is not None or any(first <= place < last for first, last in _arguments(text)):
        return "sends"
    if _ANNOTATES.fullmatch(text, start, place) is not None:
        return ""
    if name in CELERYS:
        return "declares" if text[start:place].strip() == "@" else "celery"
    return "body"


def _given(text: str) -> set[str]:
    """The words in what is given where a task is sent."""
    return {word for first, last in _arguments(text) for word in _WORD.findall(text[first:last])}


@lru_cache(maxsize=4)
def _arguments(text: str) -> tuple[tuple[int, int], ...]:
    """Where the arguments stand with which tasks are sent: behind the opening bracket, and before the closing one."""
    return tuple((one.end(), _closing(text, one.end())) for one in _GIVES.finditer(text))


def _closing(text: str, place: int) -> int:
    """Where the bracket is closed that is open at a place; the place itself where that is far, or nowhere."""
    depth = 1
    for piece in _PIECES.finditer(text, place, place + _LONGEST):
        if piece[0] in "([{":
            depth += 1
        elif piece[0] in ")]}":
            depth -= 1
            if not depth:
                return piece.start()
    return place


def _class_around(facts: Facts, name: str, scope: str) -> str:
    """The class around a method in whose body a name is bound by an import."""
    around = scope.rpartition(".")[0]
    return around if any(one.scope == around and one.bound == name for one in facts.imports if around) else ""


def _words(text: str) -> set[str]:
    """The words outside of strings, comments and imports that may be names: no attributes, no names of arguments."""
    return set(_WORD.findall(_SILENT.sub(_spoken, text))).difference(kwlist, softkwlist, _PREFIXES)


def _spoken(found: re.Match[str]) -> str:
    """What stays of a string, a comment or an import: the text of an f-string, in which there may be names."""
    before = found.string[max(found.start() - 2, 0) : found.start()].lower()
    return found[0] if found[0][0] in "\"'" and "f" in before else " "


def _heads(pattern: re.Pattern[str], text: str) -> set[str]:
    return {one.group(1) or one.group(2) for one in pattern.finditer(text)}


def _bound(facts: Facts) -> set[str]:
    """The names that a file binds anywhere but in the body of a class, which its methods do not see."""
    classes = {one.qualname for one in facts.classes}
    names = {one.bound for one in facts.imports if one.scope not in classes}
    names.update(one.name for one in facts.bindings)
    for function in facts.functions:
        names.update(plain_locals(function))
        if function.holder != "class":
            names.add(function.name)
    names.update(one.name for one in facts.classes if one.holder != "class")
    return names
