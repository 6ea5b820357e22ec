"""Side by side: what another tool and taskguard said of the same projects, each finding judged."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

VERDICTS = ("right", "practice", "unwanted", "wrong", "undecided")


def table(tables: Path) -> str:
    """How many findings of each tool were right, by code, and what ours says of those of the other that were."""
    with (tables / "peers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = Counter((row["tool"], row["code"], row["verdict"]) for row in rows)
    ours: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        ours.setdefault((row["tool"], row["code"]), set()).add(row["ours"])
    text = f"| tool | code | {' | '.join(VERDICTS)} | taskguard |\n| --- | --- |{' --- |' * (len(VERDICTS) + 1)}\n"
    for tool, code in sorted({(row["tool"], row["code"]) for row in rows}):
        numbers = " | ".join(str(counts[tool, code, verdict] or "") for verdict in VERDICTS)
        text += f"| {tool} | {code} | {numbers} | {', '.join(sorted(ours[tool, code] - {''}))} |\n"
    missing = [row for row in rows if row["tool"] != "taskguard" and row["verdict"] == "right" and not row["ours"]]
    return f"{text}\n{len(missing)} right findings that taskguard lacks\n"
