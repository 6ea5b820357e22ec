"""The edits of a file that fixes are made of."""
