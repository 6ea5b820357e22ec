"""Shell scripts whose last command starts a worker as a child of the shell, and what runs a script as the first process of a container."""

from __future__ import annotations

import re

from taskguard.diagnostics import Span
from taskguard.facts.lines import depth_of
from taskguard.facts.questions import PlacedQuestion, Question
from taskguard.patterns import regex
from taskguard.project.python.logical_lines import logical_lines

# The program at the beginning of a command, and what may stand before it on the line.
STARTS = regex(
    r"(?:\w+=\S+\s+)*(?:(?:poetry|pipenv|uv|pdm)\s+run\s+|(?:\S*/)?python3?\s+-m\s+)?(?:\S*/)?celery\s(?:.*\s)?worker(?:\s|$)"
)
# What hands signals on, or has the shell do something beside: the worker may hear of the end in another way.
HANDS_ON = regex(r"\btrap\b|\bwait\b|\bsupervisord\b|\bset\s+-m\b|\bjobs\b|\bkill\b")
BESIDE = regex(r"[;&|]|\s-D\b|--detach\b")
CLOSES = frozenset("fi esac ;; done }".split())
SHELL = regex(r"\A#!\s*\S*(?:/|\s)(?:ba|da|a)?sh\b")
# `CMD ["/start.sh"]`, `command: bash ./start.sh`: the words of what a container runs, if that is one script.
RUN = regex(
    r"^[ \t]*(?:CMD|ENTRYPOINT|(?:- )?command:|(?:- )?entrypoint:)[ \t]*\[?[ \t]*[\"']?(?:(?:/\S*/)?(?:ba|da|a)?sh[\"']?[ \t,]+[\"']?)?([\w./-]+)[\"']?[ \t]*\]?[ \t]*$",
    re.M | re.I,
)
COPIED = regex(r"^[ \t]*(?:COPY|ADD)[ \t]+(?:--\S+[ \t]+)*([\w./-]+)[ \t]+([\w./-]+)[ \t]*$", re.M | re.I)
# A first process that hands signals on to all of its own.
FORWARDS = regex(r"\bdumb-init\b|\btini\b|\binit:[ \t]*true\b|--init\b|\bcatatonit\b|\bs6-|\bsupervisord\b")


@PlacedQuestion
def child_of_shell(text: str, path: str) -> Span | None:
    """Where the last command of a script starts a worker, and the shell waits for its end; None where it does not, or hands signals on."""
    if "celery" not in text or not (SHELL.match(text) or path.endswith(".sh")) or HANDS_ON.search(text):
        return None
    held = logical_lines(text)
    while held and held[-1][1] in CLOSES:
        held.pop()
    if not held or not STARTS.match(held[-1][1]) or BESIDE.search(held[-1][1]):
        return None
    number = held[-1][0]
    line = text.splitlines()[number - 1]
    return Span(number, depth_of(line) + 1, number, len(line.rstrip()) + 1)


@Question
def scripts_run(text: str) -> frozenset[str]:
    """The names of the scripts that a recipe or a compose file has a container run, without their folders; none where something hands signals on."""
    return frozenset() if FORWARDS.search(text) else frozenset(one.rpartition("/")[2] for one in RUN.findall(text))


@Question
def scripts_copied(text: str) -> tuple[tuple[str, str], ...]:
    """What a recipe copies under which name, each a path of one word."""
    return tuple((source, target.rpartition("/")[2]) for source, target in COPIED.findall(text))
