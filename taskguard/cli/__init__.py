"""The command line: words in, calls, an exit code out. A file `NAME_command.py` here is the command NAME."""
