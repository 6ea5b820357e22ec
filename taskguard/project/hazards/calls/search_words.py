"""The words by which files are found that send tasks or make signatures: apart from what is asked of these, so that nothing is loaded where there are none."""

from __future__ import annotations

from taskguard.celery_options import SLIPS

SENDS = (
    "on_commit(",
    ".add_periodic_task(",
    "chain(",
    "chord(",
    *(
        f".{name}("
        for name in "delay apply_async apply delay_on_commit apply_async_on_commit send_task retry starmap s si signature subtask".split()
    ),
)
# Misspelt names of the methods that send.
SLIPPED = tuple(f".{name}(" for name in SLIPS)
RETRY = ".retry"
# Who writes one of these may send objects by pickle: in one call, by a setting, or by the environment.
PICKLED = ('"pickle"', "'pickle'", "x-python-serialize")
