"""Tasks that run before the row is there of which they are told."""
