"""What a shell script that is an image's entrypoint makes of the command that it is handed."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.python.commands import CONTINUED, launches
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    FateKind = Literal["unread", "branch", "shell"]

SHELL = regex(r"#!.*\b(?:ba|da|a)?sh\b")
# What a script was called with; `$0` is its own name.
GIVEN = regex(r"\$[@*#1-9]|\$\{[@*#!]|\$\{[1-9]|\bshift\b|\bset\s+--|\bgetopts?\b|\bBASH_ARGV\b")
FIRST = r"[\"']?\$(?:1|\{1(?::?-[^}]*)?\})[\"']?"
# What may start Celery, or anything: by itself, or in a file that is not looked at.
OTHER = regex(
    r"celery|supervisor|honcho|circus|foreman|\bpm2\b|\bs6-|\brunit\b|\beval\b|(?<![\w.-])(?:worker|beat)s?(?![\w.=])|start[_-]?(?:worker|beat)|run[_-]?(?:worker|beat)",
    re.I,
)
# Files whose text takes part: they see what the script was called with. Those of an environment hold no commands.
SOURCED = regex(r"^[ \t]*(?:source|\.)[ \t]+(?!\S*(?:/activate|\.env)\b)", re.M)
FUNCTION = regex(r"^[ \t]*(?:function[ \t]+)?[\w-]+[ \t]*\(\)[ \t]*\n?[ \t]*\{.*?^\}", re.M | re.S)
AWK = regex(r"\bawk\b[^'\n]*'[^']*'")
TALKS = regex(r"^[ \t]*(?:echo|printf|log|info)\b[^|>&;`]*$")
SERVER = r"(gunicorn|uvicorn|daphne|hypercorn|waitress-serve|uwsgi|\S*manage\.py[ \t]+runserver|flask[ \t]+run|fastapi[ \t]+(?:run|dev))"
WRAPPED = r"(?:exec[ \t]+)?(?:(?:gosu|su-exec)[ \t]+\S+[ \t]+)?(?:(?:uv|poetry|pipenv)[ \t]+run[ \t]+)?(?:\S*python[\d.]*[ \t]+(?:-u[ \t]+)?(?:-m[ \t]+)?)?"
SERVES = regex(rf"[ \t]*{WRAPPED}(?:\S*/)?{SERVER}(?![\w.-])(?!.*(?:\|\||&[ \t]*$))")
# A program of the project's own that takes the place of the script, with no words of what that was told.
SCRIPTED = regex(r"exec[ \t]+(?:(?:gosu|su-exec)[ \t]+\S+[ \t]+)?python[\d.]*[ \t]+(?:-u[ \t]+)?([\w./-]+\.py)[ \t]*$")
EXEC = regex(r"(?:^|[;&|(]|\bthen|\belse|\bdo)[ \t]*exec[ \t]+(?![\d<>])")
BEHIND = regex(r"(?<![&>])&(?![&>\d])[ \t]*(?:$|[;)])")
CASE = regex(r"^case[ \t]+[\"']?(\$\{?\w+(?::?-[^}]*)?\}?)[\"']?[ \t]+in\b", re.M)
ARM = regex(r"^[ \t]*\(?[ \t]*([^()\s;][^();]*)\)")
ENDS = regex(r"^[ \t]*exit[ \t]+[1-9]")


class Fate(Record):
    """What becomes of a command: `what` runs in its place.

    With `branch` a branch for its first word does, which starts the step `step` of Celery where that is one. With `shell` what runs gets no words at all.
    """

    kind: FateKind
    what: str
    step: str = ""


@Question
def fate_of(text: str, first: str, called: bool) -> Fate | None:
    """What becomes of a command with this first word; None where it may be run. Without `called` the script gets none of it: what runs is what it runs without."""
    if not text or (text.startswith("#!") and not SHELL.match(text)) or SOURCED.search(text):
        return None
    plain = _plain(text)
    if called and GIVEN.search(plain):
        return _by_branch(plain, first)
    served = _served(plain)
    if served:
        return Fate("unread" if called else "shell", served)
    return None if called or not _only_hands_on(plain) else Fate("shell", "")


@Question
def takes_words(text: str) -> bool:
    """Whether a script may read what it is called with; one that is not for a shell may do so in ways that nobody looks for."""
    other = text.startswith("#!") and not SHELL.match(text)
    return not text or other or bool(SOURCED.search(text)) or bool(GIVEN.search(_plain(text)))


def served_by(command: str) -> str:
    """The server for the web that a command starts, or the file that it has Python run in its place (`app.py`); empty where it is none."""
    own = SCRIPTED.match(command)
    if own is not None:
        return own[1]
    found = SERVES.match(command)
    return " ".join(found[1].rpartition("/")[2].split()) if found is not None else ""


def _plain(text: str) -> str:
    """A script without comments, what it says, and its functions: these have arguments of their own."""
    lines = CONTINUED.sub(" ", text.replace("\r", "")).splitlines()
    lines = [one for one in lines if not one.lstrip().startswith("#") and not TALKS.match(one)]
    text = "\n".join(AWK.sub("awk", one) for one in lines)
    return FUNCTION.sub(_without_own, text)


def _without_own(found: re.Match[str]) -> str:
    return GIVEN.sub("", found[0])


def _served(plain: str) -> str:
    """The server that a script ends in, where it starts nothing else that may go on."""
    if OTHER.search(plain) or BEHIND.search(plain) or any(BEHIND.search(one) for one in plain.splitlines()):
        return ""
    lines = [one for one in plain.splitlines() if one.strip()]
    if not lines or any(EXEC.search(one) and not _serves_in(one) for one in lines):
        return ""
    if not lines[-1][:1].isspace() and served_by(lines[-1]):
        return served_by(lines[-1])
    if lines[-1].strip() != "fi":
        return ""
    start = max((place for place, one in enumerate(lines) if re.match(r"if\b", one)), default=None)
    if start is None or "else" not in lines[start:]:
        return ""
    branches = "\n".join(lines[start:-1]).split("\nel")
    ends = [served_by(one.splitlines()[-1]) for one in branches]
    return ends[-1] if all(ends) else ""


def _serves_in(line: str) -> bool:
    found = EXEC.search(line)
    return found is not None and bool(
        served_by(line[found.start() :].lstrip(";&|( \t").removeprefix("then").removeprefix("else").removeprefix("do"))
    )


def _only_hands_on(plain: str) -> bool:
    """Whether a script runs what it is called with and nothing else that goes on: called with nothing it is at its end."""
    lines = [one for one in plain.splitlines() if one.strip()]
    if not lines or OTHER.search(plain) or any(BEHIND.search(one) for one in lines):
        return False
    return (
        re.match(r"exec[ \t]+[\"']?\$[@*][\"']?[ \t]*$", lines[-1]) is not None
        and sum(map(bool, map(EXEC.search, lines))) == 1
    )


def _by_branch(plain: str, first: str) -> Fate | None:
    """What the branch for a first word runs, where the script has one, and reads nothing more of the command."""
    found = list(CASE.finditer(plain))
    if len(found) != 1:
        return None
    start = found[0]
    subject = start[1].strip("${}").partition(":")[0]
    if not subject.isdigit():
        assigned = re.findall(rf"^[ \t]*(?:local[ \t]+|export[ \t]+)?{subject}=(.*)$", plain, re.M)
        if len(assigned) != 1 or not re.fullmatch(FIRST, assigned[0].strip()):
            return None
    elif subject != "1":
        return None
    before, inside = plain[: start.start()], plain[start.end() :]
    end = re.search(r"^esac\b", inside, re.M)
    # Whatever is done before with more than the first word may run it.
    if end is None or re.search(r"\$[@*2-9]|\$\{[@*2-9]|\bshift\b|\bset\s+--|^[ \t]*exec\b", before, re.M):
        return None
    body = _arm(inside[: end.start()], first)
    if body is None or GIVEN.search(body) or "$" + subject in body:
        return None
    started = [one for line in body.splitlines() for one in launches(line, "entrypoint.sh")]
    if len(started) == 1 and not re.search(r"\b(?:if|case|eval)\b", body):
        return Fate("branch", f"celery {started[0].step}", started[0].step)
    served = "" if started else _served("\n".join(one.strip() for one in body.splitlines()))
    if served:
        return Fate("branch", served)
    lines = [one for one in body.splitlines() if one.strip()]
    if lines and ENDS.match(lines[-1]) and not OTHER.search(body) and not any(map(EXEC.search, lines)):
        return Fate("branch", "")
    return None


def _arm(inside: str, first: str) -> str | None:
    """The commands of the first branch whose pattern a word matches; None where there is none, or a branch cannot be read."""
    for one in re.split(r";;&?|;&", inside):
        if not one.strip():
            continue
        found = ARM.match(one.lstrip("\n"))
        if found is None:
            return None
        patterns = [pattern.strip().strip("\"'") for pattern in found[1].split("|")]
        if any("$" in pattern for pattern in patterns):
            return None
        if any(fnmatchcase(first, pattern) for pattern in patterns):
            return one.lstrip("\n")[found.end() :]
    return None
