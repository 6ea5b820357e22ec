"""What is wrong with the configuration, and with tasks because of it."""
