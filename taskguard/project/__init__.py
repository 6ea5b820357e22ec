"""What the files of a project say together, in rooms that import downwards: `change`, `diagnosis`, `facades`, `editing`, `registry`, `celery`, `tasks`, `python`."""
