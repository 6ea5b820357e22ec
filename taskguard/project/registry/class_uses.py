"""What a project does with a task class that nothing is seen to register: builds upon it, hands it on, or runs it itself."""

from __future__ import annotations

import re

from taskguard.patterns import regex
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.project import Project

COMMENT = regex(r"#[^\n]*|\"\"\".*?\"\"\"|'''.*?'''", re.S)
ASKED = regex(r"\b(?:isinstance|issubclass|assert\w*)\([^\n]*")


class Uses(Record):
    """`base`: another class derives from it. `handed`: it stands in a list, an argument or under another name, so that whoever
    has it may register it; the path of the first such place. `ran`: its `run` is called and no message of it is sent."""

    base: bool
    handed: str
    ran: bool


@query
def uses(project: Project, name: str) -> Uses:
    """What the texts of the project say of a class of that name, tests included: nothing of them needs to be parsed."""
    based = re.compile(rf"^[ \t]*class[ \t]+\w+\([^)]*\b{name}\b", re.M)
    # `[Name, …]`, `register(Name())`, `{"a": Name}`, `Other = Name`; not `Name.x`, `-> Name`, `def f(a: Name)`.
    whole = rf"(?:\w+\.)*{name}"
    held = re.compile(rf"[\[({{,=:]\s*{whole}(?:\(\))?\s*[\])}},]|(?<![:=!<>])=\s*{whole}\s*$", re.M)
    annotated = re.compile(
        rf"^\s*(?:async )?def\b[^\n]*|:\s*(?:\w+\.)*{name}\s*(?:=|$)|^(?:from\b|import\b)[^(\n]*(?:\([^)]*\))?", re.M
    )
    sent = re.compile(rf"\b{name}(?:\(\))?\.(?:delay|apply_async|apply|s|si|signature)\(")
    run = re.compile(rf"\b{name}\([^()\n]*\)(?:\.run)?\(")
    made = re.compile(rf"(\w+)[ \t]*=[ \t]*{name}\(")
    base, handed, ran, is_sent = False, "", False, False
    for path in project.search(name):
        text = COMMENT.sub("", project.text(path) or "")
        base = base or based.search(text) is not None
        plain = annotated.sub("", ASKED.sub("", based.sub("", text)))
        if not handed and held.search(plain) is not None:
            handed = path
        ran = ran or run.search(plain) is not None
        is_sent = is_sent or sent.search(plain) is not None
        for variable in made.findall(plain):
            ran = ran or re.search(rf"\b{variable}(?:\.run)?\(", plain) is not None
            is_sent = is_sent or re.search(rf"\b{variable}\.(?:delay|apply_async|s|si)\(", plain) is not None
    return Uses(base, handed, ran and not is_sent)
