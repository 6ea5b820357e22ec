"""The byte search that decides which files are parsed at all.

A file without any of these words declares no task, configures no Celery, refers to no task by name and is no facade. What other files
need of it all the same (a constant, a base class) is parsed when a name leads there.
"""

from __future__ import annotations

# Together they have no false negatives: a task needs `shared_task`, `.task`, `register_task` or a wrapper whose name the settings or a relevant
# file gives; configuration and references name Celery or one of its methods. Who only calls `task.delay()` says nothing that a
# rule asks for, and who patches `apply_async` is found by the rule that wants it.
WORDS = (
    b"elery",  # celery, Celery
    b"apply_async(",
    b"beat_schedule",
    b"crontab",
    b"DJANGO_SETTINGS_MODULE",
    b'.signature("',
    b".signature('",
    b"app.signature(",
)
FACADE_MARK = b"taskguard:"
# All of these hold `ask`: most files are done with after one search.
STEM = b"ask"
TASK_WORDS = (
    b"shared_task", b".task(", b".task\n", b".task\r", b".task #", b".task  #", b"@task", b"send_task", b"register_task", b'"task"', b"'task'", b'.tasks["', b".tasks['", b"PeriodicTask", FACADE_MARK,
)  # fmt: skip
# What starts the names of Django's settings for Celery; elsewhere in a name (`MY_CELERY_QUEUE`) it says nothing.
PREFIX = b"CELERY"
UNDERSCORE = ord("_")
DEF = b"\ndef "
FACADE_LIMIT = 64 * 1024


def relevant(data: bytes, extra: tuple[bytes, ...] = (), *, package: bool = False) -> bool:
    """Whether a file with these bytes can matter. `extra` are words that the settings add, `package` says that it is an `__init__`."""
    for word in WORDS:
        if word in data:
            return True
    if starts_name(data, PREFIX):
        return True
    if STEM in data:
        for word in TASK_WORDS:
            if word in data:
                return True
    for word in extra:
        if word in data:
            return True
    return not package and may_be_facade(data)


def implies(word: bytes) -> bool:
    """Whether each file that holds the word is relevant."""
    return any(one in word for one in WORDS) or (STEM in word and any(one in word for one in TASK_WORDS))


def starts_name(data: bytes, prefix: bytes) -> bool:
    """Whether some name in `data` starts with `prefix`."""
    place = data.find(prefix)
    while place > 0 and (data[place - 1 : place].isalnum() or data[place - 1] == UNDERSCORE):
        place = data.find(prefix, place + 1)
    return place >= 0


def may_be_facade(data: bytes) -> bool:
    """Whether the file has imports and neither a class nor a function of its own (beside a module `__getattr__`)."""
    if len(data) > FACADE_LIMIT or b"import" not in data:
        return False
    place = data.find(DEF)
    while place >= 0 and data.startswith((b"__getattr__", b"__dir__"), place + len(DEF)):
        place = data.find(DEF, place + len(DEF))
    return place < 0 and not (b"\nclass " in data or b"\nasync def " in data or data.startswith((b"class ", b"def ")))
