"""Rows, sessions and transactions of Django and SQLAlchemy, as functions use them."""
