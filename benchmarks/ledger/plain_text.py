"""The same books read by the programs beancount and hledger: how long they take, and that they arrive at our balances.

write      `reparations ledger export`: the transfers and, at the end, the balances the database keeps, as assertions
check      the program adds the transfers up and compares; it ends with 0 only if every balance agrees
altered    the same text with one amount a cent higher on both sides: the program must refuse it
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.ledger.engines import engines, open_fund
from reparations.calendar import utc_now
from reparations.ledger import postings, service
from reparations.ledger.postings import Movement
from reparations.ledger.queries.plain_text import stream_plain_text
from reparations.ledger.rules.plain_text import TextFormat
from reparations.money import Money

if TYPE_CHECKING:
    import argparse

    from reparations.db import Database

_CHUNK = 5_000
_CURRENCY = "USD"
_CHECKS = {
    TextFormat.BEANCOUNT: [str(Path(sys.executable).parent / "bean-check"), "--no-cache"],
    TextFormat.HLEDGER: [shutil.which("hledger") or "hledger", "check", "--strict", "-f"],
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """How long the books are."""
    parser.add_argument("--entries", type=int, default=20_000, help="transfers the other programs read")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Post, write, have it checked; seconds by engine and program.

    Raises:
        AssertionError: a program does not agree with the books, or agrees with altered ones.
    """
    found: dict[str, Any] = {}
    for name, opened in engines().items():
        with opened() as database, tempfile.TemporaryDirectory() as folder:
            _fill(database, options.entries)
            found[name] = {each.value: _read(database, each, Path(folder)) for each in TextFormat}
    return {"entries": options.entries, "engines": found}


def written(found: dict[str, Any]) -> str:
    """One line an engine and program."""
    lines = [f"{found['entries']:,} transfers of different amounts, and those that opened the fund"]
    for name, programs in found["engines"].items():
        lines += [
            f"{name:<12}{program:<11}written in {times['write_s']:.1f} s, read and agreed in {times['check_s']:.1f} s;"
            " a cent more is refused"
            for program, times in programs.items()
        ]
    return "\n".join(lines)


def _fill(database: Database, entries: int) -> None:
    amounts = {f"pay_{number}": 10_000 + number for number in range(entries)}
    fund_id = open_fund(database, reserved=Money(sum(amounts.values()), _CURRENCY))
    names = list(amounts)
    for first in range(0, entries, _CHUNK):
        now = utc_now()
        chunk = {name: amounts[name] for name in names[first : first + _CHUNK]}
        with database.transaction() as session:
            service.post_batch(
                session,
                entry_id=f"batch-b-dispatched-{first}",
                movement=Movement.DISPATCHED,
                fund_id=fund_id,
                currency=_CURRENCY,
                amounts=postings.payments_dispatched(chunk),
                occurred_on=now.date(),
                at=now,
            )


def _read(database: Database, text_format: TextFormat, folder: Path) -> dict[str, float]:
    path = folder / f"books.{text_format}"
    started = time.perf_counter()
    with database.reading() as session, path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in stream_plain_text(session, text_format))
    wrote = time.perf_counter()
    _agree(text_format, path)
    checked = time.perf_counter()
    text = path.read_text(encoding="utf-8")
    altered = text.replace("  100.07 ", "  100.08 ").replace("  -100.07 ", "  -100.08 ")
    path.write_text(altered, encoding="utf-8")
    if altered == text or _check(text_format, path) == 0:
        message = f"{text_format} accepted books that were altered"
        raise AssertionError(message)
    return {"write_s": wrote - started, "check_s": checked - wrote}


def _agree(text_format: TextFormat, path: Path) -> None:
    if _check(text_format, path) != 0:
        message = f"{text_format} does not agree with the books"
        raise AssertionError(message)


def _check(text_format: TextFormat, path: Path) -> int:
    command = [*_CHECKS[text_format], str(path)]
    return subprocess.run(command, check=False, capture_output=True).returncode  # noqa: S603 two programs of the tests
