"""Real fixes: what taskguard says of a project before a commit that mends a mistake, and no more after it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from corpus.tables import Tables
from corpus.trees import check, opened

Row = Mapping[str, str]


def place_of(mirrors: Path, project: str) -> Path | None:
    """The git directory or checkout of a project below a folder of mirrors: `owner+name`, or the one folder in it."""
    place = mirrors / project.replace("/", "+", 1)
    held = [place, *sorted(place.glob("*/"))]
    return next((one for one in held if (one / "HEAD").is_file() or (one / ".git").exists()), None)


def is_told(place: Path, row: Row, pack: str = "strict") -> bool:
    """Whether a finding of the row's code goes with its commit."""
    said = []
    for commit in (f"{row['commit']}^", row["commit"]):
        with opened(place, commit) as tree:
            found = check(tree, pack)
        said.append(Counter(one.key for one in found if one.code == row["code"]))
    return bool(said[0] - said[1])


def again(tables: Path, mirrors: Path) -> Iterator[tuple[Row, bool]]:
    """Each row whose project is there, and whether what it says holds."""
    for row in Tables(tables).fixes():
        place = place_of(mirrors, row["project"])
        if place is None:
            print(f"{row['project']}: not in {mirrors}", file=sys.stderr)
            continue
        yield row, is_told(place, row) is (row["found_before"] == "yes")
