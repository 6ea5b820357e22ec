"""Entries of schedules: those that beat cannot take, and schedules that no beat reads."""
