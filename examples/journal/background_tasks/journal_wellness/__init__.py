"""The wellness tasks, split by subject out of what was one file of 1,100 lines."""
