"""Arguments that do not fit the task to which they are sent."""
