"""Tasks that no worker registers, and names that no task has."""
