"""Who calls what with which arguments: functions, tasks and what sends them."""
