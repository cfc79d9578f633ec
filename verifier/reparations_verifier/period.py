"""Checking a closed period: its trial balance, and the statement of its closing by two persons, signed by the log.

The file is the trial balance, an empty line, and a signed note (https://c2sp.org/signed-note) that commits to it.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from datetime import date
from pathlib import Path

from reparations_verifier.notes import VerifierKey, read_note
from reparations_verifier.policy import read_policy
from reparations_verifier.verdict import NotChecked, Refused, Verdict

MAX_BYTES = 2**22
BALANCE_HEAD = "reparations-trial-balance-v1"
CLOSING_HEAD = "reparations-period-closing-v1"
FIELDS = (
    *("fund", "fund_id", "period", "length", "starts_on", "next_starts_on", "trial_balance_sha256"),
    *("prepared_by", "countersigned_by", "closed_at"),
)
_LINE = re.compile(r"([A-Z]{3})\t([a-z_]+)\t(0|[1-9][0-9]{0,18})\t(0|[1-9][0-9]{0,18})")


def verify_period(path: Path, policy_path: Path) -> Verdict:
    """Check a closed period as `reparations ledger closed-period` writes it."""
    verdict = Verdict()
    try:
        policy = read_policy(policy_path)
        try:
            text = path.read_bytes()[: MAX_BYTES + 1].decode()
        except (OSError, UnicodeDecodeError):
            raise NotChecked("file_unreadable", file=path.name) from None
        if len(text) > MAX_BYTES:
            raise NotChecked("file_too_large", file=path.name)
        _check(text, policy.logs, verdict)
    except Refused as refusal:
        verdict.refuse(refusal)
    return verdict


def _check(text: str, logs: list[VerifierKey], verdict: Verdict) -> None:
    balance, blank, note = text.partition("\n\n")
    if not blank:
        raise Refused("period_malformed", why="no trial balance, or no statement")
    signed, signers = read_note(note, logs)
    if not signers:
        raise Refused("period_unsigned")
    said = _read_closing(signed)
    verdict.facts |= {"log": min(key.name for key in signers), **said}
    verdict.passed.append("period_signed")
    if hashlib.sha256(f"{balance}\n".encode()).hexdigest() != said["trial_balance_sha256"]:
        raise Refused("period_balance_changed")
    if said["prepared_by"] == said["countersigned_by"]:
        raise Refused("period_one_person")
    verdict.passed.append("period_two_persons")
    verdict.facts["accounts"] = _check_balance(f"{balance}\n")
    verdict.passed.append("period_balances")


def _read_closing(text: str) -> dict[str, str]:
    """Read the lines that were signed, each a name and a value, in their one order."""
    head, *lines = text.split("\n")[:-1]
    pairs = [line.partition(" ")[::2] for line in lines]
    if head != CLOSING_HEAD or tuple(name for name, _ in pairs) != FIELDS:
        raise Refused("period_malformed", why="not the statement of a closing")
    said = dict(pairs)
    try:
        begins, ends = date.fromisoformat(said["starts_on"]), date.fromisoformat(said["next_starts_on"])
    except ValueError:
        raise Refused("period_malformed", why="no days") from None
    if begins >= ends:
        raise Refused("period_malformed", why="it ends before it begins")
    return said


def _check_balance(text: str) -> int:
    """Add up the trial balance; return how many accounts it has."""
    head, *lines = text.split("\n")[:-1]
    if head != BALANCE_HEAD:
        raise Refused("period_malformed", why="no trial balance")
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        read = _LINE.fullmatch(line)
        if read is None:
            raise Refused("period_malformed", why="a line of the trial balance")
        sums[read[1]] += int(read[3]) - int(read[4])
    for currency, difference in sorted(sums.items()):
        if difference:
            raise Refused("period_unbalanced", currency=currency, difference=difference)
    return len(lines)
