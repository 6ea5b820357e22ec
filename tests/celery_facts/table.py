"""The page "claim, version, seen": `python -m celery_facts.table save FILE` keeps what this Celery does, `… write PAGE FILE…` makes the page of all."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from celery_facts.claims import FAMILIES, claims_of
from celery_facts.stage import ask

TITLES = {
    "declarations": "Declarations", "names": "Names, routes and discovery", "schedules": "Schedules", "configuration": "Settings",
    "calls": "Calls", "bodies": "Bodies", "hardening": "Settings that endanger",
}  # fmt: skip
HEAD = """<!-- Made by `nox -s celery_facts`. Do not edit: edit `tests/celery_facts`. -->

# Facts about Celery

What the rules say of Celery was seen to happen: the wrong and the right example of each rule's page were run with the real
Celery, with workers, pools of processes, beat, Django with SQLite, Flask and the code of kombu for Redis where the claim is about
these, seconds standing for hours. The list says what became of either, and with which versions.
[Celery hazards explained](guides/hazards.md) tells the same in words.

{versions}
"""
COLUMNS = "| rule | claim | wrong example | right example | seen with Celery |\n| --- | --- | --- | --- | --- |\n"


def line_of(rule: str, says: str) -> str:
    """How a claim's line begins."""
    return f"| [{rule}](rules/{rule.lower()}.md) | {says} |"


def save(file: Path) -> list[str]:
    """Keeps what is seen; what is not as claimed."""
    wrong = []
    rows = {(row["rule"], row["says"]): row for row in ask(FAMILIES)}
    for claim in (claim for family in FAMILIES for claim in claims_of(family)):
        row = rows[claim.rule, claim.says]
        wrong += [
            f"{claim.rule} {claim.says} ({side}): {row[side]}"
            for side in ("wrong", "right")
            if row[side] != claim.expected(side, row["version"])
        ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(list(rows.values())), "utf-8")
    return wrong


def page(kept: list[list[dict[str, str]]]) -> str:
    """The page of what several versions do."""
    versions = sorted({rows[0]["version"] for rows in kept}, key=lambda one: tuple(map(int, one.split("."))))
    differ = 0
    text = ""
    for family in FAMILIES:
        text += f"\n## {TITLES[family]}\n\n{COLUMNS}"
        for claim in claims_of(family):
            seen: dict[tuple[str, str], list[str]] = {}
            for version in versions:
                for rows in kept:
                    for row in rows:
                        if (row["version"], row["rule"], row["says"]) == (version, claim.rule, claim.says):
                            seen.setdefault((row["wrong"], row["right"]), []).append(version)
            differ += len(seen) > 1
            for (wrong, right), held in seen.items():
                with_all = "all" if held == versions else ", ".join(held)
                text += f"{line_of(claim.rule, claim.says)} {wrong} | {right} | {with_all} |\n"
    number = sum(len(claims_of(family)) for family in FAMILIES)
    said = f"{number} claims, seen with Celery {', '.join(versions[:-1])} and {versions[-1]}. Versions differ in {differ} of them: these have a line for each."
    return HEAD.format(versions=said) + text


def main(command: str, target: str, *files: str) -> None:
    if command == "save":
        if wrong := save(Path(target)):
            sys.exit("\n".join(wrong))
    else:
        Path(target).write_text(page([json.loads(Path(file).read_text("utf-8")) for file in files]), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
