"""Deployment files that start a site as a whole, each by itself: what sends and all workers that take it."""

from __future__ import annotations

import re

from taskguard.discovery.markers import is_manifest, is_of_railway
from taskguard.patterns import regex
from taskguard.project.diagnosis.deployment.queue_readers import TRYING, own_machine
from taskguard.project.python.site_texts import (
    blocks_of,
    contexts_in,
    is_cluster,
    is_for_web,
    names_in,
    put_together,
)
from taskguard.project.python.testing import in_tests
from taskguard.query import query
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.project.celery.system import System
    from taskguard.project.python.commands import Launch

# Words in the name of a compose file that is not for a developer, and in those of its folders.
LIVE = regex(
    r"(?<![a-z])(?:prod|prd|production|live|deploy|deployment|hosted|release|server|swarm|vps|cloud|aws|azure|gcp)(?![a-z])",
    re.I,
)
LIVE_FOLDER = regex(r"(?<![a-z])(?:prod|prd|production|live|deploys?|deployments?)(?![a-z])", re.I)
# A deployment to try things out may be smaller than the one that it is like.
STAGING = regex(r"(?<![a-z])(?:staging|stage|stg|preview|review|qa|uat|minimal|simple|lite|small)(?![a-z])", re.I)
BARE = ("docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml")
# Files that list the processes of a whole site for a platform.
PLATFORMS = ("Procfile", "render.y", "fly.", "heroku.y")
CLUSTER = regex(r"^((?:.*?/)?\.?(?:k8s|kube|helm|chart|kustomize|openshift|gitops|argocd)[^/]*)/")


class Site(Record):
    """A deployment by itself. `path` is the file, or the folder with a `/` behind it, `files` are those that it starts something by, `launches` what these start
    of Celery; `live` says that it is not there for developers alone."""

    path: str
    files: tuple[str, ...]
    launches: tuple[Launch, ...]
    live: bool


def site_of(system: System, path: str) -> str:
    """The deployment that a file belongs to: itself, or a folder; empty where it is none by itself, like a script."""
    folder, _, name = path.rpartition("/")
    if "compose" in name and name.endswith((".yml", ".yaml")):
        return path
    if on_platform(path):
        return path
    if is_manifest(path) or (name.endswith((".yml", ".yaml")) and is_cluster(system.project, path)):
        found = CLUSTER.match(path.lower())
        return path[: found.end(1) + 1] if found is not None else f"{folder}/" if folder else path
    if name.endswith((".service", ".conf", ".ini")):
        return f"{folder}/" if folder else path
    return ""


def on_platform(path: str) -> bool:
    """Whether a file lists the processes of a whole site for a platform."""
    return path.rpartition("/")[2].startswith(PLATFORMS)


def starts_web(system: System, path: str) -> bool:
    """Whether a script starts what answers requests: with the workers that it starts, too, it is a site by itself."""
    return is_for_web(system.project, path, False)


@query
def sites_of(system: System) -> dict[str, Site]:
    """The deployments of which a file starts workers, by their paths."""
    held = system.project.evidence.deployment
    started = dict.fromkeys(one.path for one in held.launches if one.step in ("worker", "multi"))
    named = {site_of(system, path): None for path in started if not in_tests(path)}
    made = {}
    for name in named:
        if name:
            made[name] = site_at(system, name)
    return made


@query
def site_at(system: System, path: str) -> Site:
    """The deployment of that path, which `site_of` has told."""
    files = _followed(system, [one for one in system.project.markers if _is_of(system, one, path)])
    launches = tuple(one for one in system.project.evidence.deployment.launches if one.path in files)
    return Site(path, files, launches, _is_live(system, path))


def _is_of(system: System, path: str, name: str) -> bool:
    """Whether a file is one of a deployment; those for Railway say of some processes of the Procfile beside them how they are started."""
    folder, _, file = name.rpartition("/")
    if path == name or (file.startswith("Procfile") and path.rpartition("/")[0] == folder and is_of_railway(path)):
        return True
    return name.endswith("/") and path.startswith(name) and site_of(system, path) == name


def _followed(system: System, paths: Iterable[str]) -> tuple[str, ...]:
    """These files and those that they name, and so on: scripts, files of images."""
    project, known = system.project, _by_name(system)
    made = dict.fromkeys(paths)
    queue = list(made)
    for path in queue:
        found = [other for name in names_in(project, path) for other in known.get(name, ())]
        folder, _, name = path.rpartition("/")
        for written in contexts_in(project, path) if "compose" in name else ():
            found += [one for one in (_joined(folder, written, "Dockerfile"),) if one in project.markers]
        for other in found:
            if other not in made and not in_tests(other):
                made[other] = None
                queue.append(other)
    return tuple(made)


def _joined(folder: str, written: str, name: str) -> str:
    parts = [one for one in folder.split("/") if one]
    for one in written.split("/"):
        if one == ".." and parts:
            parts.pop()
        elif one not in ("", ".", ".."):
            parts.append(one)
    return "/".join((*parts, name))


@query
def _by_name(system: System) -> dict[str, list[str]]:
    """The files that others start something by, by their names."""
    made: dict[str, list[str]] = {}
    for path in sorted(system.project.markers):
        made.setdefault(path.rpartition("/")[2], []).append(path)
    return made


def _is_live(system: System, path: str) -> bool:
    """Whether a deployment is not there for developers alone; a compose file without a word about it is where no other deployment says that it is live."""
    name = path.rpartition("/")[2]
    if TRYING.search(path.lower()) or STAGING.search(path) or own_machine(system, path) or in_tests(path):
        return False
    if "compose" not in name or _says_live(system, path):
        return True
    return name in BARE and not any(_is_deployment(system, one) for one in system.project.markers if one != path)


def _says_live(system: System, path: str) -> bool:
    """Whether the path of a compose file says that it is live; of several in a folder one may say so by its own name alone."""
    folder, _, name = path.rpartition("/")
    if LIVE.search(name):
        return True
    beside = [one.rpartition("/")[2] for one in system.project.markers if one.rpartition("/")[0] == folder]
    named = any("compose" in one and LIVE.search(one) for one in beside)
    return name in BARE and LIVE_FOLDER.search(folder) is not None and not named


def _is_deployment(system: System, path: str) -> bool:
    """Whether a file is one of another deployment than a developer's."""
    name = path.rpartition("/")[2]
    if TRYING.search(path.lower()) or in_tests(path):
        return False
    if "compose" in name:
        return name.endswith((".yml", ".yaml")) and _says_live(system, path)
    return name.startswith(PLATFORMS) or is_manifest(path)


def whole_around(system: System, path: str) -> list[Site]:
    """The deployments with a site for the web that start something by a file."""
    return [one for one in sites_of(system).values() if path in one.files and _has_web(system, one.files, one.path)]


def _own_files(paths: Iterable[str], path: str) -> list[str]:
    """Of the files by which a deployment starts something those that it is itself: `path`, or what lies in that folder."""
    return [one for one in paths if one == path or (path.endswith("/") and one.startswith(path))]


def _has_web(system: System, paths: Iterable[str], path: str) -> bool:
    """Whether some of these files start what answers requests, `path` being the one that starts the others, or a folder of such."""
    project = system.project
    cluster = any(is_manifest(one) or is_cluster(project, one) for one in _own_files(paths, path))
    if "compose" in path.rpartition("/")[2]:
        return any(block.web for block in blocks_of(project, path, path))
    return any(is_for_web(project, one, cluster) for one in paths)


def is_whole(system: System, site: Site) -> bool:
    """Whether a deployment starts what sends, and nothing of which it cannot be told whether it runs tasks."""
    project = system.project
    if any(path in site.files for path in project.evidence.deployment.unclear):
        return False
    compose = "compose" in site.path.rpartition("/")[2]
    if not _has_web(system, site.files, site.path):
        return False
    starting = {one.path for one in site.launches}
    known = _by_name(system)
    for path in _own_files(site.files, site.path):
        for block in blocks_of(project, path, path):
            if compose and not block.whole:
                return False
            if block.hidden and not any(other in starting for name in block.names for other in known.get(name, ())):
                return False
    return True


def overlaid(system: System, site: Site) -> tuple[Launch, ...]:
    """What further compose files start that are given to one command together with that of a deployment, or that Compose takes by itself."""
    name = site.path.rpartition("/")[2]
    if "compose" not in name:
        return ()
    together = {f"{name.rpartition('.')[0]}.override.{name.rpartition('.')[2]}"} if name in BARE else set[str]()
    for path in sorted({*system.project.markers, *system.project.notes}):
        for names in put_together(system.project, path):
            if any(_may_be(one, name) for one in names):
                together.update(names)
    files = [
        one for one in system.project.markers
        if "compose" in one.rpartition("/")[2] and one != site.path and any(_may_be(each, one.rpartition("/")[2]) for each in together)
    ]  # fmt: skip
    return tuple(one for one in system.project.evidence.deployment.launches if one.path in files)


def _may_be(written: str, name: str) -> bool:
    """Whether a name, which may hold variables, is that of a file."""
    return (
        re.fullmatch(".*".join(map(re.escape, re.split(r"\$\{[^}]*\}?|\$\w+|\{\{?[^}]*\}?\}", written))), name)
        is not None
    )
