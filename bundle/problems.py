"""What is wrong with a file that a marketer wrote, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from features.errors import CatalogueError

CHECK: Final = "`nextbest doctor --catalogue FOLDER` checks a folder without running anything"


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake.

    Parameters
    ----------
    file
        Name of the file, without its folder.
    line, column
        Where, from 1; 0 where the file as a whole is meant.
    field
        Path of the field, such as ``actions[0].prior.mean``; empty for the file.
    message
        What is wrong, with the value.
    remedy
        What would be right.
    """

    file: str
    line: int
    column: int
    field: str
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f", line {self.line}, column {self.column}" if self.line else ""
        field = f"{self.field}: " if self.field else ""
        end = "" if self.remedy.endswith("?") else "."
        return f"{self.file}{place}: {field}{self.message}: {self.remedy}{end}"


def refusal(problems: Sequence[Problem]) -> CatalogueError:
    """Return the error that names every problem, a line each, in the order of the file."""
    lines = [str(problem) for problem in sorted(set(problems))]
    what = "it" if len(lines) == 1 else f"these {len(lines)} mistakes"
    return CatalogueError("\n".join(lines), f"correct {what}; {CHECK}.")
