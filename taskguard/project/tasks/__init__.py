"""Which functions and classes are Celery tasks, and what each declaration says: decorators, wrappers, bases, options."""
