"""Reading a sheet of balances from another system.  Pure; one fault in it and nothing is taken from it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reparations.errors import InvalidInput
from reparations.ledger.errors import OpeningMalformed
from reparations.ledger.models import OPENABLE, AccountCode
from reparations.money import Money

COLUMNS = ("fund", "currency", "account", "amount")
MAX_BYTES = 1_000_000
MAX_BALANCES = 2_000


@dataclass(frozen=True, slots=True)
class OpeningBalance:
    """One balance of the sheet, positive on the account's normal side."""

    fund_code: str
    code: AccountCode
    amount: Money


def read_balances(content: bytes) -> list[OpeningBalance]:
    """Read a CSV file with the columns fund, currency, account, amount, or JSON: a list of objects with these names.

    Raises:
        OpeningMalformed: it is neither, too long, names an account twice, or a balance is not one; says in which row.
    """
    if len(content) > MAX_BYTES:
        raise OpeningMalformed(f"A sheet of balances has at most {MAX_BYTES:,} bytes.", field="file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OpeningMalformed("The file is not UTF-8 text.", field="file") from None
    rows = list(_read_json(text) if text.lstrip().startswith("[") else _read_csv(text))
    if not 1 <= len(rows) <= MAX_BALANCES:
        raise OpeningMalformed(f"A sheet has 1 to {MAX_BALANCES:,} balances; this one has {len(rows):,}.", field="file")
    balances = [_read_row(number, row) for number, row in enumerate(rows, start=1)]
    keys = [(balance.fund_code, balance.amount.currency, balance.code) for balance in balances]
    for number, key in enumerate(keys, start=1):
        if key in keys[: number - 1]:
            raise OpeningMalformed(f"Balance {number} is of an account that was given before.", field="file")
    return balances


def _read_csv(text: str) -> Iterator[Mapping[str, object]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise OpeningMalformed(f"The first line of the file is {','.join(COLUMNS)}.", field="file")
        yield from reader  # a column too many has the key None, which `_read_row` refuses
    except csv.Error:
        raise OpeningMalformed("The file is not CSV.", field="file") from None


def _read_json(text: str) -> Iterator[Mapping[str, object]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise OpeningMalformed("The file is not JSON.", field="file") from None
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise OpeningMalformed(f"Balance {number} is not an object.", field="file")
        yield row


def _read_row(number: int, row: Mapping[str, object]) -> OpeningBalance:
    if set(row) != set(COLUMNS) or not all(isinstance(value, str) for value in row.values()):
        raise OpeningMalformed(f"Balance {number} has exactly {', '.join(COLUMNS)}, all of them text.", field="file")
    fund, currency, account, amount = (str(row[column]).strip() for column in COLUMNS)
    if account not in OPENABLE:
        raise OpeningMalformed(
            f"Balance {number} is of no account that is brought over.",
            field="file",
            remedy=f"These are: {', '.join(OPENABLE)}.",
        )
    try:
        money = Money.parse(amount, currency)
    except InvalidInput as error:
        raise OpeningMalformed(f"Balance {number}: {error.message}", field="file", remedy=error.remedy) from None
    if money.amount_minor < 0:
        raise OpeningMalformed(
            f"Balance {number} is negative; each is given positive on its normal side.", field="file"
        )
    return OpeningBalance(fund, AccountCode(account), money)
