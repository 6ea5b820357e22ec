"""What a worker and beat would read of the project's Celery configuration, told without running anything."""
