"""What is run only where a file is started as a script."""

from __future__ import annotations

import re

from taskguard.patterns import regex

# `if __name__ == "__main__":` at the beginning of a line.
MAIN = regex(r"^if[ \t(]+(?:__name__[ \t]*==[ \t]*[\"']__main__[\"']|[\"']__main__[\"'][ \t]*==[ \t]*__name__)", re.M)
