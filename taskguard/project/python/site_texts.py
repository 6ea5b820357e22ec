"""What a deployment file starts beside Celery, as far as its text says: a site for the web, other files, services of which nobody can say what they run."""

from __future__ import annotations

import re

from taskguard.facts.lines import depth_of
from taskguard.facts.questions import Question
from taskguard.patterns import regex
from taskguard.project.python.commands import COMMENT, CONTINUED, commands, starts
from taskguard.project.python.deployment import WEB
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# A service of a cluster that is there for those outside.
OPEN_PORT = regex(r"^[ \t]*kind:[ \t]*Ingress\b|\bcontainerPort:", re.M)
CLUSTER_KIND = regex(r"^kind:[ \t]*[\"']?(?:Deployment|StatefulSet|DaemonSet)\b", re.M)
# What tells a container what to run, or for whom it answers.
TOLD = regex(r"^[ \t]*(?:- )?(?:command|args|containerPort):", re.M)
# What says of a service that it runs tasks, whatever its command looks like.
WORKING = regex(r"celery|worker|queue|consumer|(?<![a-z])tasks?(?![a-z])|(?<![a-z])jobs?(?![a-z])", re.I)
# Programs that houses do not write themselves.
BOUGHT = regex(
    r"image:[ \t]*[\"']?(?:[\w.${}:-]+/)*[\w-]*(?:rabbitmq|redis|valkey|postgres|postgis|pgvector|mysql|mariadb|mongo|nginx|traefik|caddy|flower|exporter|prometheus|grafana|"
    r"minio|elasticsearch|kafka|zookeeper|certbot|mailhog|memcached|autoheal|watchtower)",
    re.I,
)
SOURCE = regex(r"^[ \t]*(?:image|build|extends|<<)[ \t]*:", re.M)
PORTS = regex(r"^[ \t]*(?:ports|expose):", re.M)
BUILT = regex(r"^[ \t]*(?:build|extends|<<)[ \t]*:", re.M)
PROXY = regex(r"image:[ \t]*[\"']?(?:[\w.${}:-]+/)*[\w-]*(?:nginx|traefik|caddy)", re.I)
IMAGE = regex(r"^[ \t]*image:[ \t]*[\"']?([\w./-]+)", re.M)
CONTEXT = regex(r"\b(?:build|context):[ \t]*[\"']?([\w./${}-]+)")
# From the beginning of a word on: secrets are words of many thousand letters.
PATH = regex(
    r"(?<![\w.@-])(?:[\w.@-]*(?:/[\w.@-]+)+|[\w@-]+(?:\.[\w@-]+)+|[\w-]+\.?[Dd]ockerfile[\w.-]*|[Dd]ockerfile[\w.-]+)"
)
TOGETHER = regex(r"(?:docker[ -]compose|docker stack|-f|--file|COMPOSE_FILE)\b[^\n]*")
COMPOSED = regex(
    r"(?:(?:-f|--file|-c|--compose-file)[ =]*|COMPOSE_FILE[ \t]*[:=][ \t]*|[:;])[\"']?([^\s\"':;,&|]*compose[^\s\"':;,&|]*)"
)
RUNS = regex(r"\s*(?:- )?[\"']?(?:image|command|entrypoint|args|dockerfile|startCommand|dockerCommand)\b")
# What a compose file says that starts all this on the machine of a developer.
OWN_MACHINE = regex(
    r"\bdockerfile:[ \t]*[\"']?\S*(?:dev(?!\w*ops)|local|debug)|\btarget:[ \t]*[\"']?(?:dev\w*|local|debug)\b|\b(?-i:DISPLAY)(?=[=:}])|\bX11-unix\b|\.Xauthority\b",
    re.I,
)
# And that it starts it elsewhere, too.
ELSEWHERE = regex(r"\bdockerfile:[ \t]*[\"']?\S*prod|\btarget:[ \t]*[\"']?prod", re.I)
SERVICES = regex(r"services:\s*(?:#.*)?$")
KEY = regex(r"([ \t]*)[\"']?([\w.-]+)[\"']?:(?:\s.*)?$")


class Block(Record):
    """A service, a process or a container that a file starts. `whole` says that it is no mere change of one that another file describes, `web` that it answers
    requests, `hidden` that it may run tasks although no start of Celery is seen in it: what `names` it has may say more."""

    name: str
    whole: bool
    web: bool
    hidden: bool
    names: frozenset[str]


@Question
def blocks_of(text: str, path: str) -> tuple[Block, ...]:
    """What a file starts, each by itself; nothing for a form that is not known."""
    made = []
    held = [(name, body, _starts_celery(body, path)) for name, body in parts_of(without_comments(text), path)]
    images = {_image(body) for _, body, started in held if started} - {""}
    for name, body, started in held:
        hidden = not started and (_is_working(name, body) or _runs_its_image(body))
        web = not started and (WEB.search(body) is not None or (not hidden and _is_served(body, images)))
        made.append(Block(name, SOURCE.search(body) is not None, web, hidden, _names(body)))
    return tuple(made)


@Question
def images_started(text: str, path: str) -> frozenset[tuple[str, str]]:
    """The apps that a file starts in images which it takes as they are, each with the name of the image, without its tag."""
    made, built = set[tuple[str, str]](), set[str]()
    for _, body in parts_of(without_comments(text), path):
        image = IMAGE.search(body)
        if image is not None and BUILT.search(body) is not None:
            built.add(image[1])
        elif image is not None:
            found = (one for line in commands(body, path) for one in starts(line, path))
            made.update((one.app, image[1]) for one in found if one is not None)
    return frozenset(one for one in made if one[1] not in built)


def _is_working(name: str, body: str) -> bool:
    """Whether the name of a service, its image or its command says that it runs tasks; not what it waits for, or what its variables are called."""
    if BOUGHT.search(body):
        return False
    said = "\n".join(_said(body.splitlines()))
    if WEB.search(said) and "celery" not in said:
        return False  # `gunicorn --workers 4`
    return WORKING.search(name) is not None or WORKING.search(said) is not None


def _runs_its_image(body: str) -> bool:
    """Whether a container of a cluster, which answers nobody, runs what its image is made for."""
    return CLUSTER_KIND.search(body) is not None and TOLD.search(body) is None and BOUGHT.search(body) is None


def _is_served(body: str, images: set[str]) -> bool:
    """Whether a service has a port for others, and is built here, is of an image by which workers are started, too, or stands in front of such."""
    if PROXY.search(body) is not None:
        return True
    return PORTS.search(body) is not None and (BUILT.search(body) is not None or _image(body) in images)


def _image(body: str) -> str:
    """The image of a service, without its tag; empty where it says none."""
    found = IMAGE.search(body)
    return found[1] if found is not None else ""


def _said(lines: list[str]) -> Iterator[str]:
    """The lines of what a service runs, and of the image that it is."""
    column = -1
    for line in lines:
        depth = depth_of(line)
        item = line.lstrip().startswith("- ")
        if column >= 0 and (depth > column or (item and depth == column)):
            yield line
            continue
        column = depth if RUNS.match(line) else -1
        if column >= 0:
            yield line


@Question
def names_in(text: str) -> frozenset[str]:
    """The names of files that a text mentions, without their folders."""
    return _names(without_comments(text))


def _names(text: str) -> frozenset[str]:
    return frozenset(one.rpartition("/")[2] for one in PATH.findall(text))


@Question
def contexts_in(text: str) -> frozenset[str]:
    """The folders from which a compose file builds its images, as it writes them."""
    return frozenset(CONTEXT.findall(without_comments(text)))


@Question
def is_for_developers(text: str, path: str) -> bool:
    """Whether a compose file is there for the machine of a developer, and no service of it for another one."""
    if OWN_MACHINE.search(text) is None or ELSEWHERE.search(text) is not None:
        return False
    return OWN_MACHINE.search(_without_other_builds(text, path)) is not None


def _without_other_builds(text: str, path: str) -> str:
    """A compose file without the services that are built of other folders than those that start Celery: how a frontend is built says nothing of the workers."""
    held = [(body, frozenset(CONTEXT.findall(body))) for _, body in parts_of(text, path)]
    ours = frozenset(one for body, built in held for one in built if _starts_celery(body, path))
    for body, built in held if ours else ():
        if built and ours.isdisjoint(built):
            text = text.replace(body, "", 1)
    return text


def _starts_celery(body: str, path: str) -> bool:
    return any(True for line in commands(body, path) for _ in starts(line, path))


@Question
def is_for_web(text: str, cluster: bool) -> bool:
    """Whether a file starts what answers requests."""
    plain = without_comments(text)
    return WEB.search(plain) is not None or (cluster and OPEN_PORT.search(plain) is not None)


@Question
def is_cluster(text: str) -> bool:
    """Whether a file tells Kubernetes what to start."""
    return CLUSTER_KIND.search(text) is not None


@Question
def put_together(text: str) -> frozenset[tuple[str, ...]]:
    """The names of compose files that commands of a text give together: one overlays the other."""
    made = set()
    for line in CONTINUED.sub(" ", text).splitlines() if "compose" in text else ():
        for found in TOGETHER.finditer(line):
            names = tuple(dict.fromkeys(one.rpartition("/")[2] for one in COMPOSED.findall(found[0])))
            if len(names) > 1:
                made.add(names)
            break
    return frozenset(made)


def without_comments(text: str) -> str:
    lines = CONTINUED.sub(" ", text).splitlines()
    return "\n".join(one for one in lines if not one.lstrip().startswith(COMMENT))


def parts_of(text: str, path: str) -> Iterator[tuple[str, str]]:
    """The services of a compose file, documents of a cluster, sections of an INI file, processes of a Procfile: the name and the text of each."""
    name = path.rpartition("/")[2]
    if "compose" in name:
        yield from _services(text.splitlines())
    elif name.startswith("Procfile"):
        for line in text.splitlines():
            process, colon, _ = line.partition(":")
            if colon:
                yield process.strip(), f"command: {line}"
    elif CLUSTER_KIND.search(text):
        for one in re.split(r"^---.*$", text, flags=re.M):
            if CLUSTER_KIND.search(one):
                named = re.search(r"^[ \t]+name:[ \t]*(.+)$", one, re.M)
                yield named[1] if named else "", one
    elif name.startswith("render."):
        for one in re.split(r"^[ \t]*-[ \t]+(?=type:)", text, flags=re.M)[1:]:
            yield "worker" if re.match(r"type:[ \t]*(?:p?worker)", one) else "", one
    elif name.endswith((".conf", ".ini")):
        for one in re.split(r"^\[program:", text, flags=re.M)[1:]:
            yield one.partition("]")[0], one


def _services(lines: list[str]) -> Iterator[tuple[str, str]]:
    at = next((place for place, line in enumerate(lines) if SERVICES.match(line)), None)
    if at is None:
        return
    column, name, body = 0, "", list[str]()
    for line in lines[at + 1 :]:
        if not line.strip():
            continue
        depth = depth_of(line)
        if not depth:
            break
        column = column or depth
        found = KEY.match(line) if depth == column else None
        if found is not None:
            if name:
                yield name, "\n".join(body)
            name, body = found[2], []
        else:
            body.append(line)
    if name:
        yield name, "\n".join(body)
