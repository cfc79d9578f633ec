"""Measure the books: all parts, or those named.

    python -m benchmarks.ledger [batch] [beside] [single] [as_of] [plain_text] [partitions] [--payees N] [--chunk N]
                                [--transfers N] [--entries N] [--as-of-transfers N] [--partitioned-rows N] [--runs N]
                                [--json]

SQLite always, in a temporary folder with the service's own settings (WAL, synchronous FULL).  PostgreSQL too if
`DATABASE_URL` names a server where a database may be made and dropped again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, Protocol

from benchmarks.ledger import as_of, batch, beside, partitions, plain_text, single


class Part(Protocol):
    """What a module of a part has."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of this part, with defaults."""

    def measure(self, options: argparse.Namespace) -> dict[str, Any]:
        """Measure; give what can be written as JSON."""

    def written(self, found: dict[str, Any]) -> str:
        """Write it for people."""


PARTS: dict[str, Part] = {
    "batch": batch,
    "beside": beside,
    "single": single,
    "as_of": as_of,
    "plain_text": plain_text,
    "partitions": partitions,
}


def main() -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="all of them if none is named")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    for part in PARTS.values():
        part.add_options(parser)
    options = parser.parse_args()
    found = {}
    for name in options.part or PARTS:
        found[name] = PARTS[name].measure(options)
        if not options.json:
            sys.stdout.write(f"── {name}\n{PARTS[name].written(found[name])}\n")
            sys.stdout.flush()
    load = [round(average, 2) for average in os.getloadavg()]
    if options.json:
        sys.stdout.write(json.dumps({"parts": found, "load": load, "options": vars(options)}, sort_keys=True) + "\n")
    else:
        sys.stdout.write(f"median of {options.runs} runs (lowest-highest); load of the machine {load}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
