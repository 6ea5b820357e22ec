"""The options of a task declaration, as Celery 5.3 to 5.7 reads them."""

from __future__ import annotations

# celery/app/task.py: the attributes of Task that a keyword of the decorator sets.
ATTRIBUTES = frozenset(
    "name typing max_retries default_retry_delay rate_limit ignore_result trail send_events store_errors_even_if_ignored store_eager_result"
    " serializer time_limit soft_time_limit backend track_started acks_late acks_on_failure_or_timeout acks_on_failure acks_on_timeout"
    " reject_on_worker_lost retry_on_worker_lost throws expires priority resultrepr_maxsize abstract Strategy Request".split()
)
# celery/app/base.py: the parameters of `Celery.task` and `_task_from_fun`; celery/app/autoretry.py.
DECORATOR = frozenset(
    "base bind shared lazy filter pydantic pydantic_strict pydantic_context pydantic_dump_kwargs autoretry_for dont_autoretry_for"
    " retry_kwargs retry_backoff retry_backoff_max retry_jitter".split()
)
# celery/app/task.py, `extract_exec_options`: attributes that `apply_async` takes as defaults of the message; the rest of the names are
# read by kombu (`exchange_type`) or deprecated (`accept_magic_kwargs`, dropped in 4.0, is none of them).
PUBLISH = frozenset("queue routing_key exchange exchange_type delivery_mode compression immediate mandatory".split())
# celery/app/task.py: methods that are meant to be replaced, with or without a class.
HOOKS = frozenset(
    "on_success on_failure on_retry before_start after_return on_bound on_replace shadow_name run start_strategy Context __doc__".split()
)
# celery/app/task.py: methods and properties; a keyword of that name breaks them, which another rule says.
METHODS = frozenset(
    "AsyncResult MaxRetriesExceededError OperationalError add_around add_to_chord add_trail annotate app apply apply_async apply_async_on_commit"
    " chunks delay delay_on_commit from_config map pop_request push_request replace request request_stack retry s send_event si signature"
    " signature_from_request starmap subtask subtask_from_request update_state".split()
)
KNOWN = ATTRIBUTES | DECORATOR | PUBLISH | HOOKS | METHODS

# Options of `apply_async` and of the connection's retry policy: nobody reads them from the task.
CALL_ONLY = frozenset(
    "countdown eta link link_error headers retry_policy interval_start interval_step interval_max task_id reply_to shadow producer publisher"
    " connection add_to_parent".split()
)
# celery/app/autoretry.py: read only if `autoretry_for` names something.
AUTORETRY = ("retry_backoff", "retry_backoff_max", "retry_jitter", "retry_kwargs", "dont_autoretry_for")
# `shared_task` hands its keywords to `_task_from_fun`, which knows nothing of these: they become attributes.
APP_ONLY = ("shared", "lazy", "filter")

# celery/app/task.py: the parameters of `Task.retry` besides the options of `apply_async`; `retry_kwargs` are handed to it.
RETRY = frozenset("args kwargs exc throw eta countdown max_retries".split())
RETRY_NAMES = {
    "delay": "countdown", "retry_delay": "countdown", "default_retry_delay": "countdown", "wait": "countdown", "seconds": "countdown", "timeout": "countdown",
    "retries": "max_retries", "retry": "max_retries", "max_retry": "max_retries", "retry_max": "max_retries", "max_tries": "max_retries",
    "max_attempts": "max_retries", "attempts": "max_retries", "count": "max_retries",
}  # fmt: skip
# Celery 4 took the periodic tasks away, and with them what read a schedule from a task.
SCHEDULES = frozenset("run_every schedule crontab cron interval every periodic periodicity".split())


def _slips() -> dict[str, str]:
    """How a hand writes the methods that send a task, by one letter left out or two in the wrong order, and the other ways that people write them."""
    made: dict[str, str] = {}
    for name in ("delay", "apply_async"):
        spelt = [name[:at] + name[at + 1 :] for at in range(len(name))]
        spelt += [name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in range(len(name) - 1)]
        made.update(dict.fromkeys(spelt, name))
    made.update(dict.fromkeys("deley dalay deley delaye delayy deleay delays dellay delayed".split(), "delay"))
    others = "apply_asinc apply_acync apply_asynch apply_asyncs apply_assync appply_async aplly_async apply__async applay_async apply_asynk"
    made.update(dict.fromkeys(f"{others} async_apply applyAsync delay_async async_delay".split(), "apply_async"))
    made.update(
        dict.fromkeys("defer enqueue enqueue_in kiq".split(), "delay")
    )  # of other queues: RQ, Procrastinate, taskiq
    return {slip: name for slip, name in made.items() if slip not in METHODS}


# Misspelt names of the methods that send a task, each with the one that is meant.
SLIPS = _slips()

ALIKE = 0.85
_PLAIN: dict[str, str] = {}  # filled when it is first asked for

# What people write for an option that has another name.
OTHER_NAMES = {
    "retries": "max_retries",
    "retry_count": "max_retries",
    "num_retries": "max_retries",
    "max_retry": "max_retries",
    "retry_delay": "default_retry_delay",
    "retry_max": "retry_backoff_max",
    "retry_for": "autoretry_for",
    "autoretry": "autoretry_for",
    "backoff": "retry_backoff",
    "jitter": "retry_jitter",
    "backoff_max": "retry_backoff_max",
    "exponential_backoff": "retry_backoff",
    "use_exponential_backoff": "retry_backoff",
    "retry_exponential_backoff": "retry_backoff",
    "backoff_factor": "retry_backoff",
    "retry_backoff_factor": "retry_backoff",
    "max_backoff": "retry_backoff_max",
    "retry_max_backoff": "retry_backoff_max",
    "max_retry_delay": "retry_backoff_max",
    "timeout": "time_limit",
    "hard_time_limit": "time_limit",
    "soft_timeout": "soft_time_limit",
    "soft_limit": "soft_time_limit",
    "ack_late": "acks_late",
    "late_ack": "acks_late",
}


def meant(option: str) -> str:
    """The known option that an unknown one most likely stands for, empty where nothing is near.

    Case, underscores, a plural and the prefix of the settings (`task_time_limit`) do not count; else one slip in five letters is allowed.
    """
    plain = _plain(option)
    for prefix in ("task", "celery", "celerytask", "taskdefault"):
        for one in (plain, plain.removeprefix(prefix)):
            if same := _by_plain_name().get(one):
                return same
    if option in OTHER_NAMES:
        return OTHER_NAMES[option]
    return _alike(option) if len(option) >= 5 else ""


def _by_plain_name() -> dict[str, str]:
    """The options by their names without what does not count in them, the first where two are alike."""
    if not _PLAIN:
        _PLAIN.update((_plain(name), name) for name in sorted(ATTRIBUTES | DECORATOR | PUBLISH, reverse=True))
    return _PLAIN


def _alike(option: str) -> str:
    """The option that is most like another word, empty where none is alike enough."""
    from difflib import SequenceMatcher

    best = (ALIKE, "")
    for name in ATTRIBUTES | DECORATOR | PUBLISH:
        if 2 * min(len(option), len(name)) >= ALIKE * (len(option) + len(name)):  # no more can be the same
            best = max(best, (SequenceMatcher(None, option, name).ratio(), name))
    return best[1]


def meant_in_retry(name: str) -> str:
    """What a key of `retry_kwargs` that `retry` does not read most likely stands for; empty where it may be an option of `apply_async`."""
    from difflib import get_close_matches

    if name in RETRY or name in PUBLISH or name in CALL_ONLY:
        return ""
    if name in AUTORETRY or name in ("autoretry_for", "bind", "acks_late"):
        return name
    close = get_close_matches(name, ("countdown", "max_retries"), 1, 0.8)
    return RETRY_NAMES.get(name) or (close[0] if close else "")


def is_schedule(option: str, value: object) -> bool:
    """Whether an option of a task is meant as its schedule."""
    made = getattr(value, "name", "")
    timed = isinstance(made, str) and (made.startswith("celery.schedules.") or made == "datetime.timedelta")
    return option in SCHEDULES and (timed or (option == "run_every" and isinstance(value, int | float)))


def _plain(name: str) -> str:
    return name.replace("_", "").lower().removesuffix("s")


# -- calls ----------------------------------------------------------------------------------------------------------

# celery/app/task.py, `apply_async`; celery/app/base.py, `send_task`; celery/app/amqp.py, `as_task_v2` and `send_task_message`; kombu/messaging.py,
# `Producer.publish`; the properties of AMQP messages (py-amqp, `basic_message`).
CALL = frozenset(
    "args kwargs task_id producer link link_error shadow countdown eta expires retry retry_policy queue exchange exchange_type routing_key priority"
    " serializer compression add_to_parent publisher headers ignore_result time_limit soft_time_limit reply_to connection router result_cls"
    " group_id group_index retries chord root_id parent_id route_name chain task_type replaced_task_nesting callbacks errbacks"
    " create_sent_event now timezone origin argsrepr kwargsrepr stamped_headers event_dispatcher delivery_mode declare timeout confirm_timeout"
    " mandatory immediate content_type content_encoding expiration correlation_id message_id timestamp type user_id app_id cluster_id"
    " MessageAttributes MessageGroupId MessageDeduplicationId DelaySeconds parent stamps visitor append_stamps result_handler options".split()
)
# Names that people give to what a call does read.
CALL_NAMES = {
    "delay": "countdown", "delay_seconds": "countdown", "wait": "countdown", "seconds": "countdown", "count_down": "countdown",
    "expire": "expires", "expiry": "expires", "expires_in": "expires", "expiration_time": "expires", "ttl": "expires",
    "queue_name": "queue", "queues": "queue", "que": "queue", "id": "task_id", "uuid": "task_id", "taskid": "task_id",
    "on_success": "link", "on_failure": "link_error", "on_error": "link_error", "callback": "link", "errback": "link_error",
    "soft_timeout": "soft_time_limit", "hard_time_limit": "time_limit", "kwarg": "kwargs", "arg": "args",
}  # fmt: skip
OF_METHOD = {
    "retry": RETRY,
    "set": frozenset(("immutable",)),
    "send_task": frozenset(("name",)),
    "apply_async": frozenset[str](),
}
CALL_ALIKE = 0.8


def is_call_option(name: str, method: str) -> bool:
    """Whether a call of that method reads an option, or may hand it on to the broker."""
    return name in CALL or name in OF_METHOD[method] or name.startswith(("_", "x_", "stamp"))


def meant_in_call(name: str, method: str) -> tuple[str, bool]:
    """The option of a call that an unknown one most likely stands for, empty where nothing is near; and whether it is the same but for its spelling."""
    known = CALL | OF_METHOD[method]
    plain = _plain(name)
    same = sorted(one for one in known if _plain(one) == plain)
    if same:
        return same[0], True
    if method == "retry" and (other := meant_in_retry(name)) in RETRY:
        return other, False
    if name in CALL_NAMES:
        return CALL_NAMES[name], False
    if len(name) < 4 or of_declaration(name):
        return "", False
    from difflib import get_close_matches

    words = sorted(known - {"options", "type", "now", "origin", "parent", "chain"})
    close = [one for one in words if _one_off(name, one)] or get_close_matches(name, words, 1, CALL_ALIKE)
    return (close[0], True) if close else ("", False)


def _one_off(name: str, other: str) -> bool:
    """Whether two words of the same length differ in one letter."""
    return len(name) == len(other) and sum(1 for one, two in zip(name, other, strict=True) if one != two) == 1


def of_declaration(name: str) -> bool:
    """Whether an option belongs to the declaration of a task, and to no call."""
    return name in (ATTRIBUTES | DECORATOR) - CALL - {
        "name",
        "abstract",
        "shared",
        "base",
        "typing",
        "filter",
        "lazy",
        "bind",
    }
