"""How a check ends: it passes, it refuses, or it could not be made at all."""

from __future__ import annotations

from dataclasses import dataclass, field

VERIFIED, REFUSED, NOT_CHECKED = 0, 1, 2


class Refused(Exception):
    """The thing checked is not what it claims to be.

    Args:
        code: key of the sentence in the catalogues.
        details: values for the sentence; never content of a record.
    """

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class NotChecked(Refused):
    """The check could not be made: a file is missing, or the policy cannot be read."""


@dataclass(slots=True)
class Verdict:
    """The outcome, the checks that passed on the way, and the facts established by them."""

    status: int = VERIFIED
    code: str = ""
    details: dict[str, object] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    findings: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    """What is wrong, each as a code and its details: a log can have many."""

    def refuse(self, refusal: Refused) -> None:
        """End with a refusal."""
        self.status = NOT_CHECKED if isinstance(refusal, NotChecked) else REFUSED
        self.code = refusal.code
        self.details = refusal.details
