"""Changes of the contract that were agreed to: a small file with code, subject, reason and date of each."""

from __future__ import annotations

import json
import os

from taskguard.errors import Problem, UserError
from taskguard.reading import read_text, why
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.diagnostics import Diagnostic

FILE = "taskguard-accepted.toml"


class Accepted(Record):
    """One change that was agreed to; `date` is an ISO date."""

    code: str
    subject: str
    reason: str
    date: str


def accepted(root: str) -> tuple[Accepted, ...]:
    """What the file of accepted changes in the project's root says. Raises UserError where it cannot be read."""
    from taskguard.settings.toml import TomlError, error_line, parse

    try:
        text = read_text(os.path.join(root, FILE))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(Problem(FILE, 0, "", f"cannot be read: {why(error)}")) from None
    try:
        entries = parse(text).get("accepted", [])
    except TomlError as error:
        raise UserError(Problem(FILE, error_line(error, text), "", str(error))) from None
    try:
        return tuple(Accepted(*(str(one[key]) for key in Accepted.fields)) for one in entries)
    except (KeyError, TypeError):
        raise UserError(Problem(FILE, 0, "accepted", f"each entry needs {', '.join(Accepted.fields)}")) from None


def without(found: Iterable[Diagnostic], agreed: Iterable[Accepted]) -> tuple[list[Diagnostic], int]:
    """The diagnostics that nobody agreed to, and the number of the others."""
    known = {(one.code, one.subject) for one in agreed}
    found = list(found)
    kept = [one for one in found if (one.code, one.symbol) not in known]
    return kept, len(found) - len(kept)


def accept(root: str, words: Iterable[str], reason: str, today: str) -> tuple[Accepted, ...]:
    """Writes entries for `CODE:SUBJECT` words to the file, replacing older ones. Raises UserError for words of another form."""
    made = {(one.code, one.subject): one for one in accepted(root)}
    for word in words:
        code, colon, subject = word.partition(":")
        if not (colon and subject and code.startswith("TG7")):
            raise UserError(f"--accept wants CODE:SUBJECT, such as TG701:shop.tasks.send_receipt, not {word!r}")
        made[code, subject] = Accepted(code, subject, reason, today)
    lines = ["# Changes of the contract that were agreed to: `taskguard verify` does not report them.\n"]
    for one in sorted(made.values()):
        lines.append("\n[[accepted]]\n")
        lines += [f"{key} = {json.dumps(getattr(one, key), ensure_ascii=False)}\n" for key in Accepted.fields]
    try:
        with open(os.path.join(root, FILE), "w", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as error:
        raise UserError(f"cannot write {FILE}: {error.strerror}") from None
    return tuple(sorted(made.values()))
