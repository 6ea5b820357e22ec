"""Django with SQLite for probes: the example is an app of it, and its rows lie in a file that other connections read."""

from __future__ import annotations

import sqlite3
from types import SimpleNamespace

DATABASE = "shop.sqlite3"


def set_up(*apps: str) -> None:
    """Django with a table `rows`."""
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE}}, INSTALLED_APPS=list(apps)
    )
    django.setup()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("create table rows (pk integer primary key)")


class Form:
    """A form that saves a row."""

    def save(self) -> SimpleNamespace:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("insert into rows values (1)")
        return SimpleNamespace(pk=1)


def rows() -> int:
    """How many rows another process sees."""
    other = sqlite3.connect(DATABASE)
    try:
        return int(other.execute("select count(*) from rows").fetchone()[0])
    finally:
        other.close()
