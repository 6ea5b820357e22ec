"""No value ends in exit code 3: whatever stands where Celery takes a value, each command says what it can and leaves the rest alone.

`TASKGUARD_EXAMPLES=50 pytest tests/test_totality.py` tries fifty times as many generated values, and `python -m fuzz` any number.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz import places
from fuzz.commands import run
from fuzz.configurations import Settings
from fuzz.documents import SCALAR, SNAPSHOT, Documents
from fuzz.trials import Trial
from fuzz.values import Values
from fuzz.words import Commands

MORE = int(os.environ.get("TASKGUARD_EXAMPLES", "1"))
# Each of these once ended a command in TypeError, ValueError, OverflowError or UnicodeEncodeError.
ODD = (
    "{(1, [2]): 1}", "([],)", "{1}", "set_key([1], {2})", "10**400", "0x" + "f" * 5000, 'float("nan")', '"\\ud800"',
)  # fmt: skip
MIXED = (
    *ODD, "{[1]: 2}", "{(1, {2}): 3}", "{1: 1, None: 2, 'x': 3, (1,): 4}", "-0x" + "f" * 5000, "1e999", 'timedelta(seconds=float("nan"), minutes=10**400)', '"\\x00"', '"a" * 10**9', "b'x' * 9", "2j",
    "...", "[[[[[[[[[1]]]]]]]]]", f'"{"x" * 20_000}"', "(" * 150 + "1" + ",)" * 150,
)  # fmt: skip


def all_is_well(trial: Values, chosen: list[str]) -> None:
    for words, outcome in trial.outcomes(chosen):
        odd = [one for one in chosen if one != "'mail'"]
        assert outcome.code in (0, 1), f"{' '.join(words)} of {odd}: {outcome.kind}\n{outcome.err}\n{outcome.trace}"


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Values:
    return Values(tmp_path_factory.mktemp("totality") / "values")


@pytest.mark.parametrize("text", ODD, ids=[one[:30] for one in ODD])
def test_an_odd_value_at_every_place(trial: Values, text: str) -> None:
    all_is_well(trial, [text] * places.NUMBER)


@pytest.mark.parametrize("first", [0, 7, 14])
def test_odd_values_beside_each_other(trial: Values, first: int) -> None:
    all_is_well(trial, [MIXED[(place + first) % len(MIXED)] for place in range(places.NUMBER)])


@given(st.randoms(use_true_random=False))
@settings(
    max_examples=6 * MORE, derandomize=MORE == 1, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
def test_generated_values_at_every_place(trial: Values, random: Random) -> None:
    all_is_well(trial, places.values(random))


def test_the_project_with_plain_values_is_read_to_its_end(trial: Values) -> None:
    trial.write(["'mail'"] * places.NUMBER)
    for path in sorted(Path(trial.folder).rglob("*.py")):
        compile(path.read_text("utf-8"), path, "exec")


@pytest.mark.parametrize("name", ["taskguard.toml", "pyproject.toml"])
def test_a_number_in_the_settings_that_python_does_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / ".git").mkdir()
    head = "" if name == "taskguard.toml" else "[tool.taskguard]\n"
    (tmp_path / name).write_text(
        f"{head}[{'' if not head else 'tool.taskguard.'}options.TG101]\nmax-lines = {'9' * 5000}\n"
    )
    outcome = run(["check"], tmp_path)
    assert outcome.code == 2, outcome.err
    assert name in outcome.err


@pytest.mark.parametrize(
    "replaced", [b"true", b"[]", b"1e400", b"-999999999", b"[" * 3000 + b"]" * 3000], ids=lambda one: one[:8].decode()
)
def test_a_snapshot_with_another_kind_of_value_anywhere_is_said_to_be_damaged(tmp_path: Path, replaced: bytes) -> None:
    documents = Documents(tmp_path / "documents")
    whole = documents.whole[SNAPSHOT]
    for found in list(SCALAR.finditer(whole))[::7]:
        data = whole[: found.start()] + replaced + whole[found.end() :]
        (documents.folder / SNAPSHOT).write_bytes(data)
        outcome = run(["diff", SNAPSHOT], documents.folder)
        assert outcome.code in (0, 1, 2), f"{found[0]!r} at {found.start()}: {outcome.kind}\n{outcome.trace}"


@pytest.mark.parametrize(("kind", "number"), [(Documents, 30), (Settings, 12), (Commands, 30)])
def test_damaged_documents_settings_and_commands(tmp_path: Path, kind: type[Trial], number: int) -> None:
    trial = kind(tmp_path / "trial")
    for seed in range(number):
        case = trial.make(Random(seed))
        assert trial.judge(case) == "", trial.shown(case)
