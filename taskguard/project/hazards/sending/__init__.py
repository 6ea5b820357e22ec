"""Options of calls that send a task, and what becomes of its result."""
