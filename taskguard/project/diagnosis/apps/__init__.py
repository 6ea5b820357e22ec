"""Celery apps that a process never loads, or that lose what was connected to them."""
