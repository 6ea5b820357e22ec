"""Completion scripts of shells, made of the tables that the commands read their words by."""

from __future__ import annotations

from taskguard.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from taskguard.cli.arguments import Option, Usage


class Entry(Record):
    """A command: what it understands, one line about it, and the words that its arguments may be (none: paths)."""

    usage: Usage
    about: str
    words: tuple[str, ...]


class Tables(Record):
    """All commands by name, and the words that values of one kind may be, as `CODES`."""

    entries: Mapping[str, Entry]
    kinds: Mapping[str, tuple[str, ...]]

    def values(self, option: Option) -> tuple[str, ...]:
        """The words that the value of an option may be; none where nobody knows."""
        return option.choices or self.kinds.get(option.value, ())


GLOBAL = (("--help", "print this help"), ("--version", "print the version"))


def bash(tables: Tables) -> str:
    """The script for bash."""
    cases, values = [], []
    for name, entry in tables.entries.items():
        options = " ".join(word for option in entry.usage.options for word in option.names)
        cases.append(f'    {name}) options="{options} -h --help" words="{" ".join(entry.words)}" ;;')
        for option in entry.usage.options:
            if option.value and not option.optional:
                named = "|".join(f'"{name} {word}"' for word in option.names)
                values.append(f'    {named}) values="{" ".join(tables.values(option))}" valued=1 ;;')
    return BASH.format(commands=" ".join(tables.entries), cases="\n".join(cases), values="\n".join(values))


BASH = """\
# Completion of taskguard for bash: eval "$(taskguard completion bash)"
_taskguard() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} options="" words="" values="" valued=""
  if [[ $current == "=" ]]; then
    current=""
  elif [[ $before == "=" ]]; then
    before=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W "{commands} --help --version" -- "$current"))
    return
  fi
  case "${{COMP_WORDS[1]}}" in
{cases}
  esac
  case "${{COMP_WORDS[1]}} $before" in
{values}
  esac
  if [[ $valued ]]; then
    local last=${{current##*,}}
    local first=${{current%"$last"}}
    [[ $values ]] && COMPREPLY=($(compgen -P "$first" -W "$values" -- "$last"))
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}}
complete -o bashdefault -o default -F _taskguard taskguard
"""


def zsh(tables: Tables) -> str:
    """The script for zsh."""
    cases = []
    for name, entry in tables.entries.items():
        options = [HELP_OF_ZSH, *(spec for option in entry.usage.options for spec in zsh_specs(option, tables))]
        rest = f"*::word:({' '.join(entry.words)})" if entry.words else "*:path:_files"
        lines = " \\\n".join(f"        {quoted(spec)}" for spec in (*options, rest))
        cases.append(f"    {name})\n      _arguments -s -S \\\n{lines}\n      ;;")
    described = [f"    {quoted(f'{name}:{entry.about}')}" for name, entry in tables.entries.items()]
    return ZSH.format(commands="\n".join(described), cases="\n".join(cases))


def zsh_specs(option: Option, tables: Tables) -> list[str]:
    """What `_arguments` is told of an option, once for each of its names."""
    about = escaped(option.help, "[]:")
    if not option.value:
        alone = f"({' '.join(option.names)})" if len(option.names) > 1 else ""
        return [f"{alone}{name}[{about}]" for name in option.names]
    words = tables.values(option)
    action = f"({' '.join(words)})" if words else "_files"
    if words and option.value in tables.kinds:
        action = f"_sequence compadd - {' '.join(words)}"
    marks = "=-" if option.optional else "="
    colon = "::" if option.optional else ":"
    return [
        f"*{name}{marks if name.startswith('--') else '+'}[{about}]{colon}{escaped(option.value, ':')}:{action}"
        for name in option.names
    ]


HELP_OF_ZSH = "(- *)--help[print this help]"
ZSH = """\
#compdef taskguard
# Completion of taskguard for zsh: eval "$(taskguard completion zsh)", or a file _taskguard in a folder of $fpath
_taskguard() {{
  local -a commands
  commands=(
{commands}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    compadd -- --help --version
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{cases}
  esac
}}
if [[ $funcstack[1] == _taskguard ]]; then
  _taskguard "$@"
else
  compdef _taskguard taskguard
fi
"""


def fish(tables: Tables) -> str:
    """The script for fish."""
    lines = ["# Completion of taskguard for fish: taskguard completion fish | source", "complete -c taskguard -f"]
    lines += [
        f"complete -c taskguard -n __fish_use_subcommand -l {name[2:]} -d {quoted(about)}" for name, about in GLOBAL
    ]
    for name, entry in tables.entries.items():
        lines.append(f"complete -c taskguard -n __fish_use_subcommand -a {name} -d {quoted(entry.about)}")
    for name, entry in tables.entries.items():
        here = f"complete -c taskguard -n '__fish_seen_subcommand_from {name}'"
        lines.append(f"{here} -a {quoted(' '.join(entry.words))}" if entry.words else f"{here} -F")
        lines.append(f"{here} -s h -l help -d 'print this help'")
        for option in entry.usage.options:
            lines.append(f"{here} {fish_words(option, tables.values(option))} -d {quoted(option.help)}")
    return "\n".join(lines) + "\n"


def fish_words(option: Option, words: Sequence[str]) -> str:
    """How fish is told the names and the values of an option."""
    names = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
    if not option.value or option.optional:
        return " ".join(names)
    return " ".join([*names, f"-x -a {quoted(' '.join(words))}" if words else "-r -F"])


def quoted(text: str) -> str:
    """A word for a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def escaped(text: str, special: Iterable[str]) -> str:
    for one in special:
        text = text.replace(one, f"\\{one}")
    return text


SHELLS: Mapping[str, Callable[[Tables], str]] = {"bash": bash, "fish": fish, "zsh": zsh}
