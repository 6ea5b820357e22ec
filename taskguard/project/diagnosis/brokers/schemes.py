"""URLs of brokers and result backends with a scheme that nothing knows (kombu/transport/__init__.py, celery/app/backends.py)."""

from __future__ import annotations

from taskguard.errors import nearest
from taskguard.patterns import regex
from taskguard.project.celery.configuration import configuration
from taskguard.project.diagnosis.brokers.written_urls import BACKENDS, BROKERS, HOLE, URL, Written, written_urls
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import to_copy
from taskguard.project.python.pins import celery_pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.system import System
    from taskguard.project.python.project import Project

TRANSPORTS = frozenset(
    "amqp amqps azureservicebus azurestoragequeues confluentkafka consul etcd filesystem gcpubsub kafka librabbitmq memory mongodb pgmq pyamqp pyro qpid redis rediss"
    " sentinel slmq sqla sqlalchemy sqs zookeeper".split()
)
# Those of kombu before 4.0.
OLD_TRANSPORTS = frozenset("beanstalk couchdb django ironmq zeromq".split())
STORES = frozenset(
    "arangodb azureblockblob cache cassandra consul cosmosdbsql couchbase couchdb database db disabled dynamodb elasticsearch file gs mongodb redis rediss riak rpc s3"
    " sentinel".split()
)
DATABASES = frozenset("mariadb mssql mysql oracle postgres postgresql sqlite".split())
NO_SERVER = frozenset("http https tcp ws".split())
# `redis:/host`, `redis//host`, `redis:host`: what lacks a part of `://`.
TORN = regex(r"\s*(amqps?|pyamqp|rediss?|sentinel|sqs)(?::/|//|:)(?!//|/)\S+")
# A URL without a query, as far as it is known: what is put in stands for a user, a host or a number.
WHOLE = regex(
    r"\s*rediss://(?=[^/]*[^/\0])[^/?#]*[^/?#\0](?:/[^/?#\0]*|/\0)?\s*|\s*rediss://(?:[^/?#]*@)?\0:\0(?:/[^/?#\0]*|/\0)?\s*"
)
REPLACED = ("TRANSPORT_ALIASES", "BACKEND_ALIASES", "override_backends")


def unknown_schemes(system: System) -> Iterator[Fault]:
    """Each place once, although broker and results may have one URL."""
    told: set[tuple[str, Span]] = set()
    for names in (BROKERS, BACKENDS):
        for one in written_urls(system, names):
            for fault in _faults(system.project, one):
                if (fault.path, fault.span) not in told:
                    told.add((fault.path, fault.span))
                    yield fault


def _faults(project: Project, one: Written) -> Iterator[Fault]:
    found = URL.match(one.text)
    kind = "backend" if one.setting in BACKENDS else "broker"
    if to_copy(one.path) or (found is None and HOLE in one.text.partition("://")[0]):
        return
    if found is None:
        torn = TORN.match(one.text)
        if torn is not None and "@" not in torn[0].partition("/")[0] and not one.asked:
            yield _fault(
                one,
                f"the URL of the {kind} lacks a part of `{torn[1]}://`: it is taken for something else",
                f"write `{torn[1]}://…`",
                True,
            )
        return
    scheme = found[1].partition("+")[0]
    if kind == "broker":
        yield from _of_broker(project, one, scheme)
    else:
        yield from _of_backend(project, one, scheme)


def _of_broker(project: Project, one: Written, scheme: str) -> Iterator[Fault]:
    lower = scheme.lower()
    if lower in OLD_TRANSPORTS:
        pin = celery_pin(project)
        before = pin.before((4, 0)) if pin is not None else None
        if pin is not None and before is not True:
            yield _fault(
                one,
                f"kombu has no transport {scheme} since 4.0: a KeyError as soon as something is sent",
                "take one of today's: `redis://`, `amqp://`, `sqs://` …",
                before is False,
            )
        return
    if lower in TRANSPORTS or "." in scheme:
        return
    near = nearest(lower, TRANSPORTS)
    advice = f"did you mean `{near}://`?" if near else "take one of kombu's: `redis://`, `amqp://`, `sqs://` …"
    if lower in DATABASES:
        advice = f"write `sqla+{lower}://…`"
    yield from _said(
        project,
        one,
        f"kombu has no transport {scheme}: a KeyError as soon as something is sent",
        advice,
        bool(near) or lower in DATABASES | NO_SERVER,
    )


def _of_backend(project: Project, one: Written, scheme: str) -> Iterator[Fault]:
    lower = scheme.lower()
    if lower == "rediss":
        yield from _without_certificates(one)
    if scheme in STORES or "." in scheme or lower.startswith("django"):
        return
    if lower == "amqp":
        pin = celery_pin(project)
        before = pin.before((5, 0)) if pin is not None else None
        if pin is not None and before is not True:
            yield _fault(
                one,
                "Celery has no result backend amqp since 5.0: ImproperlyConfigured as soon as a task is sent",
                "write `rpc://`",
                before is False,
            )
        return
    near = nearest(lower, STORES)
    advice = (
        f"did you mean `{near}://`?" if near else "take one of Celery's: `redis://`, `db+postgresql://`, `rpc://` …"
    )
    if lower in DATABASES:
        advice = f"write `db+{'postgresql' if lower == 'postgres' else lower}://…`"
    yield from _said(
        project,
        one,
        f"Celery has no result backend {scheme}: an error as soon as a task is sent",
        advice,
        bool(near) or lower in DATABASES | NO_SERVER,
    )


def _without_certificates(one: Written) -> Iterator[Fault]:
    """`rediss://host/0` for results: Celery wants to be told what is asked of the server's certificate (celery/backends/redis.py, `RedisBackend.__init__`)."""
    told = any(configuration(one.service).get(name) is not None for name in ("redis_backend_use_ssl", "redis_ssl"))
    if told or one.asked or not WHOLE.fullmatch(one.text):
        return
    yield _fault(
        one,
        "a rediss:// URL of results does not say ssl_cert_reqs: a ValueError as soon as the backend is used",
        "add `?ssl_cert_reqs=CERT_REQUIRED`, or set redis_backend_use_ssl",
        True,
    )


def _said(project: Project, one: Written, message: str, advice: str, sure: bool) -> Iterator[Fault]:
    if any(project.holders(word) for word in REPLACED):
        yield Fault(one.path, one.span, "", doubt="the project has transports or backends of its own")
    else:
        yield _fault(one, message, advice, sure and not one.asked)


def _fault(one: Written, message: str, advice: str, sure: bool) -> Fault:
    return Fault(one.path, one.span, message, advice, certain=sure)
