"""The tasks with the configuration applied: names, effective options, routing, usage, and what a name was meant to be."""
