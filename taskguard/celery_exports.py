"""The public names of those modules of Celery that projects import from, in any version from 5.2 to 5.7; submodules among them.

What they import themselves counts as well: such an import works. A test compares the table with the Celery that is installed.
"""

from __future__ import annotations

# What Celery has no more, and since which version; the modules below them are gone with them.
GONE = {
    "celery.backends.amqp": (5, 0), "celery.backends.riak": (5, 0), "celery.contrib.batches": (4, 0), "celery.contrib.methods": (4, 0),
    "celery.datastructures": (4, 0), "celery.decorators": (5, 0), "celery.five": (5, 0), "celery.task": (5, 0), "celery.utils.compat": (4, 0),
    "celery.utils.encoding": (5, 0), "celery.utils.mail": (4, 0), "celery.utils.timeutils": (4, 0), "celery.worker.autoreload": (4, 0),
    "celery.worker.job": (4, 0),
}  # fmt: skip
# What `celery` itself had before, beside the modules that are gone: all other names it never had.
ONCE = frozenset(
    """
    TaskSet VERSION __author__ conf current datastructures db decorators discovery execute five log management managers messaging models monitoring patch pool
    registry serialization subtask supervisor task tests timer urls views
    """.split()
)
# What an object of the class `Celery` has, in any version from 3.1 to 5.7; names with an underscore in front left out.
APP = frozenset(
    """
    accept_magic_kwargs canvas AsyncResult Beat GroupResult IS_WINDOWS IS_macOS Pickler ResultSet SYSTEM Task TaskSet TaskSetResult WorkController Worker add_defaults
    add_periodic_task amqp amqp_cls annotations autodiscover_tasks autofinalize backend backend_cls broker_connection bugreport builtin_fixups
    clock close conf config_from_cmdline config_from_envvar config_from_object configured connection connection_for_read connection_for_write
    connection_or_acquire control control_cls create_task_cls current_task current_worker_task default_connection default_producer either events
    events_cls finalize finalized fixups gen_task_name loader loader_cls log log_cls mail_admins main namespace now oid on_after_configure
    on_after_finalize on_after_fork on_configure on_init pool prepare_config producer_or_acquire producer_pool register_task registry_cls
    select_queues send_task set_as_current set_current set_default setup_security signature start steps strict_typing subclass_with_self task
    task_cls tasks thread_oid timezone type_checker use_fast_trace_task user_options uses_utc_timezone worker_main
    """.split()
)
# The first version that the table of names speaks of.
SINCE = (5, 2)
NAMES = {
    "celery": frozenset(
        """
        C_IMPDEBUG Celery EVENTLET_NOBLOCK SERIES STATICA_HACK Signature TYPE_CHECKING Task VERSION VERSION_BANNER app apps backends beat bin bootsteps
        bugreport builtins canvas celery chain chord chunks collider concurrency contrib current_app current_task debug_import emarfteg_ eventlet events
        exceptions execute fixups gevent globals group immunity kcah_acitats loaders local log major maybe_patch_concurrency maybe_signature messaging micro
        minor namedtuple new_module old_module opalescent os platforms re recovery registry releaselevel restructuredtext result schedules security serial
        shared_task signals signature states subtask sys unknown utils uuid version_info version_info_t worker xmap xstarmap
        """.split()
    ),
    "celery.app": frozenset(
        """
        AppPickler Celery Proxy amqp annotations app_or_default autoretry backends base bugreport builtins control default_app defaults disable_trace
        enable_trace events log pop_current_task push_current_task registry routes shared_task task trace utils
        """.split()
    ),
    "celery.beat": frozenset(
        """
        AttributeDict BeatLazyFunc BeatPidbox DEFAULT_MAX_INTERVAL EmbeddedService Event NODENAME_DEFAULT PersistentScheduler Process ScheduleEntry Scheduler
        SchedulingError Service Thread UnpicklingError beat_nodename cached_property copy crontab dbm debug default_nodename ensure_multiprocessing errno
        error event_t get_logger heapq host_format humanize_seconds ignore_errors info is_numeric_value iter_open_logger_fds load_extension_class_names logger
        maybe_evaluate maybe_make_aware maybe_schedule namedtuple os pidbox platforms reprcall reraise reset_signals safe_str shelve signals socket
        symbol_by_name sys time timegm total_ordering traceback warning
        """.split()
    ),
    "celery.canvas": frozenset(
        """
        ABCMeta CPendingDeprecationWarning ChainMap EagerResult GeneratorType GroupResult IGNORED MutableSequence REJECTED Signature StampingVisitor abstract
        abstractmethod allow_join_result barrier cached_property chain chord chunks current_app deepcopy deque fxrange getitem_property group is_list
        itemgetter itertools lookahead maybe_list maybe_signature maybe_subtask maybe_unroll_group operator reduce regen remove_repeating_from_task reprcall
        seq_concat_item seq_concat_seq signature subtask task_name_from truncate types uuid warnings xmap xstarmap
        """.split()
    ),
    "celery.exceptions": frozenset(
        """
        AlreadyRegistered AlwaysEagerIgnored BackendError BackendGetMetaError BackendStoreError CDeprecationWarning CPendingDeprecationWarning
        CeleryCommandException CeleryError CeleryWarning ChordError ClickException DuplicateNodenameWarning DuplicateTaskNameWarning FixupWarning Ignore
        ImproperlyConfigured IncompleteStream InvalidTaskError MaxRetriesExceededError NotConfigured NotRegistered OperationalError QueueNotFound Reject Retry
        RetryTaskError SecurityError SecurityWarning SoftTimeLimitExceeded SystemTerminate TaskError TaskPredicate TaskRevokedError Terminated
        TimeLimitExceeded TimeoutError UNREGISTERED_FMT WorkerLostError WorkerShutdown WorkerTerminate get_pickleable_exception numbers reraise
        """.split()
    ),
    "celery.result": frozenset(
        """
        AsyncResult DependencyGraph E_WOULDBLOCK EagerResult GraphFormatter GroupResult ImproperlyConfigured IncompleteStream ResultBase ResultSet
        TaskRevokedError Thenable TimeoutError allow_join_result app_or_default assert_will_not_block barrier cached_property contextmanager current_app
        datetime denied_join_result deque isoparse parse_iso8601 promise proxy result_from_tuple states task_join_will_block tblib time types
        """.split()
    ),
    "celery.schedules": frozenset(
        """
        Any AttributeDict BaseSchedule CRON_DAYS_IN_MONTH CRON_INVALID_DATE CRON_INVALID_TYPE CRON_PATTERN_INVALID CRON_REPR Callable Celery Cronspec
        ImproperlyConfigured Iterable Mapping ParseException SOLAR_EPHEM_NOT_INSTALLED SOLAR_INVALID_EVENT SOLAR_INVALID_LATITUDE SOLAR_INVALID_LONGITUDE
        Sequence Union annotations bisect bisect_left cached_property cronfield crontab crontab_parser current_app datetime ffwd humanize_seconds localize
        maybe_make_aware maybe_schedule maybe_timedelta namedtuple numbers re remaining schedstate schedule solar subtract_datetimes timedelta timezone tzinfo
        weekday yearmonth
        """.split()
    ),
    "celery.signals": frozenset(
        """
        Signal after_setup_logger after_setup_task_logger after_task_publish beat_embedded_init beat_init before_task_publish celeryd_after_setup celeryd_init
        eventlet_pool_apply eventlet_pool_postshutdown eventlet_pool_preshutdown eventlet_pool_started heartbeat_sent import_modules setup_logging
        task_failure task_internal_error task_postrun task_prerun task_received task_rejected task_retry task_revoked task_sent task_success task_unknown
        user_preload_options worker_before_create_process worker_init worker_process_init worker_process_shutdown worker_ready worker_shutdown
        worker_shutting_down
        """.split()
    ),
    "celery.states": frozenset(
        """
        ALL_STATES EXCEPTION_STATES FAILURE IGNORED NONE_PRECEDENCE PENDING PRECEDENCE PRECEDENCE_LOOKUP PROPAGATE_STATES READY_STATES RECEIVED REJECTED RETRY
        REVOKED STARTED SUCCESS UNREADY_STATES precedence state
        """.split()
    ),
    "celery.utils": frozenset(
        """
        LOG_LEVELS abstract annotations cached_property chunks collections debug deprecated dispatch functional gen_task_name gen_unique_id get_cls_by_name
        get_full_cls_name graph import_from_cwd imports instantiate iso8601 log memoize nodename nodenames nodesplit noop objects quorum_queues saferepr
        serialization static sysinfo term text threads time timer2 uuid worker_direct
        """.split()
    ),
    "celery.utils.log": frozenset(
        """
        AnyStr ColorFormatter LOG_LEVELS LoggingProxy MP_LOG RESERVED_LOGGER_NAMES Sequence base_logger colored contextmanager current_process
        current_process_index get_logger get_multiprocessing_logger get_task_logger in_sighandler iter_open_logger_fds logger logger_isa logging mlevel
        numbers os reset_multiprocessing_logger safe_str set_in_sighandler sys task_logger threading traceback worker_logger
        """.split()
    ),
}
