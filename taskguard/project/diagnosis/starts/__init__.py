"""Commands that start workers and beat, and cannot."""
