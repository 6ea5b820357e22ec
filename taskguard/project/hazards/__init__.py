"""What goes wrong where tasks are sent and in their bodies."""
