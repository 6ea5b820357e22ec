"""The contract of a project as a file, changes of it that were accepted, and the readable comparison of two states."""
