"""What a name means in Python: modules and import roots, names, values. Nothing of Celery."""
