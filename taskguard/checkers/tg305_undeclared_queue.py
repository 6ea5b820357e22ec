from __future__ import annotations

from taskguard.rule import Finding, ProjectRule, Related, Spelling, Unsure, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System
    from taskguard.rule import Findings, Project, Task


class UndeclaredQueue(ProjectRule, code="TG305", since="0.1.0"):
    """
    A queue that the configured queues do not list, or that no worker reads.

    ## Why is this bad?
    Celery creates an unknown queue when something is sent to it, and says nothing. Workers consume the queues of `task_queues`, and others
    only if `-Q` names them: the messages pile up. Where deployment files start all workers and `-Q` says what these read, a queue
    that none of them reads is told as well, once, where something is first sent to it, and so is the default queue: a task that only tries a worker out
    (`health_check`) counts there where a schedule sends it.
    A queue that only some deployments read piles up in the others: where a file starts a site as a whole (`docker-compose.prod.yml`, `Procfile`,
    `render.yaml`, a folder for Kubernetes, systemd or supervisord), and none of its workers reads a queue that one started elsewhere does, this is told
    where the file starts its worker. Elsewhere is another deployment, code (`app.worker_main(["worker", "-Q", "mail"])`) or a README, where that starts all that the workers of the file do: it stands in their place, on another machine.
    Where no file of a deployment says a word of Celery or of workers, those count that a README, or a comment or text in the module of the app, has somebody start: `celery -A shop worker` reads the default queue alone, whatever `task_routes` say.
    With `task_create_missing_queues = False` each send fails instead, and where no queues are configured there is the default one alone.

    ## Example
    ```py
    from celery import Celery
    from kombu import Queue

    app = Celery("shop")
    app.conf.task_queues = [Queue("celery"), Queue("reports")]


    @app.task(name="shop.report", queue="report")  # error
    def report(): ...
    ```

    ## Use instead
    ```py
    from celery import Celery
    from kombu import Queue

    app = Celery("shop")
    app.conf.task_queues = [Queue("celery"), Queue("reports")]


    @app.task(name="shop.report", queue="reports")
    def report(): ...
    ```

    ## Unknown
    An app of which nothing starts a worker has no part in tasks that it shares with others. Silent where no queues are configured, and where one of them, the default queue or the queue in question cannot be told.
    Which queues the workers read is not asked where a start of Celery in a deployment file or in code cannot be read to its end: variables
    for options that no file sets to plain words, `celery multi`, `worker_main`, `add_consumer`, several apps of which one is not named. What code starts by
    a command that is written out (`Popen(["celery", "-A", "shop", "worker", "-Q", "mail"])`, or a variable of the function around) reads these queues. Where no worker is
    told its queues, it takes a file that starts a site as a whole, web and worker, and that is not for development alone
    (`dockerfile: Dockerfile.dev`, `target: development`, a display; not in a service that is built of another folder than the workers). Where all workers that can be seen are a developer's, the others are not known.
    Of a deployment by itself nothing is said unless it starts a web server and workers of which all queues are known, and no service that may run
    tasks in another way. Compose files that are given to one command, that extend one another or change services of another belong together. Files for
    development, tests and staging may read less, and so may `docker-compose.yml` where another deployment is there for production. A file that
    starts workers alone may complete any deployment, unless it reads all that the workers of one do. What nobody sends piles up nowhere: where other
    tasks are sent, a queue that only routes and declarations of tasks name which nobody sends, schedules or names elsewhere is no finding (`apply()` and plain calls send nothing). Declarations that name the same missing queue are told once.
    A queue to which names of another service are sent or routed (those of no package here) has its worker there; where that service is in the tree, its own queues count. A route that nothing takes sends nothing.
    What a module sets that no process loads (`-A` names others, and no code imports it) is unknown.
    A queue that a command line names after `-Q` anywhere, be it in a README or a comment of a deployment file, has its worker; what a comment in Python says is only to be done. A declaration counts for nothing where
    everybody who sends the task names a queue.
    Undecided where several apps read the same queues from a settings module and have not the same default queue.
    So is a project of more than 400 apps.
    `celery.queues` of the settings lists queues that are declared outside Python.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.deployment.queue_readers import unread_queues, unserved_defaults
        from taskguard.project.registry.sends import lost_defaults, missing_queues, queue_names

        system = celery_of(project)
        if system.crowded:
            first = system.services[0]
            yield Unsure(first.path, first.span, f"which queues are configured cannot be told: {system.crowded}")
            return
        spelling = Spelling()
        for sent in missing_queues(system):
            names = sorted({name for service in sent.services for name in queue_names(service) or ()})
            near = spelling.nearest(sent.queue, names)
            yield Finding(
                sent.path,
                sent.span,
                f'the queue "{sent.queue}" is not among the configured queues',
                symbol=sent.subject,
                help=f'did you mean "{near}"?' if near else f"the configured queues are {listing(names, 5)}",
                related=(
                    *(Related(path, line, "the queues are configured here") for path, line in places(sent.services)),
                    *(Related(one.path, one.span.line, "this is sent there too") for one in sent.again[:5]),
                ),
                depends=tuple(
                    dict.fromkeys(
                        (
                            *sent.files,
                            *(path for path, _ in places(sent.services)),
                            *(path for one in sent.again for path in (one.path, *one.files)),
                        )
                    )
                ),
                lines=sent.lines,
            )
        for unread in unread_queues(system):
            sent, near = unread.sent, spelling.nearest(unread.sent.queue, unread.read)
            yield Finding(
                sent.path,
                sent.span,
                f'no worker {"that is written down" if unread.written else "of the deployment"} reads the queue "{sent.queue}"',
                symbol=sent.queue,
                help=f'did you mean "{near}"?'
                if near
                else f"the workers read {listing(unread.read, 5)}: name it after -Q",
                related=(
                    *(Related(one.path, one.span.line, "this is sent there too") for one in unread.others[:5]),
                    *(
                        Related(path, 1, "how workers are started" if unread.written else "workers are started here")
                        for path in unread.places[:3]
                    ),
                ),
                depends=tuple(
                    dict.fromkeys(
                        (
                            *sent.files,
                            *unread.places,
                            *(path for one in unread.others for path in (one.path, *one.files)),
                        )
                    )
                ),
                certain=False,
                lines=sent.lines,
            )
        for one in unserved_defaults(system):
            count = len(one.tasks)
            yield Finding(
                one.path,
                one.span,
                f'no worker reads the default queue "{one.queue}", to which {"one task goes" if count == 1 else f"{count} tasks go"}',
                symbol=one.service.dotted,
                help=f"the workers read {listing(one.read, 5)}: name the default queue after -Q, or set task_default_queue",
                related=without_queue(one.tasks),
                depends=tuple(dict.fromkeys((one.service.path, *(task.path for task in one.tasks)))),
                certain=False,
            )
        yield from missed_by_one(system)
        for lost in lost_defaults(system):
            if lost.doubt:
                yield Unsure(lost.path, lost.span, lost.doubt)
                continue
            count = len(lost.tasks)
            yield Finding(
                lost.path,
                lost.span,
                f'task_queues does not list the default queue "{lost.queue}", to which {"one task goes" if count == 1 else f"{count} tasks go"}',
                symbol=lost.service.dotted,
                help=f'add Queue("{lost.queue}") to task_queues, or set task_default_queue to one of them',
                related=without_queue(lost.tasks),
                depends=tuple(dict.fromkeys(task.path for task in lost.tasks)),
            )


def missed_by_one(system: System) -> Findings:
    """The queues that the workers of one deployment do not read, and those of another one do."""
    from taskguard.project.diagnosis.queues.missed_queues import missed_queues

    for missed in missed_queues(system):
        kind = "queue" if missed.sent else "default queue"
        yield Finding(
            missed.path,
            missed.span,
            f'no worker that {missed.site} starts reads the {kind} "{missed.queue}", as one that {missed.reader} starts does',
            symbol=missed.queue,
            help=f"the workers of {missed.site} read {listing(missed.read, 5)}: name it after -Q there, too",
            related=(
                *(Related(at.path, at.span.line, "this is sent there") for at in missed.sent[:3]),
                *without_queue(missed.tasks),
                Related(missed.reader, 1, "a worker that reads it is started here"),
            ),
            depends=tuple(
                dict.fromkeys(
                    (
                        missed.reader,
                        *(path for at in missed.sent for path in (at.path, *at.files)),
                        *(task.path for task in missed.tasks),
                    )
                )
            ),
            certain=False,
        )


def without_queue(tasks: Sequence[Task]) -> tuple[Related, ...]:
    """The first of the tasks that go to the default queue."""
    return tuple(Related(task.path, task.line, f"{task.dotted} has no queue and no route") for task in tasks[:3])


def places(services: Iterable[Service]) -> list[tuple[str, int]]:
    """Where the queues of these services are configured."""
    from taskguard.project.celery.configuration import configuration

    made = []
    for service in services:
        setting = configuration(service).get("task_queues")
        for place in setting.places if setting is not None else ():
            made.append((place.path, place.span.line))
    return list(dict.fromkeys(made))
