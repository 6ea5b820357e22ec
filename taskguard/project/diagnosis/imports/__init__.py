"""Imports between modules of the project that fail, or that load one file under two names."""
