"""Mutants of the rooms of the project, each shown to the tests of its own room alone."""
