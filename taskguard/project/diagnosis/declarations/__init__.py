"""Declarations of tasks that Celery refuses, or takes for something else."""
