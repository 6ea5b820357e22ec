"""`taskguard tasks`: list every task with its queue, base, limits, retries and schedule."""

from __future__ import annotations

import os

from taskguard.cli.arguments import Option, Usage, Words, opened
from taskguard.cli.options import CACHE_DIR, CONFIG, ISOLATED, configuration, workers, working_folder
from taskguard.cli.streams import say, write
from taskguard.errors import UserError
from taskguard.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from taskguard.inventory.choice import Choice
    from taskguard.inventory.rows import Row

FORMATS = ("table", "json", "csv", "markdown")
SORT_KEYS = ("place", "name", "queue", "base", "module")


def usage() -> Usage:
    return Usage("tasks", "List the tasks of a project as a worker would see them, without running anything.", "[PATH…]", (
        Option(("--output-format",), "how to print them (default: table)", "FORMAT", choices=FORMATS, former=("--format",)),
        Option(("--queue",), "only tasks that go to one of these queues", "QUEUES"),
        Option(("--path",), "only tasks in files or folders that match one of these globs, counted from the root", "GLOBS"),
        Option(("--base",), "only tasks with one of these base classes (full or bare names) or a subclass", "CLASSES"),
        Option(("--missing",), "only tasks that lack one of these options", "OPTIONS"),
        Option(("--duplicates",), "only tasks whose name another task has"),
        Option(("--unscheduled",), "only tasks that no schedule names"),
        Option(("--unrouted",), "only tasks that go to the default queue because nothing gives them another"),
        Option(("--sort",), "the order (default: place)", "KEY", choices=SORT_KEYS),
        CONFIG,
        ISOLATED,
        Option(("--workers",), "number of processes that read files (default: as many as pay)", "N"),
        Option(("-n", "--no-cache"), "neither read nor write the cache"),
        CACHE_DIR,
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out`. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return 0
    write(printed(words), out)
    return 0


def printed(words: Words) -> Iterator[str]:
    """The chosen tasks in the chosen format. Raises UserError, also for names that nothing in the project has."""
    from taskguard.engine.merge_outcomes import common_root, prefix
    from taskguard.inventory import shapes
    from taskguard.inventory.choice import order
    from taskguard.reporters.as_json import relative_root
    from taskguard.reporters.escape import Paths, without_bytes

    config, inline = configuration(words)
    request = Request(
        words.places or (".",), working_folder(), config=config, isolated=words.flag("--isolated"), inline=inline,
        workers=workers(words.last("--workers")), cache=not words.flag("--no-cache"),
        cache_dir=words.last("--cache-dir"),
    )  # fmt: skip
    wanted = choice(words)
    found = by_root(request, wanted)
    root = common_root([*found])
    moved = [row.below(prefix(own, root)) for own, rows in found.items() for row in rows]
    rows = sorted(moved, key=lambda row: order(row, wanted.sort))
    chosen = words.last("--output-format") or FORMATS[0]
    cwd = os.path.realpath(request.cwd)
    paths = Paths(root, cwd)
    if chosen == "json":
        return shapes.as_json(rows, without_bytes(relative_root(root, cwd)))
    if chosen == "csv":
        return shapes.as_csv(rows)
    return shapes.as_markdown(rows, paths) if chosen == "markdown" else shapes.as_table(rows, paths)


def by_root(request: Request, wanted: Choice) -> dict[str, list[Row]]:
    """The chosen tasks of each project that has files, by its root; paths count from there. Raises UserError.

    A name that nothing has is a mistake where it is one in every project.
    """
    from taskguard.engine.projects import visit
    from taskguard.engine.resolver import Resolver
    from taskguard.engine.running import linked
    from taskguard.engine.store import DiskStore
    from taskguard.inventory.choice import choose
    from taskguard.inventory.names import unknown_names
    from taskguard.inventory.rows import inventory

    found: dict[str, list[Row]] = {}
    wrong: list[tuple[str, ...]] = []
    unreadable = 0
    first = ""

    def project(own: Request) -> tuple[str, ...]:
        nonlocal unreadable, first
        places = Resolver(own)
        tree = places.discover()
        places.hold_rules()
        first = first or places.root
        if tree.sizes or not tree.others:
            project = linked(places, DiskStore(places, tree, request.workers))
            everything: list[Row] = list(inventory(project))
            wrong.append(tuple(unknown_names(wanted, everything, project)))
            passed = [row for row in everything if tree.passed is None or row.path in tree.passed]
            found[places.root] = choose(passed, wanted)
            unreadable += sum(1 for module in project.looked_at if module.unreadable)
        return tree.others

    visit(request, project)
    if wrong and all(wrong):
        raise UserError(*wrong[0])
    if unreadable:
        say(
            f"{unreadable} {'file' if unreadable == 1 else 'files'} cannot be read as Python: tasks in them are not listed"
        )
    return found or {first: []}


def choice(words: Words) -> Choice:
    from taskguard.inventory.choice import Choice

    return Choice(
        words.all("--queue") or (), words.all("--path") or (), words.all("--base") or (), words.all("--missing") or (),
        words.flag("--duplicates"), words.flag("--unscheduled"), words.flag("--unrouted"), words.last("--sort") or SORT_KEYS[0],
    )  # fmt: skip
