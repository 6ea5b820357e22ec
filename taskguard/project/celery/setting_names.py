"""The settings that Celery reads, under their new and their old names (celery/app/defaults.py, 5.3 to 5.7)."""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.spelling import Spelling

# New names by their first word.
NEW = {
    "": """
        accept_content enable_utc imports include timezone couchbase_backend_settings arangodb_backend_settings
        mongodb_backend_settings
    """,
    "result": """
        accept_content backend cache_max compression exchange exchange_type expires chord_expires failure_expires
        persistent extended serializer backend_transport_options chord_retry_interval chord_join_timeout
        backend_max_sleep_between_retries_ms backend_max_retries backend_base_sleep_between_retries_ms
        backend_always_retry
    """,
    "beat": """
        enable_remote_control remote_control_max_tick_age max_loop_interval schedule scheduler schedule_filename
        sync_every cron_starting_deadline
    """,
    "broker": """
        url read_url write_url transport transport_options connection_timeout connection_retry
        connection_retry_on_startup connection_max_retries channel_error_retry failover_strategy heartbeat
        heartbeat_checkrate login_method native_delayed_delivery_queue_type pool_limit pool_acquire_timeout use_ssl
        host port user password vhost
    """,
    "cache": """
        backend backend_options
    """,
    "cassandra": """
        entry_ttl keyspace port read_consistency servers bundle_path table write_consistency auth_provider auth_kwargs
        options
    """,
    "s3": """
        access_key_id secret_access_key bucket base_path endpoint_url region
    """,
    "azureblockblob": """
        container_name retry_initial_backoff_sec retry_increment_base retry_max_attempts base_path connection_timeout
        read_timeout
    """,
    "gcs": """
        bucket project base_path ttl
    """,
    "control": """
        queue_ttl queue_expires queue_exclusive queue_durable exchange
    """,
    "cosmosdbsql": """
        database_name collection_name consistency_level max_retry_attempts max_retry_wait_time
    """,
    "event": """
        queue_expires queue_ttl queue_prefix queue_exclusive queue_durable serializer exchange
    """,
    "redis": """
        backend_use_ssl db host max_connections username password port socket_timeout socket_connect_timeout
        retry_on_timeout socket_keepalive
    """,
    "elasticsearch": """
        retry_on_timeout max_retries timeout save_meta_as_text
    """,
    "security": """
        certificate cert_store key key_password digest
    """,
    "database": """
        url engine_options engine_callback short_lived_sessions table_schemas table_names create_tables_at_setup
    """,
    "task": """
        acks_late acks_on_failure_or_timeout acks_on_failure acks_on_timeout always_eager annotations compression
        create_missing_queues create_missing_queue_type create_missing_queue_exchange_type inherit_parent_priority
        default_delivery_mode default_queue default_queue_type default_exchange default_exchange_type
        default_routing_key default_rate_limit default_priority eager_propagates ignore_result store_eager_result
        protocol publish_retry publish_retry_policy queues queue_max_priority reject_on_worker_lost
        retry_on_worker_lost remote_tracebacks repr_maxlevels routes send_sent_event serializer soft_time_limit
        time_limit store_errors_even_if_ignored track_started allow_error_cb_on_chord_header
    """,
    "worker": """
        agent autoscaler cancel_long_running_tasks_on_connection_loss soft_shutdown_timeout
        enable_soft_shutdown_on_idle concurrency consumer direct disable_rate_limits deduplicate_successful_tasks
        enable_remote_control hijack_root_logger log_color log_datefmt log_format lost_wait max_memory_per_child
        max_tasks_per_child pool pool_putlocks pool_restarts pool_start_method proc_alive_timeout prefetch_multiplier
        eta_task_limit enable_prefetch_count_reduction disable_prefetch redirect_stdouts redirect_stdouts_level
        send_task_events state_db task_log_datefmt task_log_format timer timer_precision detect_quorum_queues
    """,
}
# Old names that do not follow from the new one by its prefix.
IRREGULAR = """
    result_accept_content result_accept_content
    enable_utc enable_utc
    result_cache_max celery_max_cached_results
    result_expires celery_task_result_expires
    database_url celery_result_dburi
    database_engine_options celery_result_engine_options
    database_engine_callback database_engine_callback
    database_short_lived_sessions celery_result_db_short_lived_sessions
    database_table_schemas database_table_schemas
    database_table_names celery_result_db_tablenames
    database_create_tables_at_setup database_create_tables_at_setup
    task_compression celery_message_compression
    task_eager_propagates celery_eager_propagates_exceptions
    task_protocol celery_task_protocol
    task_publish_retry celery_task_publish_retry
    task_publish_retry_policy celery_task_publish_retry_policy
    task_send_sent_event celery_send_task_sent_event
    task_serializer celery_task_serializer
    task_soft_time_limit celeryd_task_soft_time_limit
    task_time_limit celeryd_task_time_limit
    worker_direct celery_worker_direct
    worker_disable_rate_limits celery_disable_rate_limits
    worker_enable_remote_control celery_enable_remote_control
    worker_lost_wait celeryd_worker_lost_wait
    worker_redirect_stdouts celery_redirect_stdouts
    worker_redirect_stdouts_level celery_redirect_stdouts_level
    worker_send_task_events celery_send_events
"""

BEFORE_OLD = {"beat": "celerybeat_", "worker": "celeryd_", "task": "celery_"}
# Old names that begin like this are names of others, too: `S3_BUCKET` is meant for Celery where its results go there.
NOT_ALONE = {
    "AZUREBLOCKBLOB_": "azureblockblob", "CASSANDRA_": "cassandra", "CONTROL_": "-", "COSMOSDBSQL_": "cosmosdbsql", "DATABASE_": "db+",
    "GCS_": "gs", "S3_": "s3",
}  # fmt: skip
# The first words that people leave out: `CELERY_TIME_LIMIT`.
SECTIONS = ("task_", "worker_", "beat_", "result_", "broker_")
# Of these nobody else has any; `broker_…`, `event_…` and `beat_…` are words of others too (`beat_dburi` is a scheduler's).
OWN_SECTIONS = ("task_", "worker_", "result_")
# Single words that say all the same which setting is meant.
ALONE = frozenset("annotations autoscaler concurrency pool schedule scheduler".split())
# What people call a setting that has another word, by the new name: `CELERY_BACKEND`, `app.conf.time_zone`.
CALLED = {
    "backend": "result_backend", "broker": "broker_url", "broker_uri": "broker_url", "time_zone": "timezone", "tz": "timezone",
    "task_timezone": "timezone", "backend_url": "result_backend", "result_backend_url": "result_backend",
    "task_eager_propagates_exceptions": "task_eager_propagates", "task_time_zone": "timezone", "visibility_timeout": "broker_transport_options",
    "broker_visibility_timeout": "broker_transport_options",
}  # fmt: skip
# Options of tasks that no setting gives, and that nobody calls anything else by.
RETRYING = frozenset(
    "autoretry_for default_retry_delay max_retries retry_backoff retry_backoff_max retry_jitter retry_kwargs".split()
)
# What people write for one of these under a namespace.
RETRYING_AS = {"retry_delay": "default_retry_delay", "default_max_retries": "max_retries"}
UNCHANGED = frozenset("broker cassandra s3 azureblockblob gcs control cosmosdbsql".split())


class Names:
    """Both tables, made once. `old` maps old upper-case names to new ones."""

    def __init__(self) -> None:
        irregular = dict(line.split() for line in IRREGULAR.split("\n") if line.strip())
        self.new: frozenset[str] = frozenset(
            f"{first}_{rest}" if first else rest for first, words in NEW.items() for rest in words.split()
        )
        self.old: dict[str, str] = {}
        for name in self.new:
            self.old[(irregular.get(name) or self._regular(name)).upper()] = name

    @staticmethod
    def _regular(name: str) -> str:
        first, _, rest = name.partition("_")
        if first in UNCHANGED:
            return name
        return BEFORE_OLD[first] + rest if first in BEFORE_OLD and rest else f"celery_{name}"


_NAMES: list[Names] = []


def names() -> Names:
    """The tables, made at the first use."""
    if not _NAMES:
        _NAMES.append(Names())
    return _NAMES[0]


def prefix_of(namespace: str) -> str:
    """The prefix that a namespace puts before names: Celery adds the `_` only where it is missing."""
    return namespace if namespace.endswith("_") else f"{namespace}_"


def meaning(written: str, namespace: str | None, django: bool = False) -> tuple[str, str]:
    """The setting (new lower-case name) that a name of a configuration source sets, and why Celery does not read it. `django`: that source is a
    settings module of Django, which hands on upper-case names alone (django/conf/__init__.py).

    The setting is empty where the name is none of Celery's business. The second is empty for a live setting, else as in `Dead.why`.
    An `old` name under a namespace is read from Celery 5.7 on only.
    """
    tables = names()
    if django and not written.isupper():
        own = written in tables.new and written.startswith((*OWN_SECTIONS, "beat_", "broker_"))
        return (written, "lower") if own else ("", "")
    if namespace:
        return _under(written, prefix_of(namespace), tables)
    if written in tables.new:
        return written, ""
    if written in tables.old:
        return tables.old[written], ""
    if written.startswith("CELERY_") and written[7:].lower() in tables.new:
        return written[7:].lower(), "namespaced"
    if (
        written.isupper()
        and written.lower() in tables.new
        and written.startswith(("TASK_", "WORKER_", "BEAT_", "RESULT_"))
    ):
        return written.lower(), "unprefixed"
    if written.startswith(("CELERY_", "CELERYD_", "CELERYBEAT_")):
        return written, "unknown"
    return (written, "unknown") if is_invented(written) else ("", "")


def is_invented(written: str) -> bool:
    """Whether a name is made like the settings that concern tasks, the worker and results, and is none of them: `task_max_retries`."""
    return written.islower() and written.startswith(OWN_SECTIONS) and written not in names().new


def option_of(written: str, namespace: str | None) -> str:
    """The option of tasks for which a name is made like a setting: `task_max_retries`, under a namespace `CELERY_TASK_MAX_RETRIES`; empty where it is none."""
    if written.islower():
        from taskguard.celery_options import KNOWN

        word = written.removeprefix("task_")
        return word if word != written and written not in names().new and word in KNOWN else ""
    prefix = prefix_of(namespace).upper() if namespace else ""
    word = written.removeprefix(f"{prefix}TASK_").lower() if prefix else ""
    word = RETRYING_AS.get(word, word)
    return word if word in RETRYING else ""


def _under(written: str, prefix: str, tables: Names) -> tuple[str, str]:
    if written.startswith(prefix):
        rest = written[len(prefix) :]
        name = rest.lower()
        if name in tables.new and rest == (name.upper() if prefix.isupper() else name):
            return name, ""
    if written in tables.new:
        return written, ""
    if written in tables.old:
        return tables.old[written], "old"
    if written.startswith(prefix) or _misses_prefix(written, prefix.rstrip("_"), tables):
        return written, "unknown"
    lowered = written.lower()
    if (
        written.isupper()
        and lowered in tables.new
        and lowered.startswith(("task_", "worker_", "beat_", "result_", "broker_"))
    ):
        return lowered, "unprefixed"
    if prefix.isupper() and written.startswith("CELERY_") and written.isupper() and written[7:].lower() in tables.new:
        return written[7:].lower(), "unprefixed"  # as most projects write it, and this one's prefix is another
    return "", ""


def _misses_prefix(written: str, word: str, tables: Names) -> bool:
    """Whether a name is one with the prefix but for a letter: `CELERT_TASK_TIME_LIMIT`."""
    head, _, rest = written.partition("_")
    if not written.isupper() or not word.isupper() or len(word) < 5:
        return False
    if rest.lower() not in tables.new or head[:1] != word[:1] or not abs(len(head) - len(word)) <= 1:
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, head, word).ratio() > 0.8


def is_old(written: str) -> bool:
    """Whether a name is one that Celery had before 4.0."""
    return written in names().old


def written_as(setting: str, namespace: str | None, old_style: bool = False) -> str:
    """How a source with that namespace must write a new name; a source of old names without one must go on with these."""
    if not namespace:
        return next((old for old, new in names().old.items() if new == setting), setting) if old_style else setting
    prefix = prefix_of(namespace)
    return prefix + (setting.upper() if prefix.isupper() else setting)


def nearest_setting(written: str, namespace: str | None, spelling: Spelling) -> str:
    """The live name that an unknown one most resembles, as the source must write it; empty where nothing is near."""
    same = by_words(written, namespace)
    if same:
        return same
    if not namespace and written.isupper():
        near = spelling.nearest(written, _old_names(), 0.8) or ""
        # One letter is a slip; a plural or a word more may be a name of the project's own.
        slip = near.count("_") == written.count("_") > 1 and near.rstrip("S") != written.rstrip("S")
        return near if slip else ""
    return spelling.nearest(written, _live_names(namespace), 0.8) or ""


@lru_cache(maxsize=1)
def _old_names() -> tuple[str, ...]:
    return tuple(sorted(names().old))


@lru_cache(maxsize=20)
def _live_names(namespace: str | None) -> tuple[str, ...]:
    """All live names, as a source with that namespace must write them."""
    return tuple(written_as(name, namespace) for name in sorted(names().new))


def by_words(written: str, namespace: str | None) -> str:
    """The one live name that has the words of an unknown one, in another order or number (`IGNORE_RESULTS`), or one more before them: `TIME_LIMIT`."""
    tables = names()
    lowered = written.lower()
    prefix = prefix_of(namespace).lower() if namespace else ""
    if not lowered.startswith(prefix) or not (written.islower() or namespace or written.startswith("CELERY")):
        return ""
    plain = lowered[len(prefix) :] if prefix else lowered.removeprefix("celery_")
    if plain not in tables.new and plain.replace("_default_", "_", 1) in tables.new:
        plain = plain.replace("_default_", "_", 1)  # `task_default_annotations`
    rest = _words(plain)
    if plain in CALLED:
        return _called(CALLED[plain], written, namespace)
    if len(rest) < 2:
        # A single word must be the very one: a queue is not the queues.
        sections = {name for name in tables.new if plain in ALONE and name.partition("_")[2] == plain}
        news: set[str] = set()
    else:
        sections = {name for name in tables.new if name.startswith(SECTIONS) and _words(name.partition("_")[2]) == rest}
        news = {name for name in tables.new if _words(name) == rest}
    if written.islower() and not namespace:
        meant = news or {name for name in sections if len(rest) > 1 and name.partition("_")[2] == plain}
        return meant.pop() if len(meant) == 1 else ""
    olds = {new for old, new in tables.old.items() if len(rest) > 1 and _words(old.lower()) == _words(lowered)}
    if namespace:
        found = news or olds or sections
        return written_as(found.pop(), namespace) if len(found) == 1 else ""
    found = olds or news or sections
    old = [name for name in tables.old if name.startswith("CELERY") and tables.old[name] in found]
    return old[0] if len(found) == 1 and old else ""


def _called(setting: str, written: str, namespace: str | None) -> str:
    """A setting as a source must write it that calls it otherwise."""
    return written_as(setting, namespace, written.isupper())


def is_called(written: str, namespace: str | None) -> str:
    """The setting (new name) of which people often speak by this name; empty where it is none."""
    lowered = written.lower()
    return CALLED.get(lowered.removeprefix(prefix_of(namespace).lower() if namespace else "celery_"), "")


@lru_cache(maxsize=2048)
def _words(name: str) -> list[str]:
    """The words of a name in a fixed order, without a plural's ending."""
    return sorted(word.removesuffix("s") for word in name.split("_"))
