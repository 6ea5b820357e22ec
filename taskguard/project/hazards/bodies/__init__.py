"""What the bodies of tasks do to the process in which they run."""
