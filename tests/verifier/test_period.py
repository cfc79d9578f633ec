"""A closed period is checked without the server, and every change of it is found."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner

from reparations.audit.notes import signature_line, verifier_key
from reparations.cli import build
from reparations.db import Database
from reparations.ledger import queries
from reparations.principal import Role
from reparations.vault import Keyring
from reparations_verifier import cli
from reparations_verifier.period import verify_period
from tests.factories.access import PASSWORD, make_account
from tests.factories.ledger import make_fund
from tests.factories.periods import MAY, close_period, make_pair

ORIGIN = "fund.example/log"


@pytest.fixture
def policy(tmp_path: Path, keyring: Keyring) -> Path:
    path = tmp_path / "policy.txt"
    path.write_text(f"log {verifier_key(ORIGIN, keyring.log_key.public_key())}\nquorum none\n")
    return path


def closed_period(session: Session) -> str:
    fund = make_fund(session, code="KAT", currencies=("USD", "XOF"), available_minor=100_000)
    period = close_period(session, make_pair(session), fund.id, starts_on=MAY)
    return queries.write_closing(session, period, origin=ORIGIN)


def check(tmp_path: Path, policy: Path, text: str) -> tuple[int, str]:
    path = tmp_path / "period.txt"
    path.write_bytes(text.encode())
    verdict = verify_period(path, policy)
    return verdict.status, verdict.code


def test_a_closed_period_verifies(session: Session, tmp_path: Path, policy: Path) -> None:
    path = tmp_path / "period.txt"
    path.write_text(closed_period(session))

    verdict = verify_period(path, policy)

    assert (verdict.status, verdict.passed) == (0, ["period_signed", "period_two_persons", "period_balances"])
    assert (verdict.facts["fund"], verdict.facts["period"], verdict.facts["accounts"]) == ("KAT", "1", 4)


def test_every_byte_changed_is_found(session: Session, tmp_path: Path, policy: Path) -> None:
    text = closed_period(session)
    assert text.isascii() is False  # the dash of the signature
    raw = text.encode()
    path = tmp_path / "period.txt"

    accepted = []
    for position in range(len(raw)):
        changed = bytearray(raw)
        changed[position] ^= 1
        path.write_bytes(changed)
        if verify_period(path, policy).status == 0:
            accepted.append((position, raw[max(0, position - 9) : position + 9]))

    assert accepted == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("USD\tbank\t100000\t0\n", "USD\tbank\t100001\t0\n", "period_balance_changed"),
        ("period 1\n", "period 2\n", "signature_wrong"),
        ("reparations-trial-balance-v1\n", "", "period_balance_changed"),
        ("\n\n", "\n", "note_malformed"),
        (f"\u2014 {ORIGIN} ", "\u2014 somebody.else/log ", "period_unsigned"),
        ("reparations-period-closing-v1\n", "", "signature_wrong"),
    ],
    ids=range(6),
)
def test_what_was_changed_is_said(  # noqa: PLR0917 a row of the table, by name
    session: Session, tmp_path: Path, policy: Path, old: str, new: str, code: str
) -> None:
    text = closed_period(session)
    assert old in text

    assert check(tmp_path, policy, text.replace(old, new, 1)) == (1, code)


def forge(keyring: Keyring, balance: str, closing: str) -> str:
    """What a thief of the key could sign, were the verifier to believe the key alone."""
    line = signature_line(ORIGIN, keyring.log_key.public_key(), keyring.log_key.sign(closing.encode()))
    return f"{balance}\n{closing}\n{line}\n"


def sums(keyring: Keyring, tmp_path: Path, policy: Path, balance: str) -> tuple[int, str]:
    """Check a trial balance that was signed as it is."""
    closing = (
        "reparations-period-closing-v1\nfund KAT\nfund_id fnd_1\nperiod 1\nlength month\nstarts_on 2031-05-01\n"
        f"next_starts_on 2031-06-01\ntrial_balance_sha256 {sha256(balance.encode()).hexdigest()}\n"
        "prepared_by psn_1\ncountersigned_by psn_2\nclosed_at 2031-06-15T12:00:00.000000Z\n"
    )
    return check(tmp_path, policy, forge(keyring, balance, closing))


def test_a_signature_over_nonsense_is_not_enough(
    session: Session, tmp_path: Path, policy: Path, keyring: Keyring
) -> None:
    balance, _, note = closed_period(session).partition("\n\n")
    closing = note.rpartition("\n\n")[0] + "\n"
    said = dict(line.partition(" ")[::2] for line in closing.splitlines())

    def signed(old: str, new: str) -> tuple[int, str]:
        return check(tmp_path, policy, forge(keyring, balance + "\n", closing.replace(old, new)))

    assert signed("", "") == (0, "")
    assert signed(said["countersigned_by"], said["prepared_by"]) == (1, "period_one_person")
    assert signed("next_starts_on 2031-06-01", "next_starts_on 2031-05-01") == (1, "period_malformed")
    assert signed("next_starts_on 2031-06-01", "next_starts_on soon") == (1, "period_malformed")
    assert signed("length month\n", "") == (1, "period_malformed")
    assert check(tmp_path, policy, balance) == (1, "period_malformed")
    assert sums(keyring, tmp_path, policy, balance + "\nUSD\tfees\t1\t0\n") == (1, "period_unbalanced")
    assert sums(keyring, tmp_path, policy, balance + "\nUSD\tfees\t-1\t-1\n") == (1, "period_malformed")
    assert sums(keyring, tmp_path, policy, "another head\n") == (1, "period_malformed")


def test_a_file_that_is_none_and_a_policy_that_is_none_are_not_checked(tmp_path: Path, policy: Path) -> None:
    assert verify_period(tmp_path / "none.txt", policy).status == 2
    (tmp_path / "large.txt").write_bytes(b" " * (2**22 + 1))
    assert verify_period(tmp_path / "large.txt", policy).code == "file_too_large"
    assert verify_period(tmp_path / "large.txt", tmp_path / "none.txt").code == "policy_unreadable"


def test_the_command_says_it(
    session: Session, tmp_path: Path, policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "period.txt"
    path.write_text(closed_period(session))

    with pytest.raises(SystemExit) as ended:
        cli.main(["period", str(path), "--policy", str(policy), "--language", "en"])

    assert ended.value.code == 0
    assert "VERIFIED. This period was closed with exactly this trial balance." in capsys.readouterr().out


def test_the_service_and_its_command_hand_it_out(  # noqa: PLR0917 fixtures, by name
    database: Database,
    client: TestClient,
    database_urls: tuple[str, str],
    keys_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (
        ("MODE", "demo"),
        ("DATABASE_URL", database_urls[0]),
        ("KEYS_DIR", str(keys_dir)),
        ("DATA_DIR", str(tmp_path)),
        ("LOG_ORIGIN", ORIGIN),
    ):
        monkeypatch.setenv(f"REPARATIONS_{name}", value)
    with database.transaction() as session:
        signed = closed_period(session)
        fund = queries.find_fund_by_code(session, "KAT")
        assert fund is not None
        make_account(session, Role.AUDITOR, username="auditor")
    token = client.post("/sessions", json={"username": "auditor", "password": PASSWORD}).json()["access_token"]

    over_http = client.get(f"/funds/{fund.id}/periods/1/signed", headers={"Authorization": f"Bearer {token}"})
    printed = CliRunner().invoke(build(), ["ledger", "closed-period", "KAT", "1"])
    as_json = CliRunner().invoke(build(), ["ledger", "closed-period", "KAT", "1", "--json"])
    written = CliRunner().invoke(build(), ["ledger", "closed-period", "KAT", "1", "--out", str(tmp_path / "may.txt")])

    assert printed.output == signed
    assert (tmp_path / "may.txt").read_text() == signed
    assert (written.exit_code, json.loads(as_json.output)["signed"]) == (0, signed)
    # The service of this test has another name for its log; the statement is the same.
    assert over_http.text.rpartition("\n\n")[0] == signed.rpartition("\n\n")[0]
    assert CliRunner().invoke(build(), ["ledger", "closed-period", "KAT", "2"]).exit_code == 1
    assert client.get(f"/funds/{fund.id}/periods/1/signed").status_code == 401
