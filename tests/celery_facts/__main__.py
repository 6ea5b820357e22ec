"""`python -m celery_facts [TG205]` runs the claims of a rule, or all, and prints what is seen; see `table.py` for the rest."""

from __future__ import annotations

import sys

from celery_facts.claims import FAMILIES, claims_of
from celery_facts.stage import ask


def main(only: str = "") -> None:
    expected = {(one.rule, one.says): one for family in FAMILIES for one in claims_of(family)}
    for row in ask(FAMILIES, only):
        claim = expected[row["rule"], row["says"]]
        well = all(row[side] == claim.expected(side, row["version"]) for side in ("wrong", "right"))
        print(
            f"{'  ' if well else '! '}{row['rule']} {row['says']}\n      wrong: {row['wrong']} ({row['wrong took']})\n      right: {row['right']} ({row['right took']})"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
