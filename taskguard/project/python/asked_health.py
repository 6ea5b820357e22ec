"""How the services of a compose file are asked for their health, by themselves or by what they merge."""

from __future__ import annotations

import re

from taskguard.facts.questions import PlacedQuestion, Question
from taskguard.patterns import regex
from taskguard.project.python.composed import services_in
from taskguard.project.python.image_sources import stages_from
from taskguard.record import Record

TEST = regex(r"^[\s-]*[\"']?test[\"']?\s*:\s*(.*)$")
KEY = regex(r"^\s*(?:interval|timeout|retries|start_period|start_interval|disable)\s*:")
# The images of Python's own that have few programs of the system: none of the package procps.
SLIM = regex(r"(?:docker\.io/)?(?:library/)?python:\S*slim\S*$")
# What may bring them: the package, those that want it, and installers that the recipe does not show.
BRINGS = regex(
    r"procps|pgrep|busybox|sysstat|htop|supervisor|xargs|\.txt[^\n]*apt|apt[^\n]*\.txt|--with-deps|install-deps|\bRUN\b[^\n]*\.sh\b|<<|build-essential",
    re.I,
)


class Asked(Record):
    """The command that a service is asked by, without quotes and brackets, and the line that it stands on."""

    name: str
    command: str
    line: int


@PlacedQuestion
def asked_health(text: str) -> tuple[Asked, ...]:
    """Those of all services that have a test of their own or merge one."""
    if "healthcheck" not in text or len(text) > 1_000_000:
        return ()
    made = []
    for name, body in services_in(text)[0].items():
        command, line = "", 0
        for number, whole in body.get("healthcheck", [])[1:] if body is not None else ():
            written = re.sub(r"(?:^|\s)#.*$", "", whole)
            found = TEST.match(written)
            if found is not None:
                command, line = found[1], number
            elif line and KEY.match(written):
                break
            elif line:
                command += f" {written.strip().removeprefix('- ')}"
        words = re.sub(r"[\[\],\"']", " ", command).split()
        if words and words[0] != "NONE":
            made.append(Asked(name, " ".join(words[1:] if words[0] in ("CMD", "CMD-SHELL") else words), line))
    return tuple(made)


@Question
def lacks_procps(text: str) -> bool:
    """Whether each image that a recipe makes is one of Python's slim ones, and nothing in it brings `pgrep` and `ps`."""
    return bool(stages_from(text, SLIM)) and BRINGS.search(text) is None
