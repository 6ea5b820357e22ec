"""The lines of a shell script or a recipe as these are read: those that a backslash continues are one."""

from __future__ import annotations


def logical_lines(text: str) -> list[tuple[int, str]]:
    """Each with the number of the line that it begins on, blanks around it taken away; comments and empty lines left out, also between two that belong together."""
    made: list[tuple[int, str]] = []
    going = False
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.strip()
        if not plain or plain.startswith("#"):
            continue
        body = plain.removesuffix("\\").strip()
        if going:
            made[-1] = (made[-1][0], f"{made[-1][1]} {body}")
        else:
            made.append((number, body))
        going = plain.endswith("\\")
    return made
