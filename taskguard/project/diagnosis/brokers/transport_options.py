"""What `broker_transport_options` says that no transport reads, or does not say that one cannot do without (kombu/transport/redis.py, SQS.py, virtual/base.py)."""

from __future__ import annotations

from taskguard.project.celery.brokers import REDIS, SQS, broker_of
from taskguard.project.celery.configuration import configuration
from taskguard.project.celery.pieces import dict_pieces
from taskguard.project.diagnosis.brokers.written_urls import URL, texts
from taskguard.project.diagnosis.faults import Fault
from taskguard.project.diagnosis.settings.development import apart, to_copy
from taskguard.project.python.evaluate import Bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskguard.diagnostics import Span
    from taskguard.project.celery.model import Service
    from taskguard.project.celery.system import System

OPTIONS = {"broker_url": "broker_transport_options", "result_backend": "result_backend_transport_options"}
# The options of Redis, Sentinel and SQS, with those of every connection. SQS has two that are written with hyphens.
KNOWN = frozenset(
    """
    ack_emulation body_encoding client-config client_name confirm_publish connect_retries_timeout connect_timeout deadletter_queue errback
    fanout_patterns fanout_prefix fetch_message_attributes global_keyprefix health_check_interval interval_max interval_start interval_step
    is_secure master_name max_connections max_poll_seconds max_retries min_other_sentinels polling_interval port predefined_exchanges
    predefined_queues priority_steps queue_name_prefix queue_order_strategy queue_tags region result_chord_ordered retry_on_timeout
    retry_policy sentinel_kwargs sep socket_connect_timeout socket_keepalive socket_keepalive_options socket_timeout sqs-creation-attributes
    sqs_base64_encoding sts_role_arn sts_token_buffer_time sts_token_timeout supports_fanout unacked_index_key unacked_key unacked_mutex_expire
    unacked_mutex_key unacked_restore_interval unacked_restore_limit unacked_restore_throttle visibility_timeout wait_time_seconds
    """.split()
)
PLAIN = {one.replace("-", "_"): one for one in KNOWN}
CLOSE = 0.9


def unread_options(system: System) -> Iterator[Fault]:
    """The keys that are one of these but for capitals, hyphens or a letter, each place once: kombu asks for what it knows, and for nothing else."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        kind = "" if service.test else broker_of(service).kind
        setting = configuration(service).get("broker_transport_options") if kind in (REDIS, SQS) else None
        for place in setting.places if setting is not None else ():
            if apart(place) or to_copy(place.path) or not isinstance(place.value, Bound):
                continue
            for piece in dict_pieces(place.value).items:
                key = piece.key.value
                meant = _meant(key) if isinstance(key, str) else ""
                if meant and (piece.path, piece.span) not in seen:
                    seen.add((piece.path, piece.span))
                    message = f"the transport of {kind} has no option {key}, and nobody reads it"
                    yield Fault(piece.path, piece.span, message, f'write "{meant}"', str(key))


def _meant(key: str) -> str:
    """The option that a key is for; empty where it is one, or is near to none."""
    from difflib import get_close_matches

    if key in KNOWN:
        return ""
    plain = key.lower().replace("-", "_")
    near = get_close_matches(plain, PLAIN, 1, CLOSE)
    return PLAIN[plain] if plain in PLAIN else PLAIN[near[0]] if near and len(plain) > len("sep") else ""


def nameless_masters(system: System) -> Iterator[Fault]:
    """URLs of Sentinel beside options that are known and have no `master_name`: kombu raises ValueError, and the results have no server."""
    seen: set[tuple[str, Span]] = set()
    for service in system.live:
        for name, options in OPTIONS.items():
            setting = configuration(service).get(name)
            if setting is None or service.test or configuration(service).open or _may_name(service, options):
                continue
            for place in setting.places:
                held = list(texts(place.value)) if isinstance(place.value, Bound) and not apart(place) else []
                for bound, text, asked in held:
                    found = URL.match(text)
                    path, span = bound.module.path, bound.expr.span
                    if found is None or found[1] != "sentinel" or to_copy(path) or (path, span) in seen:
                        continue
                    seen.add((path, span))
                    message = f"a sentinel:// URL, and {options} does not say master_name: "
                    message += (
                        "a ValueError as soon as it is connected to" if name == "broker_url" else "no server is found"
                    )
                    advice = f'add `"master_name": …` to {options}'
                    yield Fault(path, span, message, advice, certain=len(held) == 1 and not asked)


def _may_name(service: Service, options: str) -> bool:
    """Whether the options have a master, or may have one."""
    setting = configuration(service).get(options)
    if setting is None:
        return False
    made = [dict_pieces(place.value) for place in setting.places if isinstance(place.value, Bound)]
    if len(made) < len(setting.places) or any(one.open for one in made):
        return True
    keys = [piece.key.value for one in made for piece in one.items]
    return any(not isinstance(key, str) or key == "master_name" for key in keys)
