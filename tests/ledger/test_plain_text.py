"""Beancount and hledger, the programs themselves, read our books and agree with them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from reparations.ids import new_id
from reparations.ledger import queries
from reparations.ledger.models import AccountCode, LedgerPeriod, PeriodDraft, PeriodLine
from reparations.ledger.queries.plain_text import stream_plain_text
from reparations.ledger.queries.statements import Scope, get_statement
from reparations.ledger.rules.plain_text import AccountName, TextFormat
from reparations.ledger.rules.statements import StatementKind
from reparations.money import Money
from reparations.principal import Role
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.ledger.busy_books import FEBRUARY, JANUARY, make_busy_books

BEAN_CHECK = Path(sys.executable).parent / "bean-check"


def run_program(text_format: TextFormat, path: Path) -> tuple[int, str]:
    """Have the auditor's own program check a file; return its exit code and what it says."""
    if text_format is TextFormat.BEANCOUNT:
        command = [str(BEAN_CHECK), "--no-cache", str(path)]
    else:
        hledger = shutil.which("hledger")
        assert hledger, "script/test installs hledger"
        command = [hledger, "-f", str(path), "check", "--strict", "balancednoautoconversion", "ordereddates"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


def write(path: Path, lines: Iterator[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("until", [None, date.max, FEBRUARY], ids=["all", "the_last_of_days", "february"])
@pytest.mark.parametrize("text_format", TextFormat)
def test_the_programs_read_the_books_and_find_nothing_wrong(
    session: Session, tmp_path: Path, text_format: TextFormat, until: date | None
) -> None:
    make_busy_books(session)

    path = write(tmp_path / "books.txt", stream_plain_text(session, text_format, until=until))

    assert run_program(text_format, path) == (0, "")
    text = path.read_text("utf-8")
    assert "Assets:KAT:In-Transit" in text
    assert "ncommitted" not in text
    assert ("2031-03" in text.replace("2031-03-01 balance", "")) is (until != FEBRUARY)


@pytest.mark.parametrize("text_format", TextFormat)
def test_a_cent_too_much_is_found_by_the_programs(session: Session, tmp_path: Path, text_format: TextFormat) -> None:
    make_busy_books(session)
    path = write(tmp_path / "books.txt", stream_plain_text(session, text_format))
    text = path.read_text("utf-8")
    assert text.count("  55.00 USD") == text.count("  -55.00 USD") > 0

    path.write_text(
        text.replace("  55.00 USD", "  55.01 USD").replace("  -55.00 USD", "  -55.01 USD"), encoding="utf-8"
    )
    both_sides = run_program(text_format, path)
    path.write_text(text.replace("  55.00 USD", "  55.01 USD", 1), encoding="utf-8")
    one_side = run_program(text_format, path)

    assert both_sides[0] != 0
    assert one_side[0] != 0


def test_hledger_arrives_at_the_same_balances(session: Session, tmp_path: Path) -> None:
    funds = make_busy_books(session)
    path = write(tmp_path / "books.journal", stream_plain_text(session, TextFormat.HLEDGER))
    command = ["hledger", "-f", str(path), "balance", "--flat", "--output-format", "csv", "--layout", "bare"]

    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)

    balances = {tuple(line.split(",")[:2]): line.split(",")[2] for line in done.stdout.replace('"', "").splitlines()}
    for code, currency in ((AccountCode.BANK, "JPY"), (AccountCode.AWARDS, "USD"), (AccountCode.OPENING, "USD")):
        kept = queries.get_balance(session, funds["KAT"].id, currency, code)
        name = AccountName("KAT", currency, code).text
        assert balances[name, currency] == kept.decimal_string


@pytest.mark.parametrize("text_format", TextFormat)
def test_empty_books_are_a_file_the_programs_read(session: Session, tmp_path: Path, text_format: TextFormat) -> None:
    path = write(tmp_path / "books.txt", stream_plain_text(session, text_format))

    assert run_program(text_format, path) == (0, "")


def test_two_funds_never_share_a_name() -> None:
    names = {AccountName(fund, "USD", AccountCode.BANK).text for fund in ("A-B", "A_B", "A B", "A-x5f-B", "AB")}

    assert len(names) == 5
    assert AccountName("KAT-1", "USD", AccountCode.PLEDGES_RECEIVABLE).text == "Assets:KAT-1:Pledges-Receivable"


def close_january(session: Session, fund_id: str, *, wrong_minor: int = 0) -> None:
    """Close a fund's first period with the trial balance of its last day, or with one that is a little wrong."""
    january = Scope(as_of=JANUARY, fund_id=fund_id)
    lines = list(get_statement(session, StatementKind.TRIAL_BALANCE, january).rows)
    preparer, signer = (make_officer(session, Role.FUND_ADMINISTRATOR).person_id for _ in range(2))
    frozen: dict[str, Any] = {
        "fund_id": fund_id,
        "number": 1,
        "length": "month",
        "starts_on": date(2031, 1, 1),
        "next_starts_on": date(2031, 2, 1),
        "trial_balance_sha256": bytes(32),
        "prepared_by": preparer,
    }
    draft = PeriodDraft(id=new_id("pdr"), prepared_at=NOON, **frozen)
    session.add(draft)
    session.flush()
    session.add(LedgerPeriod(draft_id=draft.id, countersigned_by=signer, closed_at=NOON, signature=bytes(64), **frozen))
    session.flush()
    for _, currency, code, _, _, debits, credits_, _ in lines:
        assert isinstance(debits, Money)
        assert isinstance(credits_, Money)
        session.add(
            PeriodLine(
                fund_id=fund_id,
                number=1,
                currency=str(currency),
                code=str(code),
                debits_minor=debits.amount_minor + (wrong_minor if code == AccountCode.BANK else 0),
                credits_minor=credits_.amount_minor,
            )
        )
    session.flush()


@pytest.mark.parametrize("text_format", TextFormat)
def test_a_closed_period_is_asserted_as_it_was_signed(
    session: Session, tmp_path: Path, text_format: TextFormat
) -> None:
    funds = make_busy_books(session)
    close_january(session, funds["KAT"].id)
    right = write(tmp_path / "right.txt", stream_plain_text(session, text_format))

    close_january(session, funds["OPEN"].id, wrong_minor=1)
    wrong = write(tmp_path / "wrong.txt", stream_plain_text(session, text_format))

    assert run_program(text_format, right) == (0, "")
    assert run_program(text_format, wrong)[0] != 0
    day = "2031-02-01 balance" if text_format is TextFormat.BEANCOUNT else "2031-01-31 * balance"
    assert right.read_text("utf-8").count(day) == 2 * 10
