"""`taskguard verify`: prove that a change broke nothing that the outside relies on."""

from __future__ import annotations

import os

from taskguard.cli import check_command
from taskguard.cli.arguments import Option, Usage, opened
from taskguard.cli.options import CLEAN
from taskguard.cli.streams import say
from taskguard.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

# What pre-commit sets for the hooks of its stage pre-push.
PUSHED = "PRE_COMMIT_TO_REF"
NOT_HERE = (
    "--stdin-filename", "--no-project", "--hook", "--no-baseline", "--prune-baseline", "--show-files", "--show-settings",
    "--add-noqa", "--watch",
)  # fmt: skip


def usage() -> Usage:
    shared = tuple(option for option in check_command.usage().options if option.key not in NOT_HERE)
    about = "Compare the working tree with a revision or a snapshot, and say what the change breaks: rules TG701-TG707."
    return Usage("verify", about, "[PATH…]", (
        Option(("--against",), "compare with this revision or snapshot file (default: where the work began)", "REV|FILE"),
        Option(("--staged",), "judge what a commit would contain, not the working tree"),
        Option(("--accept",), "agree to a change from now on", "CODE:SUBJECT"),
        Option(("--reason",), "why it is agreed to", "TEXT"),
        *shared,
    ))  # fmt: skip


def run(args: list[str], out: TextIO) -> int:
    """Prints to `out` and gives the exit code. Raises UserError."""
    words = opened(usage(), args, out)
    if words is None:
        return CLEAN
    asked = check_command.request(words)
    agreed, reason = words.all("--accept"), words.last("--reason")
    if agreed is None and reason is not None:
        raise UserError("--reason goes with --accept")
    if agreed is not None:
        if reason is None:
            raise UserError("--accept wants a --reason: the next reader will ask for it")
        from taskguard.engine.projects import by_project

        agree(by_project(asked)[0].root or asked.cwd, agreed, reason)
    if asked.fix and words.flag("--staged"):
        raise UserError(
            "--fix and --diff look at the working tree: run them without --staged, then stage what they changed"
        )
    from taskguard.cli.fixing import SAY_IT
    from taskguard.diagnostics import Report
    from taskguard.engine import verify
    from taskguard.gitread import NoCommit
    from taskguard.request import Outcome

    staged = words.flag("--staged")
    pushed = os.environ.get(PUSHED, "") if staged and set_by_pre_push() else ""
    try:
        outcome = verify(asked, words.last("--against"), staged, pushed)
    except NoCommit as nothing:
        say(str(nothing))
        if words.last("--output-format") not in SAY_IT:
            check_command.show(Outcome(Report(()), asked.cwd, asked.cwd, lambda path: None), words, out)
        return CLEAN
    if outcome.repair is not None:
        from taskguard.cli.fixing import finished

        code = finished(outcome, asked, words, out, check_command.show)
        if code is not None:
            return code
    else:
        check_command.show(outcome, words, out)
    return check_command.verdict(outcome, words)


def set_by_pre_push() -> bool:
    """Whether pre-commit runs this at its stage pre-push: what counts then is what is pushed, and not the index."""
    return PUSHED in os.environ and os.environ.get("PRE_COMMIT_REMOTE_NAME") is not None


def agree(root: str, words: tuple[str, ...], reason: str) -> None:
    """Writes the agreed changes into the file in the project's root."""
    from datetime import date

    from taskguard.contract.accepted import FILE, accept

    accept(root, words, reason, date.today().isoformat())
    say(f"{', '.join(words)}: noted in {FILE}")
