"""The words of a command line, read by a table of options. `argparse` would cost more than the check of a file."""

from __future__ import annotations

from taskguard.errors import UserError, nearest
from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TextIO

HELP_COLUMN = 32


class Option(Record):
    """An option of a command. `names` are its spellings, the long one last; `value` names its value, empty for a flag.

    `choices` are the values that it accepts, none for any. A value that may be left out (`optional`) is given after `=`.
    `former` are spellings that go on for a while.
    """

    names: tuple[str, ...]
    help: str
    value: str = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    former: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The long name."""
        return self.names[-1]


class Usage(Record):
    """What a command understands. `places` says how its arguments are called in the help."""

    command: str
    about: str
    places: str
    options: tuple[Option, ...]

    def text(self) -> str:
        """The help."""
        lines = [f"{self.about}\n", f"Usage: taskguard {self.command} [OPTIONS] {self.places}".rstrip(), "", "Options:"]
        for option in (*self.options, HELP):
            value = "|".join(option.choices) or option.value
            value = f"[={value}]" if option.optional else f" {value}" if value else ""
            spelled = f"  {', '.join(option.names)}{value}"
            if len(spelled) < HELP_COLUMN:
                lines.append(f"{spelled:<{HELP_COLUMN}}{option.help}")
            else:
                lines += [spelled, f"{'':<{HELP_COLUMN}}{option.help}"]
        return "\n".join(lines) + "\n"


HELP = Option(("-h", "--help"), "print this help")


class Words:
    """What was given. Options are asked for by their long name."""

    def __init__(self, given: dict[str, list[str]], places: tuple[str, ...], notes: tuple[str, ...] = ()) -> None:
        self._given = given
        self.places = places
        self.notes = notes

    def flag(self, name: str) -> bool:
        return name in self._given

    def last(self, name: str) -> str | None:
        """The value of an option, the last one where it was repeated."""
        return self._given[name][-1] if name in self._given else None

    def each(self, name: str) -> tuple[str, ...]:
        """The values of an option, from every time it was given, as they are."""
        return tuple(self._given.get(name, ()))

    def all(self, name: str) -> tuple[str, ...] | None:
        """The values of an option that takes a list, from every time it was given; None where it was not."""
        if name not in self._given:
            return None
        return tuple(word for text in self._given[name] for part in text.split(",") if (word := part.strip()))


def opened(usage: Usage, args: Iterable[str], out: TextIO) -> Words | None:
    """The words of a command line; None where they ask for the help, which is then printed. Raises UserError."""
    words = read(usage, args)
    if words.flag(HELP.key):
        out.write(usage.text())
        return None
    if words.notes:
        from taskguard.cli.streams import say

        say("\n".join(words.notes))
    return words


def read(usage: Usage, args: Iterable[str]) -> Words:
    """The words of a command line: `--name value`, `--name=value`, `-n value`, `-qn`; everything after `--` is an argument.

    Raises UserError with every word that is wrong.
    """
    by_name = {name: option for option in (*usage.options, HELP) for name in option.names + option.former}
    given: dict[str, list[str]] = {}
    places: list[str] = []
    wrong: list[str] = []
    notes: list[str] = []
    rest = list(args)
    while rest:
        word = rest.pop(0)
        if word == "--":
            places += rest
            break
        if not word.startswith("-") or word == "-":
            places.append(word)
            continue
        name, equals, value = word.partition("=")
        option = by_name.get(name)
        if option is None and (flags := cluster(word, by_name)):
            rest[:0] = flags
            continue
        if option is not None and name in option.former:
            notes.append(f"{name} is now called {option.key}; the old name goes with the next minor version")
        if option is None:
            wrong.append(unknown(name, by_name))
        elif not option.value:
            if equals:
                wrong.append(f"{name} takes no value")
            given.setdefault(option.key, []).append("")
        elif option.optional and not equals:
            given.setdefault(option.key, []).append("")
        elif not equals and (not rest or rest[0] in by_name or rest[0] == "--"):
            wrong.append(f"{name} wants a value: {option.value}")
        else:
            value = value if equals else rest.pop(0)
            wrong += misfit(option, name, value)
            given.setdefault(option.key, []).append(value)
    if wrong and HELP.key not in given:
        raise UserError(*wrong, f"`taskguard {usage.command} --help` lists all options")
    return Words(given, tuple(places), tuple(notes))


def cluster(word: str, known: Mapping[str, Option]) -> list[str]:
    """`-qn` as `-q -n`; nothing where that is not what it is."""
    flags = [f"-{letter}" for letter in word[1:]]
    if word.startswith("--") or len(flags) < 2 or any(flag not in known or known[flag].value for flag in flags):
        return []
    return flags


def unknown(name: str, known: Iterable[str]) -> str:
    guess = nearest(name, [one for one in known if one.startswith("--")]) if name.startswith("--") else None
    return f"unknown option {name}" + (f"; did you mean {guess}?" if guess else "")


def misfit(option: Option, name: str, value: str) -> list[str]:
    """What is wrong with a value."""
    if not value.strip():
        return [f"{name} wants a value: {option.value}"]
    if not option.choices or value in option.choices:
        return []
    guess = nearest(value, option.choices)
    hint = f"did you mean {guess}?" if guess else f"choose from {', '.join(option.choices)}"
    return [f"{name} does not know {value!r}; {hint}"]
