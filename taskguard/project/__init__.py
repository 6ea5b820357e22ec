"""The facts of all files, linked: modules, names and what each finally is, tasks, facades, Celery configuration."""
