"""Inputs that nobody would write, fed to every command: none may end in anything but the exit codes of the README."""
