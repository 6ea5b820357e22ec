"""Comments that steer taskguard: `# noqa`, `# taskguard: ignore-file[TG101] reason`, `# taskguard: facade`."""

from __future__ import annotations

from taskguard.diagnostics import Span
from taskguard.facts.model import Directive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "taskguard:"
KINDS = ("ignore-file", "facade")
LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
DIGITS = frozenset("0123456789")


def scan(text: str, prefixes: tuple[str, ...] = ("TG",)) -> tuple[Directive, ...]:
    """The directives of a file, in order of line. A `# noqa` that names only codes of other tools is none of them.

    `prefixes` are the letters of the codes that are not those of other tools.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = []
    for number, line in lines_with_words(text):
        if noqa := read_noqa(line, number, prefixes):
            found.append(noqa)
        if MARK in line and (own := read_own(line, number)):
            found.append(own)
    if all(one.kind == "noqa" and not one.codes for one in found):
        return tuple(found)
    starts = comment_starts(text.split("\n"))
    return tuple(one for one in found if stands_in_comment(one, starts.get(one.span.line, 0)))


def lines_with_words(text: str) -> Iterator[tuple[int, str]]:
    """The lines in which a directive may stand, with their numbers. Of the others, nearly all, nobody has to make a string."""
    small = text.replace("\u0130", "i").lower()  # the one letter that is two in lower case
    number, start, end = 1, 0, len(text)
    noqa, mark = small.find("noqa"), text.find(MARK)
    while noqa >= 0 or mark >= 0:
        at = min(noqa if noqa >= 0 else end, mark if mark >= 0 else end)
        number += text.count("\n", start, at)
        start = text.rfind("\n", start, at) + 1 or start
        stop = text.find("\n", at)
        yield number, text[start : stop if stop >= 0 else end]
        if stop < 0:
            return
        number, start = number + 1, stop + 1
        # Each is looked for once: to do so at each line of the other takes the square of their number.
        noqa = small.find("noqa", start) if 0 <= noqa < start else noqa
        mark = text.find(MARK, start) if 0 <= mark < start else mark


def stands_in_comment(directive: Directive, start: int) -> bool:
    """Whether a directive is a comment and no part of a string. `start` is the column of its line's comment, 0 for none.

    A bare `# noqa` in a string counts: flake8 looks at lines alone.
    """
    if directive.kind == "noqa":
        return not directive.codes or 0 < start <= directive.span.column
    return directive.span.column == start


def read_noqa(line: str, number: int, prefixes: tuple[str, ...] = ("TG",)) -> Directive | None:
    """The first `# noqa` of a line, as flake8 reads it: one blank before the word, any case, codes after a colon."""
    at = line.find("# ")
    while at >= 0:
        if line[at + 2 : at + 6].lower() == "noqa":
            break
        at = line.find("# ", at + 1)
    else:
        return None
    codes, end = read_codes(line, at + 6)
    own = tuple(dict.fromkeys(code for code in codes if is_own(code, prefixes)))
    if codes and not own:
        return None
    return Directive("noqa", own, "", Span(number, at + 1, number, end + 1))


def noqa_codes(line: str) -> tuple[list[str], int] | None:
    """The codes of the first `# noqa` of a line, other tools' too, and the place where they end; None where there is none that names any."""
    at = line.find("# ")
    while at >= 0 and line[at + 2 : at + 6].lower() != "noqa":
        at = line.find("# ", at + 1)
    codes, end = read_codes(line, at + 6) if at >= 0 else ([], 0)
    return (codes, end) if codes else None


def read_codes(line: str, at: int) -> tuple[list[str], int]:
    """The codes after `# noqa`, in upper case, and the place where they end. What does not begin with a code is none."""
    codes: list[str] = []
    end = at
    if line[at : at + 1] != ":":
        return codes, end
    at += 1
    if line[at : at + 1].isspace():
        at += 1
    while (stop := code_end(line, at)) > at:
        if codes and at == end:
            codes[-1] += line[at:stop].upper()
        else:
            codes.append(line[at:stop].upper())
        at = end = stop
        while line[at : at + 1] == "," or line[at : at + 1].isspace():
            at += 1
    return codes, end


def code_end(line: str, at: int) -> int:
    """Where the letters and digits of a code at `at` end; `at` itself where no code begins."""
    digits = at
    while line[digits : digits + 1] in LETTERS:
        digits += 1
    end = digits
    while line[end : end + 1] in DIGITS:
        end += 1
    return end if at < digits < end else at


def is_own(code: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a code is one of taskguard's kind, known or not."""
    return any(code.startswith(letters) and code[len(letters) : len(letters) + 1] in DIGITS for letters in prefixes)


def read_own(line: str, number: int) -> Directive | None:
    """A comment that begins with `taskguard:`."""
    at = line.find(MARK)
    head = line[:at].rstrip(" \t")
    if not head.endswith("#"):
        return None
    next_comment = line.find("# ", at)
    own = line[: next_comment if next_comment >= 0 else len(line)].rstrip()
    body = own[at + len(MARK) :].strip()
    span = Span(number, len(head), number, len(own) + 1)
    word = body[: word_end(body)]
    rest = body[len(word) :].strip()
    if word == "facade":
        return Directive("facade", (), rest, span)
    if word == "ignore-file":
        return ignore_file(rest, span)
    return Directive("malformed", (), unknown_word(word), span)


def word_end(body: str) -> int:
    end = 0
    while body[end : end + 1] in LETTERS or body[end : end + 1] == "-":
        end += 1
    return end


def unknown_word(word: str) -> str:
    from taskguard.errors import nearest

    guess = nearest(word, KINDS)
    hint = f"did you mean `{guess}`?" if guess else f"there are {' and '.join(KINDS)}"
    return f"`taskguard: {word}` is no directive; {hint}"


def ignore_file(rest: str, span: Span) -> Directive:
    """`ignore-file`, with what follows the word."""
    codes: tuple[str, ...] = ()
    if rest.startswith("["):
        inside, closed, rest = rest[1:].partition("]")
        codes = tuple(dict.fromkeys(inside.upper().replace(",", " ").split()))
        if not closed or not codes:
            return Directive(
                "malformed",
                (),
                "`ignore-file` wants codes in its brackets: `# taskguard: ignore-file[TG101] reason`",
                span,
            )
    reason = rest.strip(" \t:-")
    if not reason:
        return Directive(
            "malformed",
            (),
            "`ignore-file` has no effect without a reason: `# taskguard: ignore-file[TG101] reason`",
            span,
        )
    return Directive("ignore-file", codes, reason, span)


def comment_starts(lines: list[str]) -> dict[int, int]:
    """Line -> column of its comment, both 1-based. Strings are skipped, whichever grammar the file is written in."""
    found: dict[int, int] = {}
    closing = ""
    for number, line in enumerate(lines, 1):
        at = 0
        if closing:
            at = string_end(line, 0, closing)
            if at < 0:
                if len(closing) == 1 and not continued(line):
                    closing = ""
                continue
            closing = ""
        for place, quote in openings(line, at):
            if quote == "#":
                found[number] = place + 1
            elif len(quote) == 3 or continued(line):
                closing = quote
    return found


def openings(line: str, at: int) -> Iterator[tuple[int, str]]:
    """What a line leaves behind: its comment, or a string that it opens and does not close."""
    while at < len(line):
        char = line[at]
        if char == "#":
            yield at, char
            return
        if char in "\"'":
            quote = char * 3 if line.startswith(char * 3, at) else char
            end = string_end(line, at + len(quote), quote)
            if end < 0:
                yield at, quote
                return
            at = end
        else:
            at += 1


def string_end(line: str, at: int, quote: str) -> int:
    """The place behind the closing `quote`, looked for from `at`, or -1."""
    while (end := line.find(quote, at)) >= 0:
        backslashes = end - len(line[at:end].rstrip("\\")) - at
        if backslashes % 2 == 0:
            return end + len(quote)
        at = end + 1
    return -1


def continued(line: str) -> bool:
    """Whether a line ends in a backslash that continues it."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1
