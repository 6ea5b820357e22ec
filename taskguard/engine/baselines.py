"""What a project has agreed to work off: the baseline of its root, and those of folders below, each for what lies there."""

from __future__ import annotations

import os

from taskguard.discovery.markers import BASELINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskguard.baseline import Baseline
    from taskguard.diagnostics import Diagnostic


def agreed(root: str, folders: Iterable[str] = ()) -> Baseline | None:
    """The baseline of the project at `root`, read only where there is one; paths count from there. Raises UserError for a damaged one.

    `folders` (relative) are those below with a baseline of their own, which holds there in place of the outer one.
    """
    holding = [folder for folder in ("", *sorted(folders)) if os.path.lexists(os.path.join(root, folder, BASELINE))]
    if not holding:
        return None
    from taskguard.baseline import Baseline, read

    made = []
    for folder in holding:
        held = read(os.path.join(root, folder))
        if held is not None:
            made += [one for one in moved(held, folder).entries if nearest(one.path, holding) == folder]
    return Baseline(tuple(sorted(made)))


def moved(baseline: Baseline, folder: str) -> Baseline:
    """A baseline whose paths counted from a folder, as it counts from above that."""
    if not folder:
        return baseline
    return baseline.replace(entries=tuple(one.replace(path=f"{folder}/{one.path}") for one in baseline.entries))


def within(baseline: Baseline, folder: str) -> Baseline:
    """What a baseline holds of the files in a folder, counted from there."""
    if not folder:
        return baseline
    start = f"{folder}/"
    inside = [one for one in baseline.entries if one.path.startswith(start)]
    return baseline.replace(entries=tuple(one.replace(path=one.path[len(start) :]) for one in inside))


def save_each(root: str, old: Baseline, left: Baseline) -> None:
    """Writes the baselines of a project, as `agreed` joined them, in which `left` differs from `old`. Raises UserError."""
    from taskguard.baseline import save

    holding = holding_folders(root, old.replace(entries=(*old.entries, *left.entries)))
    for folder in sorted({"", *holding}):
        before, after = (
            within(
                one.replace(entries=tuple(each for each in one.entries if nearest(each.path, holding) == folder)),
                folder,
            )
            for one in (old, left)
        )
        if before != after:
            save(os.path.join(root, folder), after)


def governed(root: str, folder: str, found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings in a folder (relative, "" for the root) that belong into its baseline: none around their file is nearer."""
    made = []
    for one in found:
        place = one.path.rpartition("/")[0]
        while place and place != folder and not os.path.lexists(os.path.join(root, place, BASELINE)):
            place = place.rpartition("/")[0]
        if place == folder:
            made.append(one)
    return made


def holding_folders(root: str, baseline: Baseline) -> list[str]:
    """The folders around the files of a baseline that have one of their own."""
    folders = {""}
    for one in baseline.entries:
        folder = one.path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return [folder for folder in folders if os.path.lexists(os.path.join(root, folder, BASELINE))]


def nearest(path: str, folders: Iterable[str]) -> str:
    """The innermost of the folders around a path; "" is around every one."""
    return max((folder for folder in folders if not folder or path.startswith(f"{folder}/")), key=len, default="")
