"""Retries, and what becomes of exceptions in the bodies of tasks."""
