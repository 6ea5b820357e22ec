"""The inventory of tasks: what each declaration comes to, with the configuration applied, and its shapes for people and machines."""
