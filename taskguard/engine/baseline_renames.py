"""The baseline as it holds for the files that are there now: without those that are gone, and with those that only moved."""

from __future__ import annotations

import os

from taskguard.discovery.markers import BASELINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from taskguard.baseline import Baseline, Moved


def still_there(baseline: Baseline, root: str, paths: Iterable[str]) -> Baseline:
    """The baseline without the files that are gone; those that git knows to have moved keep their entries."""
    known = {*paths}
    others = {one.path for one in baseline.entries} - known
    gone = {path for path in others if not os.path.lexists(os.path.join(root, path))}
    if not gone:
        return baseline
    from taskguard.baseline import without
    from taskguard.engine.baselines import holding_folders, nearest

    holding = holding_folders(root, baseline)
    by_folder: dict[str, set[str]] = {}
    for path in gone:
        by_folder.setdefault(nearest(path, holding), set()).add(path)
    made = (one for folder, paths in sorted(by_folder.items()) for one in moves(root, paths, folder))
    moved = [one for one in made if one.path in known]
    return without(baseline, gone.difference(one.old for one in moved)).replace(moved=tuple(moved))


def moves(root: str, gone: Collection[str], folder: str = "") -> list[Moved]:
    """Where files that are gone are now, as far as git tells: renamed since the baseline was committed, or moved in the working tree.

    The baseline is that of a folder below the root.
    """
    from taskguard.baseline import Moved
    from taskguard.errors import UserError
    from taskguard.gitread import moved_untracked, renamed_since

    try:
        made = {old: new for old, new in renamed_since(root, os.path.join(folder, BASELINE)) if old in gone}
        for old, new in moved_untracked(root, [path for path in gone if path not in made]):
            made.setdefault(old, new)
    except UserError:
        return []
    return [Moved(new, old) for old, new in sorted(made.items())]
