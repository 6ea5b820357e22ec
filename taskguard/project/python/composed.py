"""The services of compose files, and the processes of Fly's, that start Celery: each with the image that it runs in, as far as that is one of the project's own."""

from __future__ import annotations

import re
from posixpath import normpath

from taskguard.diagnostics import Span
from taskguard.facts.lines import depth_of
from taskguard.facts.questions import PlacedQuestion, Question
from taskguard.patterns import regex
from taskguard.project.python.commands import COMMENT, commands, launches
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.project.python.commands import Launch

    Lines = list[tuple[int, str]]  # lines of a file with their numbers
    Mapping = dict[str, Lines]  # the values of keys: what stands behind the colon first, then the lines below

KEY = regex(r"(\s*)[\"']?([\w.<$-]+)[\"']?\s*:(?:\s+(.*)|\s*)$")
ANCHOR = regex(r"&([\w.-]+)\s*(.*)$")
ALIAS = regex(r"\*([\w.-]+)")
FLOW = regex(r"([\w-]+)\s*:\s*([^,{}]+)")
WORD = regex(r"[\w./:@=+$-]+")
# Keys by which an image is more than its folder and its recipe, or a service more than its own lines.
FOREIGN = frozenset(("dockerfile_inline", "additional_contexts"))
BLOCK = regex(r"[|>][-+\d]*$")
# Keys by which a container may reach a host under another name, or share a network.
SHARING = frozenset(("network_mode", "extra_hosts", "links", "external_links", "extends"))
# Images of servers of messages.
SERVER = regex(r"(?:[\w.-]+/)*(?:bitnami|library)?/?(redis|valkey|rabbitmq)(?:[:@/-]\S*)?$", re.I)
# How deep a service may be put together of others.
DEEPEST = 5
PROCESSES = regex(r"^\[processes\][ \t]*$(.*?)(?=^\[|\Z)", re.M | re.S)
PROCESS = regex(r"^[ \t]*[\"']?([\w-]+)[\"']?[ \t]*=[ \t]*([\"'])(.*)\2[ \t]*(?:#.*)?$", re.M)
FLY_BUILD = regex(r"^\[build\][ \t]*$(.*?)(?=^\[|\Z)", re.M | re.S)
FLY_KEY = regex(r"^[ \t]*([\w-]+)[ \t]*=[ \t]*[\"']([^\"']*)[\"']", re.M)


class Started(Record):
    """A service that starts Celery in an image which is built of the folder `context` by `recipe`, up to the stage `target`.

    `first` is the first word of its command, `span` where that stands; `entrypoint` what it puts in place of the image's own, None where it does not.
    `mounts` are the paths of a machine, or volumes, that it has in its container, with their paths there. `words` are those of the command, and
    `folder` is the one that the service says it is started in. `checked` says that it is asked for its health in a way of its own, `user` that it runs as
    another user than its image says.
    """

    name: str
    launch: Launch
    first: str
    span: Span
    context: str
    recipe: str
    target: str
    entrypoint: tuple[str, ...] | None
    mounts: tuple[tuple[str, str], ...]
    words: tuple[str, ...] = ()
    folder: str = ""
    checked: bool = False
    user: bool = False


class Container(Record):
    """A service of a compose file that starts Celery once. `span` is where its command stands, `words` are those of the command.

    `settled` says that its variables stand in the file alone: it has no file of them. `apart` says that it may share the network of something else, or
    is told names of hosts. `servers` are the services of the same file that are Redis or RabbitMQ, by the word for that.
    """

    name: str
    launch: Launch
    span: Span
    words: tuple[str, ...]
    settled: bool
    apart: bool
    servers: tuple[tuple[str, str], ...]


@PlacedQuestion
def containers_of(text: str, path: str) -> tuple[Container, ...]:
    """The services of a compose file that start Celery, beside servers of messages; those that merge what is not there left out."""
    if "celery" not in text or "compose" not in path.rpartition("/")[2] or len(text) > 1_000_000:
        return ()
    whole = services_in(text)[0]
    images = {name: said_in(body["image"]) for name, body in whole.items() if body is not None and "image" in body}
    servers = [
        (held[1].lower().replace("valkey", "redis"), name)
        for name, image in images.items()
        if (held := SERVER.match(image)) is not None
    ]
    made = []
    for name, body in whole.items():
        found = _launch(body["command"], path) if body is not None and "command" in body else None
        if body is not None and found is not None:
            apart = not SHARING.isdisjoint(body)
            settled = "env_file" not in body and "extends" not in body
            place = place_in(body["command"], text)
            made.append(Container(name, found[1], place, tuple(found[0]), settled, apart, tuple(servers)))
    return tuple(made)


def services_in(text: str) -> tuple[dict[str, Mapping | None], dict[str, Lines]]:
    """The keys of each service, with those that it merges, and what anchors stand for."""
    lines = _plain_lines(text)
    anchored = _anchors(lines)
    services = _mapping(_mapping(lines).get("services", [])[1:])
    return {name: _whole(body[1:], anchored) for name, body in services.items()}, anchored


def images_of(
    services: dict[str, Mapping | None], anchored: dict[str, Lines], folder: str
) -> dict[str, tuple[str, str, str] | None]:
    """The image of each service as `_image` has it; of services that share an image one may say how it is built. None where none does."""
    built = {
        said_in(body["image"]): body["build"]
        for body in services.values()
        if body is not None and "image" in body and "build" in body
    }
    made = {}
    for name, body in services.items():
        build = None
        if body is not None:
            build = body.get("build") or (built.get(said_in(body["image"])) if "image" in body else None)
        made[name] = _image(build, anchored, folder) if build is not None else None
    return made


def lines_of_services(text: str) -> dict[str, int]:
    """The lines on which the services are named."""
    services = _mapping(_mapping(_plain_lines(text)).get("services", [])[1:])
    return {name: body[0][0] for name, body in services.items()}


@PlacedQuestion
def started_in_images(text: str, path: str) -> tuple[Started, ...]:
    """The services of a file that start Celery in an image which the file says how to build, and which nothing else says more about."""
    name = path.rpartition("/")[2]
    if "celery" not in text or len(text) > 1_000_000:
        return ()
    if name.startswith("fly.") and name.endswith(".toml"):
        return tuple(_of_fly(text, path))
    return tuple(_of_compose(text, path)) if "compose" in name and "build" in text else ()


@Question
def entered(text: str) -> frozenset[str]:
    """The services that a compose file gives an entrypoint, or has another file describe."""
    lines = _plain_lines(text)
    services = _mapping(_mapping(lines).get("services", [])[1:])
    return frozenset(
        name for name, body in services.items() if not _mapping(body[1:]).keys().isdisjoint(("entrypoint", "extends"))
    )


@Question
def checked_anew(text: str) -> frozenset[str]:
    """The services of which a compose file may say how they are asked for their health, what their containers begin with, or that they run something else than Celery."""
    made = set[str]()
    for name, body in services_in(text)[0].items():
        words = words_in(body["command"]) if body is not None and "command" in body else ["celery"]
        celery = any(one.rpartition("/")[2] == "celery" for one in words)
        if body is None or not celery or not body.keys().isdisjoint(("healthcheck", "entrypoint")):
            made.add(name)
    return frozenset(made)


def _of_compose(text: str, path: str) -> list[Started]:
    whole, anchored = services_in(text)
    images = images_of(whole, anchored, path.rpartition("/")[0])
    made = []
    for name, body in whole.items():
        if body is None or "command" not in body or "extends" in body:
            continue
        image = images[name]
        found = _launch(body["command"], path)
        if image is None or found is None:
            continue
        words, launch = found
        entry = body.get("entrypoint")
        if entry is not None and (ALIAS.match(said_in(entry)) or BLOCK.match(said_in(entry))):
            continue
        mounts = mounts_in(body.get("volumes", []), anchored)
        if mounts is None or not words:
            continue
        said = tuple(words_in(entry)) if entry is not None else None
        working = said_in(body["working_dir"]) if "working_dir" in body else ""
        place = place_in(body["command"], text)
        checked = "healthcheck" in body
        user = "user" in body
        made.append(Started(name, launch, words[0], place, *image, said, mounts, tuple(words), working, checked, user))
    return made


def _launch(value: Lines, path: str) -> tuple[list[str], Launch] | None:
    """The words of a command that starts Celery once, and that start."""
    body = "\n".join(("command: " + value[0][1], *(_bared(line) for _, line in value[1:])))
    found = [one for line in commands(body, path) for one in launches(line, path)]
    return (words_in(value), found[0]) if len(found) == 1 else None


def words_in(value: Lines) -> list[str]:
    """The words of a command or an entrypoint, whatever form it has, without quotes."""
    first = BLOCK.sub("", value[0][1]).strip()
    rest = [re.sub(r"^\s*-\s+", "", _bared(line)) for _, line in value[1:]]
    return WORD.findall(re.sub(r"[\"',\[\]]", " ", " ".join((first, *rest))))


def place_in(value: Lines, text: str) -> Span:
    """Where a command is written: its first word."""
    lines = text.splitlines()
    for number, line in value:
        plain = _bared(line).strip()
        found = WORD.search(plain.removeprefix("- ")) if not BLOCK.match(plain) else None
        start = lines[number - 1].find(plain) if found is not None else -1
        if found is not None and start >= 0:
            first = start + len(plain) - len(plain.removeprefix("- ")) + found.start() + 1
            return Span(number, first, number, start + len(plain) + 1)
    number = value[0][0]
    return Span(number, 1, number, len(lines[number - 1]) + 1)


def _image(build: Lines, anchored: dict[str, Lines], folder: str) -> tuple[str, str, str] | None:
    """Folder, recipe and stage of an image, as the project has them; None where they are not said, or lie elsewhere."""
    said = said_in(build)
    alias = ALIAS.match(said)
    if alias is not None:
        build = anchored.get(alias[1], [])
        said = said_in(build) if build else ""
    said = ANCHOR.sub(r"\2", said)
    if said.startswith("{"):
        keys = {name: value.strip("\"' ") for name, value in FLOW.findall(said)}
    elif said:
        keys = {"context": said}
    else:
        keys = {name: said_in(value) for name, value in _mapping(build[1:]).items()}
    if not keys or "<<" in keys or not FOREIGN.isdisjoint(keys):
        return None
    context = _inside(folder, keys.get("context", "."))
    recipe = _inside(context, keys.get("dockerfile", "Dockerfile")) if context is not None else None
    target = keys.get("target", "")
    return None if context is None or recipe is None or "$" in target else (context, recipe, target)


def _inside(folder: str, written: str) -> str | None:
    if written.startswith(("/", "~")) or any(one in written for one in "$:*"):
        return None
    found = normpath(f"{folder}/{written}" if folder else written)
    return None if found == ".." or found.startswith("../") else "" if found == "." else found


def mounts_in(value: Lines, anchored: dict[str, Lines]) -> tuple[tuple[str, str], ...] | None:
    """What a service mounts, and where; None where that cannot be read."""
    if value and (alias := ALIAS.match(said_in(value))):
        value = anchored.get(alias[1], [])
        if not value:
            return None
    made = []
    for _, written in value[1:]:
        line = _bared(written)
        source, colon, target = line.strip().lstrip("- ").strip("\"'").partition(":")
        if ALIAS.match(source) or source in ("type", "source", "target") or "$" in target:
            return None
        if "$" in source:  # `${DATA:-./data}:/data` has its colons elsewhere
            target = line.strip().strip("\"'").rpartition("}")[2].lstrip(":")
        if target or colon:
            made.append((source, target.partition(":")[0]))
    return tuple(made)


def _of_fly(text: str, path: str) -> list[Started]:
    """Fly hands the command of a process to the entrypoint of the image: https://fly.io/docs/reference/configuration/#the-processes-section."""
    found, build = PROCESSES.search(text), FLY_BUILD.search(text)
    keys = dict(FLY_KEY.findall(build[1])) if build is not None else {}
    folder = path.rpartition("/")[0]
    recipe = _inside(folder, keys.get("dockerfile", "Dockerfile"))
    if found is None or recipe is None or not {"image", "builder", "buildpacks"}.isdisjoint(keys):
        return []
    if re.search(r"^[ \t]*entrypoint[ \t]*=", text, re.M):
        return []
    made = []
    for one in PROCESS.finditer(text, found.start(1), found.end(1)):
        started = list(launches(one[3], path))
        if len(started) == 1:
            line = text.count("\n", 0, one.start(3)) + 1
            column = one.start(3) - text.rfind("\n", 0, one.start(3))
            span = Span(line, column, line, column + len(one[3]))
            first = one[3].split()[0]
            target = keys.get("build-target", "")
            made.append(Started(one[1], started[0], first, span, folder, recipe, target, None, ()))
    return made


def _plain_lines(text: str) -> Lines:
    """The lines that say something."""
    numbered = enumerate((one.expandtabs().rstrip() for one in text.splitlines()), 1)
    return [(number, line) for number, line in numbered if line and not line.lstrip().startswith(COMMENT)]


def _mapping(lines: Lines) -> Mapping:
    """The keys of a mapping, `lines` being all of it."""
    made: Mapping = {}
    column, key = -1, ""
    for number, line in lines:
        depth = depth_of(line)
        column = depth if column < 0 else column
        found = KEY.match(line) if depth == column else None
        if found is not None:
            key = found[2]
            made[key] = [(number, _bare(found[3] or ""))]
        elif key and (depth > column or line.lstrip().startswith("- ")):
            made[key].append((number, line))
        elif depth < column:
            break
    return made


def _bare(written: str) -> str:
    """What stands behind a colon, without a comment."""
    return re.sub(r"(?:^|\s)#.*$", "", written).strip()


def _bared(line: str) -> str:
    """A line below a key: one of a list without a comment."""
    return line[: depth_of(line)] + _bare(line) if line.lstrip().startswith("- ") else line


def said_in(value: Lines) -> str:
    return value[0][1].strip("\"'")


def _anchors(lines: Lines) -> dict[str, Lines]:
    """What anchors of a file stand for: a line, without its key, and those below."""
    made = {}
    for place, (number, line) in enumerate(lines):
        found = KEY.match(line) if "&" in line else None
        anchor = ANCHOR.match(found[3] or "") if found is not None else None
        if found is None or anchor is None:
            continue
        column, end = len(found[1]), place + 1
        while end < len(lines) and (
            len(lines[end][1]) - len(lines[end][1].lstrip()) > column or lines[end][1][column : column + 2] == "- "
        ):
            end += 1
        made[anchor[1]] = [(number, _bare(anchor[2])), *lines[place + 1 : end]]
    return made


def _whole(body: Lines, anchored: dict[str, Lines], depth: int = 0) -> Mapping | None:
    """The keys of a service with those of the mappings that it merges; None where one of these is not there."""
    own = _mapping(body)
    merged = own.pop("<<", None)
    if merged is None:
        return own
    names = ALIAS.findall(" ".join(line for _, line in merged))
    if not names or depth > DEEPEST:
        return None
    for name in names:
        other = _whole(anchored[name][1:], anchored, depth + 1) if name in anchored else None
        if other is None:
            return None
        own = {**other, **own}
    return own
