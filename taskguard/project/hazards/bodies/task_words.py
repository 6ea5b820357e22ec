"""What a task has, and what its request has: all attributes that some version of Celery gives them."""

from __future__ import annotations

# Those of `celery.app.task.Task` from 3.1 on, and the options of a task that become attributes where a declaration or `task_annotations` gives them.
TASK = frozenset(
    "AsyncResult ErrorMail MaxRetriesExceededError OperationalError Request Strategy abstract accept_magic_kwargs acks_late acks_on_failure"
    " acks_on_failure_or_timeout acks_on_timeout add_around add_to_chord add_to_parent add_trail after_return annotate app apply apply_async"
    " apply_async_on_commit autoregister autoretry_for backend before_start bind chunks compression connection default_retry_delay delay"
    " delay_on_commit delivery_mode disable_error_emails dont_autoretry_for error_whitelist establish_connection exchange exchange_type expires"
    " from_config get_consumer get_exec_options get_logger get_publisher ignore_result immediate link link_error mandatory map max_retries name"
    " on_bound on_failure on_replace on_retry on_success options pop_request priority producer publisher push_request queue quiet rate_limit"
    " reject_on_worker_lost relative replace replace_in_chord request request_stack resultrepr_maxsize retry retry_backoff retry_backoff_max"
    " retry_jitter retry_kwargs retry_on_worker_lost routing_key run run_every s send_error_email send_error_emails send_event send_events"
    " serializer shadow_name si signature signature_from_request soft_time_limit starmap start_strategy store_eager_result"
    " store_errors_even_if_ignored subtask subtask_from_request throws time_limit track_started trail type typing update_state"
    " _app _backend _decorated _decorated_fun _default_request _dump_pydantic_arguments _exec_options _get_app _get_exec_options _get_request"
    " _get_logger _orig_run".split()
)

# Those of `celery.app.task.Context` that can be called, from 3.1 on; what else is asked of a request a message may bring in its headers.
REQUEST_METHODS = frozenset("as_execution_options clear get update _filter_x_death_headers _get_custom_headers".split())
# What a request has and people look for on the task.
REQUEST = frozenset(
    "args callbacks called_directly chain children chord correlation_id delivery_info errbacks eta group headers hostname id is_eager"
    " kwargs parent_id properties reply_to retries root_id".split()
)
