"""The commands of deployment files: each start of Celery, with the queues that it reads, whatever form the file has."""

from __future__ import annotations

import re

from taskguard.facts.lines import depth_of
from taskguard.patterns import regex
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = regex(r"(?:^|[\s/=@-])celery(?=\s)(.*)", re.S)
SEPARATED = regex(r"&&|\|\||[;|&\n]|(?:^|(?<=\s))(?:then|else|elif|fi|do|done)(?=[\s\"']|$)")
QUOTES = regex(r"[\"',\[\]]")
# What stands in quotes, with the blank behind it; and a command in it that starts Celery: it is another program's argument.
QUOTED_WORD = regex(r"""("(?:[^"\\]|\\.)*"|'[^']*')([ \t]?)""")
QUOTED_COMMAND = regex(r"(?:^.|[\s/=])celery\s+[^\s\"']")
CONTINUED = regex(r"\\\r?\n")
COMMENT = ("#", ";", "REM ", "Rem ", "rem ", "@REM ", "@Rem ", "@rem ", "::", "@::", "//")
# What may start a worker although no command is seen, or tell one its queues elsewhere.
OTHERWISE = regex(
    r"\bCELERYD_|\bCELERY_QUEUES\b|\bcelery\.__main__|\$[{(]?CELERY\w*[})]?\"?\s(?:.*\s)?(?:worker|multi)\b", re.I
)
# What Celery's unit for systemd and its init script hand to `-A`.
GIVEN_APP = regex(
    r"\s*(?:-\s+)?(?:ENV\s+|export\s+|Environment=)?[\"']?CELERY_APP[\"']?\s*[:=]\s*[\"']?([\w.:]+)[\"']?\s*(?:#.*)?$"
)
QUEUED = regex(r"(?:^|[\s\"'])(?:-Q|--queues)\b")
# A command that talks of Celery, or looks after it, and does not start it.
TALKS = regex(
    r"(?:^|[\s\"'@(/])(?:echo|printf|print|pgrep|pkill|killall|grep|logs?|tail|systemctl|supervisorctl|pip|apt(?:-get)?|apk|kubectl)\s"
)
# The last word before `celery` where it is a command although no app is named.
BEFORE = regex(r"(?:^|[:=/]|[\s\"'](?:run|exec|-m|-c|-lc|--|nohup|sudo|run-program)|manage\.py|\w=\S*)[\s\"']*$")
UNTOLD = regex(r"[${%*]")
VARIABLE = regex(r"\$\{?(\w+)(?::?-([^}$]*))?\}?$")
# All that a script was called with.
ALL_GIVEN = ("$@", "$*", "${@}", "%*")
STEPS = frozenset("worker beat flower multi events inspect control status purge report shell call".split())
# Those that neither take messages nor send what is due.
LOOKING = frozenset("flower inspect status report".split())
WITH_BEAT = ("-B", "--beat")
NAME = regex(r"[A-Za-z_]\w*(?:\.\w+)*(?::[A-Za-z_][\w.]*)?\Z")
KEYED = regex(r"(\s*(?:-\s+)*)([\w./$\"'-]+)\s*:(?:\s+(.*)|\s*)$")
ITEM = regex(r"(\s*)-(?:\s+(.*)|\s*)$")
BLOCK = regex(r"(?:&\S+\s+)?([|>])[-+\d]*\s*(?:#.*)?$")
OPENED = regex(r"\s*\"?(?:command|entryPoint|entrypoint|args)\"?\s*[=:]\s*\[[^\]]*$")
STARTING = ("entrypoint", "command", "args")


class Launch(Record):
    """A start of Celery: `app` as `-A` names it, `step` is `worker`, `beat`…, `queues` those of `-Q`, None where it says none.

    With `open` it may read other queues than these. `include` are the modules that it is told to import. `beat` says that it runs the schedule, alone
    or within a worker (`-B`). `pool` is that of `-P`, empty where it says none.
    """

    app: str
    step: str
    queues: tuple[str, ...] | None
    path: str
    open: bool = False
    include: tuple[str, ...] = ()
    beat: bool = False
    pool: str = ""


def starts(line: str, path: str) -> Iterator[Launch | None]:
    """The starts of Celery in a command, which may hold a list of words in JSON or YAML; None for one that cannot be read, or may be one."""
    given = GIVEN_APP.match(line)
    if given is not None and NAME.match(given[1]):
        yield Launch(given[1], "worker", None, path, True)
        return
    for part in parts_of(line):
        if TALKS.search(part):
            continue
        found = COMMAND.search(" " + QUOTES.sub(" ", part)) if "celery" in part else None
        words = found[1].split() if found is not None else []
        made = _launch(words, path)
        if made is not None:
            yield made
        elif QUEUED.search(part) or OTHERWISE.search(part):
            yield None
        elif any(word.startswith(("-A", "--app")) for word in words) and not (STEPS - LOOKING).isdisjoint(words):
            yield None
        elif words and words[0] in ("worker", "multi") and BEFORE.search(part[: part.find("celery")]):
            yield None


def parts_of(line: str) -> list[str]:
    """The commands of a line, each by itself. One in quotes ends with them: what follows is said to the program that runs it (`watchfiles "celery … worker" src`)."""
    if "celery" in line:
        line = QUOTED_WORD.sub(_ended, line)
    return SEPARATED.split(line)


def _ended(quoted: re.Match[str]) -> str:
    return f"{quoted[1]}\n" if quoted[2] and QUOTED_COMMAND.search(quoted[1]) else quoted[0]


def launches(line: str, path: str) -> Iterator[Launch]:
    """The starts of Celery in a command that can be read."""
    return (one for one in starts(line, path) if one is not None)


def _launch(words: list[str], path: str) -> Launch | None:
    app, step, queues, opened, beat, pool = "", "", None, False, False, ""
    included: list[str] = []
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        name, equals, value = word.partition("=")
        if name in ("-A", "--app"):
            app = value or following  # quotes have become blanks: `--app="shop"`
        elif word.startswith("-A") and len(word) > 2:
            app = word[2:]
        elif name in ("-Q", "--queues") or (word.startswith("-Q") and word[2:3].isalnum()):
            first = [value] if equals else [] if name in ("-Q", "--queues") else [word[2:]]
            queues = (*(queues or ()), *(one for one in (*first, *_listed(words[place + 1 :])) if one))
        elif name in ("-I", "--include"):
            first = value.split(",") if equals else []
            included += [one for one in (*first, *_listed(words[place + 1 :])) if NAME.match(one)]
        elif name in ("-P", "--pool"):
            pool = value if equals else following
        elif word.startswith("-P") and len(word) > 2:
            pool = word[2:]
        elif word in STEPS and not step:
            step = word
        elif word in WITH_BEAT:
            beat = True
        elif name in ("-X", "--exclude-queues") or name.startswith("-Q"):
            opened = True
        elif word in ALL_GIVEN or (word.startswith(("$", "{")) and place and not words[place - 1].startswith("-")):
            opened = True  # options that stand elsewhere
    if not NAME.match(app) or not step:
        return None
    return Launch(app, step, queues, path, opened or step == "multi", tuple(included), beat or step == "beat", pool)


def named(launch: Launch, texts: list[str]) -> Launch:
    """A start whose `-Q` names a variable, with the queues that the files' texts set it to, as far as they only set it to plain words."""
    if not any(map(UNTOLD.search, launch.queues or ())):
        return launch
    made: list[str] = []
    for part in re.split(r",(?![^{]*\})", ",".join(launch.queues or ())):
        found = VARIABLE.match(part)
        values = _set_to(found[1], texts) if found is not None else [part]
        if not values or any(map(UNTOLD.search, values)):
            return launch.replace(queues=None, open=True)
        made += [*values, *((found[2] or "").split(",") if found is not None else ())]
    return launch.replace(queues=tuple(one for one in made if one))


def _set_to(name: str, texts: list[str]) -> list[str]:
    """The words that a variable of the environment is set to; none where one of its places cannot be read, or where all of them are defaults."""
    said = re.compile(rf"(?<![\w${{]){name}(?!\w)")
    plain = re.compile(
        rf"\s*(?:-\s+)?(?:ENV\s+|export\s+|ARG\s+|set\s+|Environment=)?[\"']?{name}[\"']?\s*(?:[:=]\s*|\s+)"
        r"[\"']?(?:\$\{\w+:-)?([\w.,:@-]*)\}?[\"']?\s*(?:#.*)?$"
    )
    made: list[str] = []
    set_for_good = False  # what an image or a shell falls back to is there to be set elsewhere
    for text in texts:
        for line in text.splitlines() if name in text else ():
            if line.lstrip().startswith(COMMENT) or said.search(line) is None or TALKS.search(line):
                continue
            found = plain.match(line)
            if found is None:
                return []
            made += [one for one in found[1].split(",") if one]
            set_for_good = set_for_good or re.match(r"\s*(?:ENV|ARG)\s|.*:-", line) is None
    return made if set_for_good else []


def _listed(words: list[str]) -> list[str]:
    """The queues after `-Q`: commas have become blanks, so they end at the next option."""
    made = []
    for word in words:
        if word.startswith(("-", "#")) or word in STEPS or ">" in word:
            break
        made.append(word)
    return made


def commands(text: str, path: str) -> list[str]:
    """The commands of a file, each on one line, what is a comment left out."""
    name = path.rpartition("/")[2]
    lines = [one.expandtabs() for one in CONTINUED.sub(" ", text).splitlines()]
    lines = [one for one in lines if not one.lstrip().startswith(COMMENT)]
    if name.endswith((".yml", ".yaml")) or "compose" in name:
        return list(_of_yaml(lines))
    if name.endswith((".conf", ".ini", ".cfg")):
        return _of_ini(lines)
    if name.endswith((".tf", ".hcl")):
        return _of_lists(lines)
    return lines


def _of_ini(lines: list[str]) -> list[str]:
    """Lines that begin with blanks go on with the value before."""
    made: list[str] = []
    for line in lines:
        if made and line[:1].isspace() and line.strip():
            made[-1] += " " + line.strip()
        else:
            made.append(line)
    return made


def _of_lists(lines: list[str]) -> list[str]:
    """A list of words that is spread over lines (`command = ["celery", …` of Terraform) is one command."""
    made: list[str] = []
    opened = False
    for line in lines:
        if opened:
            made[-1] += " " + line.strip()
            opened = "]" not in line
        else:
            made.append(line)
            opened = OPENED.match(line) is not None
    return made


def _of_yaml(lines: list[str]) -> Iterator[str]:
    """Each scalar on one line. A list of words is one, and so are the `command` and the `args` of one container."""
    place = 0
    taken: set[int] = set()  # the lines of keys that were read with their partners
    while place < len(lines):
        start = place
        keyed, item = KEYED.match(lines[place]), ITEM.match(lines[place])
        if item is not None and keyed is None:
            parts, place = _items(lines, place, len(item[1]))
            yield from parts
            continue
        parts, place = _scalar(lines, place)
        if start in taken:
            place = _value(lines, start, len(keyed[1]) if keyed is not None else 0)[1]
            continue
        if keyed is None or keyed[2] not in STARTING:
            yield from parts
            continue
        column = len(keyed[1])
        text, place = _value(lines, start, column)
        partner = _partner(lines, place, column, keyed[2])
        if partner is not None:
            other, there, text_of_other = partner
            first, second = sorted(((keyed[2], text), (other, text_of_other)), key=lambda one: STARTING.index(one[0]))
            yield from f"{first[1]} {second[1]}".split("\n")
            taken.add(there)
        else:
            yield from text.split("\n")


def _partner(lines: list[str], place: int, column: int, key: str) -> tuple[str, int, str] | None:
    """The `args` of a container whose `command` ends before a line, or the reverse: key, line and text; whatever keys stand between the two."""
    while place < len(lines):
        line = lines[place]
        depth = depth_of(line)
        keyed = KEYED.match(line)
        if line.strip() and not line.lstrip().startswith("{{"):
            at = len(keyed[1]) if keyed is not None else depth
            if at < column and not (ITEM.match(line) and depth == at == column):
                return None
            if keyed is not None and at == column:
                if "-" in keyed[1] or keyed[2] == key:
                    return None  # the next container
                if keyed[2] in STARTING:
                    return keyed[2], place, _value(lines, place, column)[0]
            elif ITEM.match(line) and depth < column - 1 and at <= column:
                return None
        place += 1
    return None


def _value(lines: list[str], place: int, column: int) -> tuple[str, int]:
    """The text of a key's value, and where it ends."""
    parts, place = _scalar(lines, place)
    text = "\n".join((parts[0].partition(":")[2], *parts[1:]))
    item = ITEM.match(lines[place]) if place < len(lines) else None
    if not text.strip() and item is not None and len(item[1]) >= column:
        parts, place = _items(lines, place, len(item[1]))
        text = "\n".join(parts)
    return text, place


def _items(lines: list[str], place: int, column: int) -> tuple[list[str], int]:
    """The scalars of a list, and where it ends: one command where they are its words."""
    made: list[str] = []
    while place < len(lines) and KEYED.match(lines[place]) is None:
        item = ITEM.match(lines[place])
        if item is None or len(item[1]) != column:
            break
        parts, place = _scalar(lines, place)
        made += [ITEM.sub(r"\2", one) for one in parts]
    # A word alone is no command: `celery,mail` are queues.
    whole = any(" " in one.strip() and COMMAND.search(" " + QUOTES.sub(" ", one)) for one in made)
    return (made if whole else [" ".join(made)]), place


def _scalar(lines: list[str], place: int) -> tuple[list[str], int]:
    """What stands from a line on, and where the next begins: a block of text line by line where it is kept so, else on one line."""
    line = lines[place]
    keyed, item = KEYED.match(line), ITEM.match(line)
    column = len(keyed[1]) if keyed is not None else len(item[1]) if item is not None else depth_of(line)
    value = keyed[3] if keyed is not None else item[2] if item is not None else line
    place += 1
    if not (value or "").strip():
        return [line], place
    body = []
    while place < len(lines) and (not lines[place].strip() or len(lines[place]) - len(lines[place].lstrip()) > column):
        body.append(lines[place].strip())
        place += 1
    block = BLOCK.match(value)
    if block is None:
        return [" ".join([line, *body])], place
    head = line[: line.rfind(block[0])]
    if block[1] == "|":
        return [head, *body], place
    return [head + " ".join(body)], place
