"""The statements as files: JSON, CSV, a spreadsheet, and pages."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from lxml import etree
from sqlmodel import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner

from reparations.cli import build
from reparations.db import Database
from reparations.ids import new_id
from reparations.ledger.queries.statements import COLUMNS, Column, Scope, Statement
from reparations.ledger.rules.statements import StatementKind
from reparations.money import Money
from reparations.principal import Role
from reparations.reports.errors import PeriodReversed, StatementTooLong
from reparations.reports.pdf.attachments import defuse
from reparations.reports.statements import formats, service
from reparations.reports.statements.formats import Format
from reparations.reports.texts import CATALOGUES, Texts
from reparations.reports.texts.language import Language
from reparations_verifier.pdf import read_text, squeeze
from tests.factories.access import PASSWORD, make_account
from tests.ledger.busy_books import FEBRUARY, MARCH, make_busy_books

ALL_TIME = Scope(as_of=MARCH)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EVIL = ('=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\uff1d1")


def made(session: Session, kind: StatementKind, scope: Scope = ALL_TIME) -> Statement:
    return service.open_statement(session, kind, scope)


def read_xlsx(content: bytes) -> Iterator[tuple[str, list[list[str]]]]:
    """Read each sheet's cells as they are stored; a number stays the digits of the file."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for name in sorted(one for one in book.namelist() if one.startswith("xl/worksheets/sheet")):
            tree = etree.fromstring(book.read(name))
            assert tree.find(f".//{SHEET}f") is None, "a formula"
            yield (
                name,
                [
                    ["".join(str(part) for part in cell.itertext()) for cell in row.iterfind(f"{SHEET}c")]
                    for row in tree.iterfind(f".//{SHEET}row")
                ],
            )


@pytest.mark.parametrize("kind", StatementKind)
def test_every_format_holds_the_same_rows(session: Session, kind: StatementKind) -> None:
    make_busy_books(session)
    rows = list(made(session, kind).rows)

    document = json.loads(service.render(made(session, kind), Format.JSON, language=Language.ENGLISH))
    table = list(
        csv.reader(io.StringIO(service.render(made(session, kind), Format.CSV, language=Language.ENGLISH).decode()))
    )
    ((_, sheet),) = read_xlsx(service.render(made(session, kind), Format.XLSX, language=Language.ENGLISH))

    names = [column.name for column in COLUMNS[kind]]
    assert (document["statement"], document["as_of"], document["since"]) == (kind.value, "2031-03-31", None)
    assert table[0] == document["columns"] == names
    assert len(rows) == len(document["rows"]) == len(table) - 1 == len(sheet) - 1 > 4
    for row, shown, line in zip(rows, document["rows"], table[1:], strict=True):
        amounts = {name: cell for name, cell in zip(names, row, strict=True) if isinstance(cell, Money)}
        assert {name: shown[name] for name in amounts} == {n: money.decimal_string for n, money in amounts.items()}
        assert {name: line[names.index(name)] for name in amounts} == {
            n: money.decimal_string for n, money in amounts.items()
        }
        assert not any(isinstance(value, float) for value in shown.values())


def test_a_spreadsheet_has_amounts_as_text_and_as_whole_minor_units() -> None:
    largest = Money(2**53 - 1, "KWD")
    rows = iter([("A", "KWD", "bank", "asset", largest, Money(-1, "JPY"), Money(0, "USD"), Money(-5, "USD"))])
    statement = Statement(StatementKind.TRIAL_BALANCE, ALL_TIME, COLUMNS[StatementKind.TRIAL_BALANCE], rows)

    ((_, sheet),) = read_xlsx(service.render(statement, Format.XLSX, language=Language.ENGLISH))

    assert sheet[0][4:8] == ["opening", "opening_minor", "debits", "debits_minor"]
    assert sheet[1][4:] == ["9007199254740.991", "9007199254740991", "-1", "-1", "0.00", "0", "-0.05", "-5"]


@pytest.mark.parametrize("text", EVIL)
def test_no_text_becomes_a_formula(text: str) -> None:
    statement = Statement(StatementKind.DONOR, ALL_TIME, (Column("donor"),), iter([(text,)]))
    again = replace(statement, rows=iter([(text,)]))

    (_, (shown,)) = csv.reader(io.StringIO("".join(formats.stream_csv(statement))))
    ((_, sheet),) = read_xlsx(service.render(again, Format.XLSX, language=Language.ENGLISH))

    assert shown == sheet[1][0] == f"'{text}"
    assert defuse("plain = text") == "plain = text"


def test_a_long_statement_goes_on_on_the_next_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "ROWS_PER_SHEET", 2)
    statement = Statement(StatementKind.DONOR, ALL_TIME, (Column("donor"),), iter([("A",), ("B",), ("C",)]))

    sheets = dict(read_xlsx(service.render(statement, Format.XLSX, language=Language.ENGLISH)))

    assert [[row[0] for row in sheet] for sheet in sheets.values()] == [["donor", "A", "B"], ["donor", "C"]]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", [StatementKind.FINANCIAL_POSITION, StatementKind.GENERAL_LEDGER, StatementKind.AGEING])
def test_the_pages_are_accessible_and_show_every_amount(
    session: Session, kind: StatementKind, language: Language
) -> None:
    funds = make_busy_books(session)
    scope = Scope(as_of=FEBRUARY, since=date(2031, 2, 1), fund_id=funds["KAT"].id, currency="USD")
    texts = Texts(language)

    content = service.render(made(session, kind, scope), Format.PDF, language=language)

    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert str(pdf.Root.Lang) == language.value
        assert "/StructTreeRoot" in pdf.Root
        assert b"pdfuaid" in pdf.Root.Metadata.read_bytes()
    text = read_text(content)
    assert squeeze(texts.say(f"statement.{kind}")) in text
    for row in made(session, kind, scope).rows:
        for cell in row:
            if isinstance(cell, Money):
                assert squeeze(texts.figures(cell.amount_minor, cell.currency)) in text


def test_an_empty_statement_says_so() -> None:
    statement = Statement(StatementKind.IDENTITY, ALL_TIME, COLUMNS[StatementKind.IDENTITY], iter([]))

    content = service.render(statement, Format.PDF, language=Language.ENGLISH)

    assert squeeze("Nothing has been posted") in read_text(content)


@pytest.mark.parametrize("language", Language)
def test_every_code_of_a_statement_has_a_word(session: Session, language: Language) -> None:
    make_busy_books(session)
    catalogue = CATALOGUES[language]
    families = {"against": "account", "item": "item"}
    missing = set()
    for kind in StatementKind:
        for row in made(session, kind).rows:
            for column, cell in zip(COLUMNS[kind], row, strict=True):
                if column.kind.name == "CODE" and isinstance(cell, str):
                    family = families.get(column.name, column.name)
                    if f"{family}.{cell}" not in catalogue and f"account.{cell}" not in catalogue:
                        missing.add((family, cell))
        missing |= {("cell", column.name) for column in COLUMNS[kind] if f"cell.{column.name}" not in catalogue}

    assert missing == set()


def test_a_statement_too_long_is_refused_and_says_what_to_do(session: Session) -> None:
    make_busy_books(session)
    limited = service.limit_rows(made(session, StatementKind.GENERAL_LEDGER), 10)

    with pytest.raises(StatementTooLong, match="more than 10 rows") as caught:
        service.render(limited, Format.CSV, language=Language.ENGLISH)

    assert "reparations ledger statement" in str(caught.value.remedy)
    exactly = len(list(made(session, StatementKind.TRIAL_BALANCE).rows))
    assert len(list(service.limit_rows(made(session, StatementKind.TRIAL_BALANCE), exactly).rows)) == exactly


def test_a_period_that_ends_before_it_begins_is_refused(session: Session) -> None:
    with pytest.raises(PeriodReversed):
        made(session, StatementKind.CASH_FLOW, Scope(as_of=FEBRUARY, since=MARCH))


# ── over the network and on the command line ─────────────────────────────────────────────────────────────────────────


def sign_in(database: Database, client: TestClient, role: Role) -> dict[str, str]:
    with database.transaction() as session:
        make_account(session, role, username=f"the.{role}")
    answer = client.post("/sessions", json={"username": f"the.{role}", "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_auditors_and_administrators_get_statements(database: Database, client: TestClient) -> None:
    with database.transaction() as session:
        fund = make_busy_books(session)["KAT"]
    auditor = sign_in(database, client, Role.AUDITOR)

    for wanted in Format:
        query = {"format": wanted.value, "fund_id": fund.id, "currency": "USD", "as_of": "2031-03-31"}
        answer = client.get("/ledger/statements/cash_flow", params=query, headers=auditor)

        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(formats.MEDIA_TYPES[wanted].partition(";")[0])
        assert answer.headers["content-disposition"] == f'attachment; filename="cash-flow-2031-03-31.{wanted.value}"'
        assert len(answer.content) > 500
    refusals = (
        ({"fund_id": new_id("fnd")}, 404, "ledger.fund_not_found"),
        ({"donor_id": new_id("don")}, 404, "ledger.donor_not_found"),
        ({"since": "2031-04-01", "as_of": "2031-03-31"}, 422, "reports.period_reversed"),
        ({"format": "docx"}, 422, "invalid_input"),
    )
    for query, status, code in refusals:
        answer = client.get("/ledger/statements/donor", params=query, headers=auditor)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    approver = sign_in(database, client, Role.APPROVER)
    assert client.get("/ledger/statements/donor", headers=approver).status_code == 403
    assert client.get("/ledger/statements/donor").status_code == 401


@pytest.fixture
def _configured(
    database_urls: tuple[str, str], keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPARATIONS_MODE", "demo")
    monkeypatch.setenv("REPARATIONS_DATABASE_URL", database_urls[0])
    monkeypatch.setenv("REPARATIONS_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("REPARATIONS_DATA_DIR", str(tmp_path))


@pytest.mark.usefixtures("_configured")
def test_the_commands_write_statements_and_exports(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        make_busy_books(session)
    runner, commands = CliRunner(), build()

    printed = runner.invoke(commands, ["ledger", "statement", "identity", "--fund", "KAT", "--as-of", "2031-03-31"])
    assert {row["fund"] for row in json.loads(printed.output)["rows"]} == {"KAT", "*"}
    for wanted in Format:
        path = tmp_path / f"gl.{wanted.value}"
        done = runner.invoke(
            commands,
            [
                "ledger",
                "statement",
                "trial_balance",
                "--format",
                wanted.value,
                "--as-of",
                "2031-03-31",
                "--out",
                str(path),
            ],
        )
        assert (done.exit_code, done.output.strip()) == (0, str(path))
        assert path.stat().st_size > 500
    for program in ("beancount", "hledger"):
        text = runner.invoke(commands, ["ledger", "export", "--format", program, "--until", "2031-01-31"]).output
        path = tmp_path / program
        runner.invoke(commands, ["ledger", "export", "--format", program, "--until", "2031-01-31", "--out", str(path)])
        assert path.read_text("utf-8") == text
        assert "deed-KAT-USD-OPENED_BANK" in text
        assert "deed-KAT-USD-FEE" not in text
    lost = runner.invoke(commands, ["ledger", "statement", "donor", "--donor", "NOBODY"])
    assert (lost.exit_code, "ledger.donor_not_found" in lost.output) == (1, True)
