"""The methods of managers and QuerySets, of Django and SQLAlchemy, by what they give."""

from __future__ import annotations

# Methods of a manager or QuerySet that give a QuerySet of the same rows, a row, or a QuerySet of something else.
MORE = frozenset(
    "all filter exclude order_by select_related prefetch_related annotate alias distinct using select_for_update only defer reverse none"
    " iterator aiterator raw filter_by where join outerjoin options limit offset".split()
)
ONE = frozenset(
    "get aget create acreate first afirst last alast latest alatest earliest aearliest create_user create_superuser one scalar_one one_or_none"
    " get_or_404 first_or_404 one_or_404".split()
)
PAIR = frozenset("get_or_create aget_or_create update_or_create aupdate_or_create".split())
ELSE = frozenset(("values", "values_list", "dates", "datetimes"))
MANAGERS = frozenset(("objects", "_default_manager", "_base_manager", "all_objects"))
