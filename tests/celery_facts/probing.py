"""What probes are made of: they run in a process of their own, in the folder of the example, with an unused Celery."""

from __future__ import annotations

import ast
import builtins
import importlib
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What the bodies of examples note, by `note("…")`.
NOTED: list[object] = []
builtins.note = NOTED.append  # type: ignore[attr-defined]


def load(name: str = "tasks") -> Any:
    """A module of the example."""
    return importlib.import_module(name)


def shop(*include: str, **settings: Any) -> Any:
    """An app for examples that make none."""
    from celery import Celery

    app = Celery("shop", include=include or ("tasks",))
    app.conf.update(settings)
    return app


def attempt(what: Callable[[], object], well: str) -> str:
    """The class of what is raised, or these words."""
    try:
        what()
    except Exception as error:
        return type(error).__name__
    return well


def statement(module: Any, function: str, number: int, **names: object) -> Callable[[], object]:
    """One statement of a function of an example, to be run by itself with these arguments."""
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    body = next(one.body for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == function)
    code = compile(ast.Module([body[number]], []), module.__file__, "exec")
    return lambda: exec(code, {**vars(module), **names})


def give_body(task: Any, body: Callable[..., object]) -> None:
    """Has the task do this: the bodies of examples are seldom written out."""
    task.run = body


# -- messages ----------------------------------------------------------------------------------------------------------


class Sent:
    """The messages that are sent while it is open."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def __enter__(self) -> Sent:
        from celery.signals import before_task_publish

        def look(sender: object = None, **kwargs: Any) -> None:
            self.messages.append({"task": sender, **kwargs})

        before_task_publish.connect(look, weak=False, dispatch_uid="sent")
        return self

    def __exit__(self, *raised: object) -> None:
        from celery.signals import before_task_publish

        before_task_publish.disconnect(dispatch_uid="sent")

    def queues(self) -> str:
        return " ".join(str(one["routing_key"]) for one in self.messages)

    def tasks(self) -> str:
        return " ".join(str(one["task"]) for one in self.messages)


def queue_of(send: Callable[[], object]) -> str:
    """The queue to which this sends."""
    with Sent() as sent:
        send()
    return sent.queues()


def write(line: str) -> None:
    """What a process of a pool has to say of a run: the signals of its end do not leave that process."""
    with open("written", "a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def written() -> list[str]:
    return Path("written").read_text("utf-8").splitlines() if Path("written").exists() else []


# -- workers -----------------------------------------------------------------------------------------------------------


class Log(logging.Handler):
    """What a worker says of messages that it throws away, and of its own end."""

    def __init__(self, work: Work) -> None:
        super().__init__(logging.WARNING)
        self.work = work

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if "unregistered task" in said:
            self.work.end("thrown away: unregistered")
        elif "Can't decode message body" in said or "deserialize" in said:
            self.work.end("thrown away: refused")
        elif "Unrecoverable error" in said:
            error = record.exc_info[1] if record.exc_info else None
            self.work.end(type(error).__name__)


class Work:
    """A real worker in a thread of this process, and how the runs of its tasks ended."""

    def __init__(self, app: Any, pool: str = "solo", **options: Any) -> None:
        self.app = app
        self.ended: list[str] = []
        self.started: list[str] = []
        self.ready = threading.Event()
        self.process = os.getpid()
        self.options = {
            "pool": pool, "concurrency": 1, "without_gossip": True, "without_mingle": True, "without_heartbeat": True, "hostname": "facts@here",
            "ready_callback": lambda consumer: self.ready.set(), **options,
        }  # fmt: skip

    def end(self, how: str) -> None:
        if os.getpid() == self.process:
            self.ended.append(how)
        else:  # in a process of a pool, whose signals do not leave it
            write(how)

    def start(self) -> Work:
        from celery import signals

        def began(task: Any = None, **kwargs: object) -> None:
            self.started.append(task.name)

        # That a task ended well: with its result, or with an exception that is not the task's own affair.
        def well(**kwargs: object) -> None:
            self.end("SUCCESS")

        def badly(exception: object = None, **kwargs: object) -> None:
            self.end(f"FAILURE: {type(exception).__name__}")

        def again(**kwargs: object) -> None:
            self.end("RETRY")

        signals.task_prerun.connect(began, weak=False)
        signals.task_success.connect(well, weak=False)
        signals.task_failure.connect(badly, weak=False)
        signals.task_retry.connect(again, weak=False)
        logger = logging.getLogger("celery")
        logger.addHandler(Log(self))
        logger.setLevel(logging.WARNING)
        logger.propagate = False
        self.app.conf.worker_hijack_root_logger = False
        self.app.loader.import_default_modules()
        self.app.finalize()
        threading.Thread(target=self.run, daemon=True).start()
        self.wait(lambda: self.ready.is_set() or self.ended)
        return self

    def run(self) -> None:
        # Each thread has a current app of its own.
        self.app.set_current()
        self.app.set_default()
        try:
            self.app.WorkController(**self.options).start()
        except Exception as error:
            self.end(type(error).__name__)

    def wait(self, until: Callable[[], object], seconds: float = 15.0) -> bool:
        """Whether this comes true in time."""
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def runs(self, number: int = 1, seconds: float = 15.0) -> str:
        """How so many runs ended."""
        self.wait(lambda: len(self.ended) + len(written()) >= number, seconds)
        return ", ".join([*written(), *self.ended][:number]) or "waits"


def worked(app: Any, send: Callable[[], object] | None = None, number: int = 1, **options: Any) -> str:
    """How the runs end that this sends, in a worker that is started when all is sent."""
    if send is not None:
        send()
    return Work(app, **options).start().runs(number)


def starts(app: str) -> str:
    """What becomes of the command `celery -A app worker`: "starts", or what it ends with."""
    from celery.bin.celery import celery
    from celery.signals import worker_ready

    class Ready(BaseException): ...

    def ready(**kwargs: object) -> None:
        raise Ready

    worker_ready.connect(ready, weak=False)
    told: list[str] = []
    log = Log(Work(None))
    log.work.end = told.append  # type: ignore[method-assign]
    logging.getLogger("celery").addHandler(log)
    arguments = ["-A", app, "worker", "-P", "solo", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    try:
        celery(arguments, standalone_mode=False)
    except Ready:
        return "starts"
    except SystemExit:
        return told[0] if told else "ends"
    except Exception as error:
        return type(error).__name__
    return told[0] if told else "ends"


def beat(app: Any) -> Any:
    """What `celery beat` makes of the app's schedule, each entry due."""
    from datetime import timedelta

    from celery.beat import Scheduler

    app.loader.import_default_modules()
    app.finalize()
    scheduler = Scheduler(app=app)
    for entry in scheduler.schedule.values():
        entry.last_run_at = entry.default_now() - timedelta(days=400)
    return scheduler


def sent_by_beat(app: Any) -> Sent:
    """The messages of one round of beat, in which all is due."""
    with Sent() as sent:
        scheduler = beat(app)
        for _ in scheduler.schedule:
            scheduler.tick()
    return sent
