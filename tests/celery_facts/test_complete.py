"""Each rule that makes a claim about Celery has it run, and `docs/celery-facts.md` says so."""

from __future__ import annotations

from pathlib import Path

from celery_facts.claims import FAMILIES, claims_of
from celery_facts.table import line_of
from taskguard import selection

# Rules of these families that claim nothing of Celery, and why.
UNPROVED = {
    "TG201": "a house wants its own base class",
    "TG203": "a house wants options to be written down",
    "TG209": "a house wants a call in each task",
    "TG326": "that two beats know nothing of each other is seen in test_beat_in_celery.py",
    "TG327": "that a worker runs no schedule unless it is told to is what its page in the docs of Celery says; which files start one is read",
    "TG329": "it is Django that refuses models before its applications are loaded",
    "TG333": "how a container is asked for its health is Docker's affair",
    "TG334": "whom a signal reaches in a container is the affair of the shell and the kernel",
    "TG337": "where SQLAlchemy looks for the class that a relationship names is its own affair",
    "TG338": "how a container is asked for its health is Docker's affair; whom a ping asks is what its page in the docs of Celery says",
    "TG339": "what a container runs that is told nothing is Docker's affair",
    "TG332": "which host a name is in a container is Docker's affair",
    "TG323": "it is Django that refuses the models of an application that is not installed",
    "TG325": "which words an entrypoint is handed, and whether they are run, is Docker's and the shell's affair",
    "TG511": "that a name which nothing binds is a NameError is Python's affair",
    "TG609": "connections that belong to an event loop are the affair of asyncio and the libraries that make them",
    "TG615": "that an exception which leaves a transaction rolls it back is the affair of Django and the database",
    "TG815": "which keys a server drops when its memory is full is the affair of Redis",
    "TG616": "what a queryset refuses is the affair of Django",
    "TG617": "which names of a function are local is the affair of Python",
    "TG619": "what a class of rows has is the affair of Django and SQLAlchemy",
    "TG620": "which states Celery has is held against its own list in test_mistaken_in_celery.py",
    "TG803": "a password in a repository is none of Celery's affairs",
}
ABOUT_CELERY = ("TG2", "TG3", "TG5", "TG6", "TG8")


def test_each_rule_is_proved_or_has_a_reason() -> None:
    rules = {code for code in selection.available() if code.startswith(ABOUT_CELERY)}
    proved = {claim.rule for family in FAMILIES for claim in claims_of(family)}
    assert not proved & UNPROVED.keys()
    assert rules == proved | UNPROVED.keys()


def test_a_claim_is_said_once() -> None:
    said = [(claim.rule, claim.says) for family in FAMILIES for claim in claims_of(family)]
    assert len(said) == len(set(said))


def test_the_families_are_the_files_of_tests() -> None:
    found = {
        file.stem.removeprefix("test_")
        for file in Path(__file__).parent.glob("test_*.py")
        if "\nCLAIMS = (" in file.read_text("utf-8")
    }
    assert found == set(FAMILIES)


def test_the_table_has_each_claim(repository: Path) -> None:
    """`nox -s celery_facts` makes it anew."""
    lines = (repository / "docs" / "celery-facts.md").read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| [TG")]
    claims = [claim for family in FAMILIES for claim in claims_of(family)]
    assert len({line.rpartition(" | ")[0].split(" | ")[1] + line[:10] for line in rows}) == len(claims)
    for claim in claims:
        assert any(line.startswith(line_of(claim.rule, claim.says)) for line in rows), claim.says
