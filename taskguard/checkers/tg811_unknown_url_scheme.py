from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class UnknownUrlScheme(ProjectRule, code="TG811", since="0.1.0"):
    """
    The URL of a broker or a result backend has a scheme that nothing knows, or one that wants more than is said.

    ## Why is this bad?
    The URL is looked at when the first message is sent: `ampq://` is then a KeyError, `postgresql://` for results an import error. A URL without its
    `://` is even taken for the name of a host of RabbitMQ. With `rediss://` for results Celery wants to be told what it is to ask of the server's
    certificate, by `?ssl_cert_reqs=…` or by `redis_backend_use_ssl`: else the backend is a ValueError, as soon as a task is sent.
    What `broker_use_ssl` holds is handed to the broker's library: `ssl_cert_reqs` for Redis, `cert_reqs` for RabbitMQ, and a TypeError the other way
    round; the text "CERT_NONE" is none that redis-py knows there.
    A `/`, `?` or `#` in a password, in the code or a deployment file, ends the part of the host: `amqp://shop:a/b@rabbit` has the port "a", a ValueError. It wants to be quoted.
    A `sentinel://` URL wants the `master_name` in `broker_transport_options`, or `result_backend_transport_options`: a ValueError without it.
    RedBeat, where it is the scheduler of beat and has no `redbeat_redis_url`, takes the URL of the broker for its Redis: with RabbitMQ or SQS beat ends when it starts.
    For `redis://` Celery needs the package redis, which it does not bring: where the requirements have neither that nor `celery[redis]`, the worker of a fresh image is an ImportError.

    ## Example
    ```py
    from celery import Celery

    app = Celery("shop", broker="ampq://localhost")  # error
    ```

    ## Use instead
    ```py
    from celery import Celery

    app = Celery("shop", broker="amqp://localhost")
    ```

    ## Unknown
    An error where the scheme is a known one misspelt, or one of the web or of a database; else, for the default beside an environment variable, and where settings may be set that cannot be seen, a
    warning. `amqp://` for results is gone since Celery 5: an error where the requirements say so, silent where they say nothing. Undecided where the project
    registers transports or backends itself. Of the package redis: a warning where no lock names all that is installed; silent where a list that is named is not there, where something comes from a repository, a path or another index, where an image
    begins with one that is not plain Python or a system, where a package that is required brings it, and where code imports it or some text installs it by hand. The names in `broker_use_ssl` are told where all URLs of brokers are written out. Silent in tests and samples.
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.brokers.missing_clients import lacking_clients
        from taskguard.project.diagnosis.brokers.redbeat import unfit_for_redbeat
        from taskguard.project.diagnosis.brokers.schemes import unknown_schemes
        from taskguard.project.diagnosis.brokers.ssl_options import refused_ssl_options
        from taskguard.project.diagnosis.brokers.transport_options import nameless_masters
        from taskguard.project.diagnosis.brokers.unquoted_passwords import torn_passwords

        yield from said(unknown_schemes(celery_of(project)))
        yield from said(refused_ssl_options(celery_of(project)))
        yield from said(lacking_clients(celery_of(project)))
        yield from said(torn_passwords(celery_of(project)))
        yield from said(nameless_masters(celery_of(project)))
        yield from said(unfit_for_redbeat(celery_of(project)))
