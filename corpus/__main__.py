"""`python -m corpus`: run taskguard on real projects, read what is new, judge it, see what a change of ours changed."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from corpus.findings import Finding, counts, to_read
from corpus.fixes import again
from corpus.peers import table as side_by_side
from corpus.report import table
from corpus.splits import shown, splits, written
from corpus.tables import HERE, VERDICTS, Project, Tables
from corpus.trees import Tree, around, check, fetched, opened

PACKS = ("core", "strict")
GITHUB = "https://github.com/{name}.git"


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m corpus", description=__doc__)
    made.add_argument("--tables", type=Path, default=HERE, help="the folder of the tables (that of this package)")
    commands = made.add_subparsers(dest="command", required=True)
    read = commands.add_parser("read", help="show the findings that nobody has judged yet, with the code around them")
    change = commands.add_parser(
        "change", help="show what this taskguard says and another one does not, and the reverse"
    )
    count = commands.add_parser("count", help="write down how many findings each rule has in each project")
    for one in (read, change, count):
        one.add_argument(
            "places",
            nargs="*" if one is count else "+",
            type=Path,
            help="checkouts or git directories, called owner+name",
        )
    for one in (read, change):
        one.add_argument("--pack", default="core", choices=PACKS)
        one.add_argument("--lines", type=int, default=6, help="lines shown before and after a finding")
        one.add_argument("--all", action="store_true", help="also sizes, implicit names and what is judged already")
    read.add_argument("--codes", default="", metavar="PREFIXES", help="these rules alone: TG5,TG603")
    read.add_argument("--round", default="", help="note the projects as read in this round")
    read.add_argument("--kind", default="", help="what kind of project they are, in words")
    read.add_argument("--taskguard", default="", metavar="COMMAND", help="another taskguard than this one")
    change.add_argument("--against", required=True, metavar="COMMAND", help="the other taskguard's command")
    count.add_argument("--check", action="store_true", help="write nothing; exit 1 where a number differs")
    count.add_argument("--fetch", type=int, default=0, metavar="N", help="fetch the next N projects of the table, too")
    count.add_argument(
        "--turn", type=int, default=-1, help="which N projects: the first ones are turn 0 (that of today)"
    )
    count.add_argument("--source", default=GITHUB, help="where projects are fetched from (%(default)s)")
    judge = commands.add_parser("judge", help="remember verdicts: lines of KEY,VERDICT,REASON on standard input")
    judge.add_argument("places", nargs="+", type=Path)
    judge.add_argument("--pack", default="core", choices=PACKS)
    judge.add_argument("--taskguard", default="", metavar="COMMAND", help="another taskguard than this one")
    report = commands.add_parser("report", help="the table of the verdicts")
    report.add_argument("rounds", nargs="*", help="the rounds that count (all)")
    report.add_argument("--codes", default="", metavar="PREFIXES", help="these rules alone: TG5,TG603")
    report.add_argument("--without", default="", metavar="PREFIXES", help="all rules but these")
    fixes = commands.add_parser("fixes", help="run the listed fixes again; exit 1 where one is told otherwise")
    fixes.add_argument("mirrors", type=Path, help="a folder of checkouts or git directories, called owner+name")
    commands.add_parser("peers", help="what celery-audit and taskguard said of the same projects, by code and verdict")
    split = commands.add_parser(
        "split", help="plan and split god files with no editing, in a clone, and look at what comes of it"
    )
    split.add_argument("places", nargs="+", type=Path, help="checkouts or git directories, called owner+name")
    split.add_argument("--most", type=int, default=2, metavar="N", help="files of each project (%(default)s)")
    split.add_argument("--keep", action="store_true", help="put the rows into splits.csv")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    words = parser().parse_args(argv)
    tables = Tables(words.tables)
    if words.command == "report":
        verdicts = [one for one in tables.verdicts().values() if meant(one.code, words.codes, words.without)]
        print(table(tables.projects().values(), verdicts, words.rounds), end="")
        return 0
    if words.command == "peers":
        print(side_by_side(words.tables), end="")
        return 0
    if words.command == "fixes":
        return run_fixes(words)
    if words.command == "split":
        return run_splits(words)
    return {"read": read, "change": change, "count": count, "judge": judge}[words.command](words, tables)


def run_fixes(words: argparse.Namespace) -> int:
    """Says which of the listed fixes are told otherwise than the table has it."""
    held = list(again(words.tables, words.mirrors))
    for row, holds in held:
        if not holds:
            print(
                f"{row['project']} {row['commit'][:12]} {row['code']}: not as the table says (found: {row['found_before']})"
            )
    print(f"{len(held)} fixes, {sum(holds for _, holds in held)} as the table says")
    return 0 if all(holds for _, holds in held) else 1


def run_splits(words: argparse.Namespace) -> int:
    """Says what came of each god file; 1 where one was written wrong, or taken back."""
    rows = []
    for place in words.places:
        for row in splits(place, words.most):
            print(shown(row), flush=True)
            rows.append(row)
            if words.keep:
                written(words.tables, [row])
    done = [row for row in rows if row.result == "split"]
    refused = sum(row.result == "refused" for row in rows)
    print(
        f"{len(rows)} files: {len(done)} split, {refused} refused, {len(rows) - len(done) - refused} wrong or taken back"
    )
    return 0 if len(done) + refused == len(rows) else 1


def meant(code: str, codes: str, without: str = "") -> bool:
    """Whether a code begins as one of `codes` does (any does where there are none), and as none of `without`: both with commas."""
    wanted, left_out = (tuple(one for one in text.split(",") if one) for text in (codes, without))
    return (not wanted or code.startswith(wanted)) and not (left_out and code.startswith(left_out))


def read(words: argparse.Namespace, tables: Tables) -> int:
    """Shows what wants a reader."""
    known = tables.verdicts()
    for place in words.places:
        with opened(place) as tree:
            made = [one for one in check(tree, words.pack, words.taskguard) if meant(one.code, words.codes)]
            if words.round:
                tables.add_project(Project(tree.name, tree.commit, words.round, words.kind))
            wanted = made if words.all else [one for one in to_read(made) if one.key not in known]
            print(f"== {tree.name} {tree.commit[:12]}: {len(made)} findings, {len(wanted)} to read")
            show(tree, wanted, words.lines)
    return 0


def change(words: argparse.Namespace, tables: Tables) -> int:
    """Shows what came and what went."""
    known = tables.verdicts()
    for place in words.places:
        with opened(place) as tree:
            new, old = (to_read(check(tree, words.pack, command)) for command in ("", words.against))
            for title, these, others in (("came", new, old), ("went", old, new)):
                keys = {one.key for one in others}
                differ = [one for one in these if one.key not in keys]
                for verdict in ("", *VERDICTS):
                    group = [one for one in differ if (known[one.key].verdict if one.key in known else "") == verdict]
                    if group and (words.all or not verdict or (title == "came") == (verdict != "right")):
                        print(f"== {tree.name}: {title}, {verdict or 'not judged'}: {len(group)}")
                        show(tree, group, words.lines)
    return 0


def count(words: argparse.Namespace, tables: Tables) -> int:
    """Counts anew. With `--check`, 1 where the table says otherwise, or where a check does not end as it should."""
    code = 0
    if not words.places and not words.fetch:
        raise SystemExit("corpus count: name places, or say with --fetch how many projects to fetch")
    for place in words.places:
        with opened(place) as tree:
            code |= count_one(tree, tables, words.check)
    known = list(tables.projects().values())
    for project in of_turn(known, words.fetch, date.today().toordinal() if words.turn < 0 else words.turn):
        with fetched(words.source.format(name=project.name), project.name, project.commit) as found:
            if found is None:
                print(f"{project.name}: {project.commit} cannot be fetched")
            else:
                code |= count_one(found, tables, words.check)
    return code if words.check else 0


def of_turn(known: Sequence[Project], number: int, turn: int) -> list[Project]:
    """So many projects; those of the next turn follow them, and after the last ones come the first."""
    return [known[(turn * number + at) % len(known)] for at in range(min(number, len(known)))]


def count_one(tree: Tree, tables: Tables, compare: bool) -> int:
    """Counts one project, or compares: 1 where it differs."""
    code = 0
    for pack in PACKS:
        try:
            now = counts(check(tree, pack))
        except RuntimeError as error:
            print(error)
            return 1
        held = {rule: number for (name, one, rule), number in tables.counts().items() if (name, one) == (tree.name, pack)}  # fmt: skip
        for rule in sorted(now.keys() | held.keys()):
            if now.get(rule, 0) != held.get(rule, 0):
                print(f"{tree.name} {pack} {rule}: {held.get(rule, 0)} -> {now.get(rule, 0)}", flush=True)
                code = 1
        if not compare:
            tables.count(tree.name, pack, now)
    return code


def judge(words: argparse.Namespace, tables: Tables) -> int:
    """Takes verdicts. 1 where one names no finding of these projects."""
    held: dict[str, Finding] = {}
    for place in words.places:
        with opened(place) as tree:
            held |= {one.key: one for one in check(tree, words.pack, words.taskguard)}
    code = 0
    for row in csv.reader(line for line in sys.stdin if line.strip()):
        key, verdict, reason = (*(part.strip() for part in row[:2]), ",".join(row[2:]))
        if key not in held:
            print(f"{key}: no such finding", file=sys.stderr)
            code = 1
            continue
        tables.judge(held[key], verdict, reason)
    return code


def show(tree: Tree, made: Iterable[Finding], lines: int) -> None:
    for one in made:
        print(f"\n[{one.key}] {one.path}:{one.line}: {one.code} ({one.level}) {one.message}")
        print(around(tree, one, lines), end="")


if __name__ == "__main__":
    sys.exit(main())
