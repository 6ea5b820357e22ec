"""What the Celery configuration says: apps, settings, discovery, routes, queues, schedules, references."""
