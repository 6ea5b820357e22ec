from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class RefusedCommand(ProjectRule, code="TG324", since="0.1.0"):
    """
    A deployment file starts Celery with an option that its command refuses or takes for something else, or beat without a file that it can write.

    ## Why is this bad?
    From 5.0 on the options of `celery` itself stand before the sub-command, and those of the sub-command behind it: `celery worker -A shop` ends with
    "You are using `-A` as an option of the worker sub-command", `celery -A shop -l info worker` with "No such option", and no worker runs; it is so before `beat`, `multi` and `flower`, too, and where the command has no sub-command at all (`celery -A shop -l info`). Options of a worker (`--concurrency`, `-Q`) are none of `beat`. Old names
    (`--maxtasksperchild`) are gone, and so are levels that are none of Celery's (`--loglevel=warn`). A pool is one of those that Celery has; any other one comes by
    `--pool=custom` and the variable `CELERY_CUSTOM_WORKER_POOL`. `gevent` and `eventlet` run by packages that Celery does not bring: where no list of requirements has them, the worker ends in a
    ModuleNotFoundError; `celery flower` is a command of the package `flower`, without which Celery has no such command. A worker takes no word that belongs to no option, in any version: a blank in a list of queues (`-Q mails, reports`) makes one. Where a command
    is a list, each item is a word: `["celery", …, "-Q mails"]` reads a queue that is called " mails", with a blank, and "--loglevel INFO" is no option. In a Dockerfile no shell reads it
    (`CMD ["celery", …, "--concurrency=$WORKERS"]`): Celery is given `$WORKERS` itself, which is no number. `-s` of beat is the file of its schedule; a scheduler
    that stands there (`-s django_celery_beat.schedulers:DatabaseScheduler`) is never loaded, since that is `-S`. Beat keeps its schedule in a file, by
    default `celerybeat-schedule` in the folder that it is started in: where a compose file mounts a volume at that path, or a path of the machine at which nothing lies, there is a folder, and beat ends; and so it does where the folder, or the volume made for it, is root's and the image runs as another user. An image that copies the packages of another
    stage (`COPY --from=made …/site-packages`) has no script of it that is not copied as well: `celery` is not found. `python celery worker` has Python run a file `celery`, which no project has. No test runs these lines: they fail where the project is deployed.

    ## Example
    `app.py`:
    ```py
    from celery import Celery

    app = Celery("app")
    ```
    `Procfile`:
    ```
    worker: celery -A app worker --pool=asyncio  # error
    ```

    ## Use instead
    `Procfile`:
    ```
    worker: celery -A app worker --pool=threads
    ```

    ## Unknown
    Silent where a file of requirements leaves a Celery below 5.0, or none says a version: pools by a name alone are told of any version. Silent about words that a variable gives, about
    `celery` behind a word that is not known to run it, where the project gives Celery's commands options (`user_options`) or pools (`ALIASES`) itself, and in tests.
    Of variables: silent where an entrypoint may have a shell read the words, where a script starts Celery, and in Compose files, where Compose puts in what they are worth. Of schedulers: silent where a setting names one.
    Of packages: a warning where no lock names all that is installed; silent where a list that is named is not there, where something comes from a repository, a path or another index, where an image begins
    with one that is not plain Python or a system, where code imports the package or some text installs it by hand, where some image is one of flower, and in scripts for Windows.
    Of the file of beat: a warning, of images that begin with Python's own; silent where another scheduler is set or at hand, or the project sets the file's name; of folders of root's also where a command, a copy or a script may give them away, the image has an entrypoint, or Compose reads a second file by itself.

    ## References
    - [Celery: what's new in 5.0](https://docs.celeryq.dev/en/stable/history/whatsnew-5.0.html)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.diagnosis.starts.images_without_celery import unscripted_images
        from taskguard.project.diagnosis.starts.recipe_schedules import recipe_schedules
        from taskguard.project.diagnosis.starts.refused_commands import refused_commands
        from taskguard.project.diagnosis.starts.schedule_folders import schedule_folders

        if project.complete:
            yield from said(refused_commands(project))
            yield from said(schedule_folders(project))
            yield from said(recipe_schedules(project))
            yield from said(unscripted_images(project))
