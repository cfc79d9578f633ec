"""What can be wrong with a rule file, and where.

Everything the loader refuses is a `Problem`: the file, the line, the column, what is wrong and what to write instead.
A file is read to its end, so that its author sees all problems at once; `RuleFileRefused` carries them.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reparations.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_PROBLEMS = 50
"""More problems than this are not collected: the file is not a rule file."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Write the place the way compilers do."""
        return f"{self.file}:{self.line}:{self.column}"

    def shifted(self, columns: int) -> Position:
        """Return the place `columns` further on the same line."""
        return Position(self.file, self.line, self.column + columns)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a rule file."""

    code: str
    at: Position
    message: str
    remedy: str

    def __str__(self) -> str:
        """Write the problem on one line."""
        return f"{self.at}: {self.message} {self.remedy}"


class Fault(Exception):
    """Ends the reading of one part of a file; the reading goes on with the next part.

    It never leaves this package: `Problems.collecting` turns it into a `Problem`.
    """

    def __init__(self, code: str, at: Position, message: str, remedy: str) -> None:
        """Keep the problem."""
        super().__init__(message)
        self.problem = Problem(f"rules.{code}", at, message, remedy)


class RuleFileRefused(InvalidInput):
    """A rule file breaks the language.  `problems` says where and how to mend it."""

    code = "eligibility.rule_file_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Put the first problem into the message and keep all of them."""
        first = problems[0]
        more = f" ({len(problems) - 1} more below.)" if len(problems) > 1 else ""
        super().__init__(f"{first.at}: {first.message}{more}", field="source", remedy=first.remedy)
        self.problems = tuple(problems)


class ExampleFailed(InvalidInput):
    """A worked example beside the rules does not come out as it says."""

    code = "eligibility.example_failed"


class AmountOutOfRange(InvalidInput):
    """An amount a person decided lies outside the range the rules give, or no step of the rules waits for it."""

    code = "eligibility.amount_out_of_range"


class GoldenBroken(Conflict):
    """Rules say something else of a golden vector than when the version was fixed, or the vectors are of another."""

    code = "eligibility.golden_broken"


class Problems:
    """Collects problems while a file is read to its end."""

    def __init__(self) -> None:
        """Begin with none."""
        self.found: list[Problem] = []

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep the problem of a `Fault` raised in the block, and go on after it."""
        try:
            yield
        except Fault as fault:
            self.add(fault.problem)

    def add(self, problem: Problem) -> None:
        """Keep one problem.

        Raises:
            RuleFileRefused: there are `MAX_PROBLEMS` now.
        """
        if problem not in self.found:
            self.found.append(problem)
        if len(self.found) >= MAX_PROBLEMS:
            self.raise_if_any()

    def raise_if_any(self) -> None:
        """Refuse the file if anything was wrong with it.

        Raises:
            RuleFileRefused: with every problem, in the order of the file.
        """
        if self.found:
            raise RuleFileRefused(sorted(self.found, key=lambda problem: (problem.at.line, problem.at.column)))
