"""What is asked of the lines of one function. After an edit it is asked again without the project."""

from __future__ import annotations

from taskguard.facts.questions import PlacedLinesQuestion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.facts.early_reads import Early


@PlacedLinesQuestion
def early_reads(text: str, first: int, last: int, *names: str) -> tuple[Early, ...]:
    """As `facts.early_reads` has it."""
    from taskguard.facts.early_reads import early_reads as found

    return found(text, first, last, names)
