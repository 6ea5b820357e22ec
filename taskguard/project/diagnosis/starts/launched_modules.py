"""Modules that `celery -A` names in deployment files and that the project surely has not (celery/app/utils.py, `find_app`)."""

from __future__ import annotations

import re
import sys

from taskguard.diagnostics import Related
from taskguard.discovery.markers import is_manifest
from taskguard.facts.questions import every, finds
from taskguard.patterns import regex
from taskguard.project.diagnosis.deployment.images_without_module import modules_ending
from taskguard.project.diagnosis.deployment.launch_texts import is_guide, is_written, job_launches, place, told_launches
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.starts.lost_settings_modules import former_names
from taskguard.project.diagnosis.starts.modules_without_app import (
    counted,
    foreign_app,
    has_no_app,
    mentions_celery,
    settings_folder,
)
from taskguard.project.facades.broken import may_be_module
from taskguard.project.python.builds import builds_started
from taskguard.project.python.copied import copied_as, copied_doubt
from taskguard.project.python.deployment import served
from taskguard.project.python.exported import binds_name
from taskguard.project.python.letter_case import in_other_case
from taskguard.project.python.site_texts import images_started
from taskguard.project.python.testing import in_tests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.project.python.commands import Launch
    from taskguard.project.python.project import Module

# What stands for a name that the reader is to fill in.
PLACEHOLDER = regex(
    r"your_?[a-z]|(?:my_?)?(?:project|proj|app|module|package)_?name(?![a-z])|change_?me(?![a-z])|x{3,}(?![a-z])"
)
FAILS = "the command fails when it starts"
# Modules of Python's own that Celery has loaded by the time it looks for the app (run on 5.2 to 5.7): none of the project is found by these names.
LOADED = frozenset(
    "array ast asyncio base64 calendar codecs collections concurrent contextlib copy csv ctypes datetime decimal email enum hashlib importlib inspect io "
    "json logging math multiprocessing numbers operator os pathlib pickle platform queue random secrets select signal site socket string struct subprocess "
    "sys tempfile threading time token traceback types typing urllib uuid warnings".split()
)
IMAGES = ("compose", "values", "helm", "k8s")  # files that start images, which may bring any program


def missing_launches(system: System) -> Iterator[Fault]:
    """The starts of Celery that fail because there is no such module, or because it has no such name."""
    known = (*system.project.evidence.deployment.launches, *job_launches(system.project))
    run = {one.app for one in known}  # what is wrong with one of these is told where it is run
    launches = (*known, *(one for one in told_launches(system.project) if one.app not in run))
    told: set[tuple[str, str]] = set()
    for launch in launches:
        if (launch.path, launch.app) in told or in_tests(launch.path) or not is_written(system.project, launch):
            continue
        told.add((launch.path, launch.app))
        name, _, attribute = launch.app.partition(":")
        if (PLACEHOLDER.match(name) and not _has_head(system, name)) or _in_other_image(system, launch):
            continue
        held = counted(system.project, launch, name, _modules(system, name))
        if name.partition(".")[0] in LOADED:
            yield from _hidden(system, launch, name)
            continue
        if held or _is_folder(system, name):
            named = bool(attribute and held)
            faults = (
                _without_name(system, launch, held, attribute) if named else _without_app(system, launch, name, held)
            )
        else:
            parent, _, last = name.rpartition(".")
            above = _modules(system, parent) if parent else []
            files = [one for one in above if not one.is_package and not attribute]
            if any(binds_name(one, last) is not False for one in files):
                continue  # the app in a module of that name, whatever folder it counts from
            if files and len(files) == len(above):
                faults = _without_name(system, launch, above, last)
            else:
                faults = _without_module(system, launch, name, attribute)
        if not _elsewhere(system, launch.path, not _has_head(system, name)):
            yield from faults


def _in_other_image(system: System, launch: Launch) -> bool:
    """Whether a file starts an app in an image that no file of another folder names, while another file starts an app that the project has: the image
    is another project's, whose app it may be."""
    project = system.project
    images = {image for app, image in images_started(project, launch.path, launch.path) if app == launch.app}
    if not images or not any(
        one.path != launch.path and _modules(system, one.app.partition(":")[0])
        for one in project.evidence.deployment.launches
    ):
        return False
    names = "|".join(re.escape(one.rpartition("/")[2]) for one in sorted(images))
    named = re.compile(rf"(?<![\w.-])(?:{names})(?![\w-])")
    beside = launch.path[: launch.path.rfind("/") + 1]  # the settings of the file lie there, and name it as well
    others = (path for path in project.markers if path != launch.path and not (beside and path.startswith(beside)))
    return not any(finds(project, path, named) for path in others)


def _hidden(system: System, launch: Launch, name: str) -> Iterator[Fault]:
    """A package of the project that is called like a module of Python's own, which is loaded first."""
    head = name.partition(".")[0]
    held = _modules(system, name)
    if held or _modules(system, head):
        message = f'-A names "{launch.app}", and `{head}` is the module of Python\'s own, which Celery has loaded by then: {FAILS}'
        yield _fault(system, launch, message, f"give {head} another name", held or _modules(system, head))


def _has_head(system: System, name: str) -> bool:
    """Whether the project has as much as the first part of a name."""
    head = name.partition(".")[0]
    return bool(_modules(system, head)) or _is_folder(system, head)


def _elsewhere(system: System, path: str, foreign: bool) -> bool:
    """Whether a file that belongs to a machine starts Celery in the checkout of another project: its absolute working directory is none in
    which other files start what this project has. Where none of them does, it is taken for another project's if the name is `foreign`."""
    if _is_image(path) or "ocker" in path.rpartition("/")[2]:
        return False
    mine = _checkouts(system, path)
    own = set[str]()
    for other in {file for written, file in system.project.evidence.deployment.folders if written.startswith("/")}:
        if "ocker" not in other and _starts_own(system, other):
            held = _checkouts(system, other)
            own.update(held if len(held) == 1 else ())  # a script that goes from one checkout to the next proves none
    if not mine or any(f"{one}/".startswith(f"{root}/") for one in mine for root in own):
        return False
    return bool(own) or foreign


def _checkouts(system: System, of: str) -> set[str]:
    """The folders of a machine in which the project would have to lie for the working directories that the file `of` names to be folders of it."""
    known = {
        "/".join(parts[:at])
        for one in system.project.modules
        for parts in [one.split("/")]
        for at in range(1, len(parts))
    }
    made = set()
    for written, file in system.project.evidence.deployment.folders:
        if file == of and written.startswith("/"):
            parts = written.strip("/").split("/")
            cut = next((at for at in range(1, len(parts)) if "/".join(parts[at:]) in known), len(parts))
            made.add("/" + "/".join(parts[:cut]))
    return made


def _starts_own(system: System, path: str) -> bool:
    """Whether a file starts something of the project: a worker, or a server for the web."""
    held = [one.app.partition(":")[0] for one in system.project.evidence.deployment.launches if one.path == path]
    held += served(system.project, path)
    return any(_modules(system, name) for name in held)


def _is_image(path: str) -> bool:
    """Whether a file starts what images bring."""
    return is_manifest(path) or any(word in path.rpartition("/")[2] for word in IMAGES)


def _modules(system: System, name: str) -> list[Module]:
    """The modules that a dotted name may mean, whatever folder it counts from."""
    inside = "/" + name.replace(".", "/")
    return modules_ending(system.project, f"{inside}.py", f"{inside}/__init__.py")


def _started_from(system: System, launch: Launch, name: str) -> list[Module]:
    """As `_modules`; of several those that count from the folder in which the command runs, as far as that can be told."""
    held = _modules(system, name)
    if len(held) < 2:
        return held
    end = "/" + name.replace(".", "/")
    evidence = system.project.evidence
    own = launch.path.rpartition("/")[0]
    for folders in (evidence.worked_in(launch.path), [own]):
        starts = {f"/{folder}{end}".replace("//", "/") for folder in folders}
        near = [one for one in held if f"/{one.path.removesuffix('.py').removesuffix('/__init__')}" in starts]
        if len(near) == 1:
            return near
    return held


def _is_folder(system: System, name: str) -> bool:
    inside = f"/{name.replace('.', '/')}/"
    return any(inside in f"/{path}" for path in system.project.modules)


def _without_name(system: System, launch: Launch, held: list[Module], name: str) -> Iterator[Fault]:
    """The module is there; what is to be the app in it is not."""
    first = name.partition(".")[0]
    if any(binds_name(one, first) is not False or may_be_module(one, first) for one in held):
        return
    apps = [one for one in system.services if one.module in held]
    advice = f'write "{held[0].name}:{apps[0].variable}"' if apps and apps[0].variable else "name the app that it has"
    message = f'-A names "{launch.app}", and {held[0].path} has no `{first}`: {FAILS}'
    yield _fault(system, launch, message, advice, held)


def _without_app(system: System, launch: Launch, name: str, held: list[Module]) -> Iterator[Fault]:
    """The module is there and named alone; Celery looks for an app in it."""
    services = system.serving
    above, _, last = name.rpartition(".")
    if above and any(binds_name(one, last) is not False and one.entries(last) for one in _modules(system, above)):
        return  # the package may have an app by the name of its module
    if not services and not held:
        yield from _without_any_app(system, launch, name)
        return
    if not services and (len(held) != 1 or not mentions_celery(system)):
        return
    webs = [foreign_app(one) for one in held]
    if held and all(webs):
        message = f'-A names "{launch.app}", where `app` is a {webs[0]} and no Celery app: {FAILS}'
    elif (
        held
        and not any(any(_is_bound(one, module) for one in services) for module in held)
        and all(map(has_no_app, held))
        and not any(one.submodule("celery") is None and may_be_module(one, "celery") for one in held)
    ):
        message = f'-A names "{launch.app}", and {held[0].path} has no Celery app: {FAILS}'
    else:
        return
    inside = [one for one in services if one.module.name.partition(".")[0] == held[0].name.partition(".")[0]]
    mine = next((one for one in services if one.module in held and one.variable and _is_bound(one, one.module)), None)
    bound = [one for one in inside or services if one.module not in held]
    advice = f'write "{held[0].name}:{mine.variable}"' if mine is not None else _advice(bound, launch)
    certain = bool(inside) or (bool(services) and not _is_image(launch.path))
    yield _fault(system, launch, message, advice, held, certain=certain)


def _without_any_app(system: System, launch: Launch, name: str) -> Iterator[Fault]:
    """A folder with the settings of a Django project, in a project that has no app."""
    held = settings_folder(system, name)
    if held and mentions_celery(system):
        folder = held[0].path.rpartition("/")[0]
        message = f'-A names "{launch.app}", and no module of the folder {folder}/ has a Celery app, nor has any other: {FAILS}'
        yield _fault(system, launch, message, f"make one in {folder}/celery.py", held[:1], certain=False)


def _is_bound(service: Service, module: Module) -> bool:
    """Whether an app is a variable of a module, and no local one of a function there: Celery looks through the former."""
    return service.module is module and bool(module.entries(service.variable.partition(".")[0]))


def _without_module(system: System, launch: Launch, name: str, attribute: str) -> Iterator[Fault]:
    """There is no such module: what of the name is there, and is it the project's own?"""
    parts = name.split(".")
    if parts[0] in sys.stdlib_module_names or parts[0] == "celery":
        return
    image = copied_as(system.project, name)
    if image is not None:
        yield _fault(system, launch, "", "", [image[0]], doubt=copied_doubt(system.project, name))
        return
    for cut in range(len(parts) - 1, 0, -1):
        above = ".".join(parts[:cut])
        modules = _started_from(system, launch, above)
        packages = [one for one in modules if one.is_package]
        if packages:
            yield from _below(system, launch, packages, parts[cut], name)
            return
        if _is_folder(system, above) or _modules(system, above):
            if not modules:
                yield from _in_folder(system, launch, above, parts[cut], name)
            return
    cased = in_other_case(system.project, name)
    if cased is None:
        yield from _foreign(system, launch, name)
    else:
        message = f'-A names "{launch.app}", and the module is called {cased.name}: {FAILS}'
        advice = f'write "{cased.name}": names of modules are told apart by case'
        yield _fault(system, launch, message, advice, [cased], certain=not _is_image(launch.path))


def _below(system: System, launch: Launch, packages: list[Module], following: str, name: str) -> Iterator[Fault]:
    if any(binds_name(one, following) is not False for one in packages):
        return  # an app's own name, or what a star import may bring
    doubt = next((why for why in (may_be_module(one, following) for one in packages) if why), "")
    if not doubt and len(packages) > 1:
        doubt = f"{packages[0].path} and {packages[1].path} have the name"
    inside = [one for one in system.live if any(one.module.name.startswith(f"{held.name}.") for held in packages)]
    message = f'-A names "{launch.app}", and the project has no module {name}: {FAILS}'
    certain = bool(inside)
    advice = _advice(inside or list(system.live), launch)
    yield _fault(system, launch, message, advice, packages, doubt=doubt, certain=certain)


def _in_folder(system: System, launch: Launch, above: str, following: str, name: str) -> Iterator[Fault]:
    """A folder without `__init__` may have parts elsewhere, unless it lies in a package that has one: then it is all that there is."""
    parent, _, last = above.rpartition(".")
    packages = [one for one in _started_from(system, launch, parent) if one.is_package] if parent else []
    if not packages and not (parent and _modules(system, parent)):
        yield from _in_own_folder(system, launch, above, following, name)
    if len(packages) != 1:
        return
    package, project = packages[0], system.project
    folder = f"{package.path.rpartition('/')[0]}/{last}"
    inside = f"/{above.replace('.', '/')}/"
    if any(inside in f"/{path}" and not path.startswith(f"{folder}/") for path in project.modules):
        return
    base = f"{folder}/{following}"
    doubt = f"{package.path} says itself where its submodules are" if package.entry("__path__") is not None else ""
    for end in (".py", "/__init__.py", ".pyx"):
        if project.left_out(f"{base}{end}") or project.is_readable(f"{base}{end}"):
            doubt = doubt or f"{base}{end} is no part of the project"
    own = [one for one in system.live if one.module.path.startswith(f"{folder}/")]
    message = f'-A names "{launch.app}", and the project has no module {name}: {FAILS}'
    yield _fault(
        system, launch, message, _advice(own or list(system.live), launch), [package], doubt=doubt or project.beside(base), certain=bool(own)
    )  # fmt: skip


def _in_own_folder(system: System, launch: Launch, above: str, following: str, name: str) -> Iterator[Fault]:
    """A folder without `__init__` that lies in no package, in which Celery is imported: it is the project's, and neither it nor another one has what is asked for."""
    from taskguard.project.python.requirements import has_line_for

    project = system.project
    inside = f"/{above.replace('.', '/')}/"
    own = [one for one in system.live if inside in f"/{one.module.path}"]
    rest = name[len(above) + 1 :]
    last = rest.rpartition(".")[2]
    if any(inside not in f"/{one.path}" for one in _modules(system, last)):
        return
    if not own and not mentions_celery(system, inside):
        return
    if _modules(system, rest) or _is_folder(system, rest) or has_line_for(project, name.partition(".")[0]):
        return
    folders = {f"/{path}".partition(inside)[0] + inside for path in project.modules if inside in f"/{path}"}
    doubt = ""
    for base in sorted(f"{folder}{following}".lstrip("/") for folder in folders):
        there = any(
            project.left_out(f"{base}{end}") or project.is_readable(f"{base}{end}")
            for end in (".py", "/__init__.py", ".pyx")
        )
        doubt = doubt or (f"{base} is no part of the project" if there else project.beside(base))
    message = f'-A names "{launch.app}", and the project has no module {name}: {FAILS}'
    held = [one.module for one in own]
    yield _fault(system, launch, message, _advice(own, launch), held, doubt=doubt, certain=bool(own))


def _foreign(system: System, launch: Launch, name: str) -> Iterator[Fault]:
    """Not even the first part is there. It is taken for a name that the project once had where the project has one app and starts nothing else."""
    from taskguard.project.python.requirements import is_installed

    project = system.project
    live = [one for one in system.serving if one.module.name]
    if len({one.maker.name.partition(".")[0] for one in live}) != 1:
        return
    if _is_image(launch.path) and not _is_built_here(system, launch, live[0].module):
        return
    head = name.partition(".")[0]
    near = f"{live[0].module.root}/{head}".lstrip("/")
    if is_installed(project, head) is not False or project.beside(head) or project.beside(near):
        return
    if _is_meant(live, head):
        return
    message = f'-A names "{launch.app}", and the project has no module {head}: {FAILS}'
    yield _fault(system, launch, message, _advice(live, launch), [live[0].module], certain=False)


def _is_built_here(system: System, launch: Launch, module: Module) -> bool:
    """Whether each service of a compose file that starts an app runs an image which is built of a folder that has this module in it, and nothing else."""
    if is_manifest(launch.path):
        return False
    folders = [one for app, one in builds_started(system.project, launch.path, launch.path) if app == launch.app]
    return bool(folders) and all(one == "." or (one and module.path.startswith(f"{one}/")) for one in folders)


def _is_meant(services: list[Service], head: str) -> bool:
    """Whether code imports a module of that name, or names it in a string. Where an app is made its label is no module, and settings that are not there prove none."""
    project = services[0].project
    written = re.compile(rf"^[ \t]*(?:from|import)[ \t]+{head}\b|[\"']{head}(?:[.:][\w.]*)?[\"']", re.M)
    former = {(one.maker.path, name) for one in services for name in former_names(one)}
    found = ((path, text) for path in project.search(head) for text in every(project, path, written))
    return any((path, text.strip("\"'")) not in former for path, text in found)


def _advice(services: list[Service], launch: Launch) -> str:
    names = list(dict.fromkeys(one.module.name for one in services if one.module.name and not one.test))
    if len(names) == 1:
        return f'write "{names[0]}"'
    return "name the module where the app is now"


def _fault(
    system: System, launch: Launch, message: str, advice: str, held: list[Module], doubt: str = "", certain: bool = True
) -> Fault:
    span, certain = place(system.project.text(launch.path) or "", launch.app), certain and not is_guide(launch.path)
    if doubt:
        return Fault(launch.path, span, "", doubt=f"whether there is a module {launch.app} cannot be told: {doubt}")
    related = tuple(Related(one.path, 1, "this is what the project has of it") for one in held[:1])
    base = launch.app.partition(":")[0].replace(".", "/")
    files = [f"{root}/{base}{end}".lstrip("/") for root in system.project.roots for end in (".py", "/__init__.py")]
    depends = tuple(dict.fromkeys((*(one.path for one in held), *files)))
    return Fault(launch.path, span, message, advice, launch.app, related, depends, certain)
