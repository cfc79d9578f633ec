"""Claims assessed and stored, with codes, hashes and events, as `reparations eligibility evaluate` does.

The claims of the population are put into a migrated database first, each with a person, a key and sealed facts of its
own; that is not timed.  Timed is the whole deed, a transaction a chunk: reading, opening, evaluating, storing, logging;
and of it the time spent in what stores: the inserts, with every constraint and trigger, and the commits.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine, event, insert
from sqlmodel import Session, col, select

from benchmarks.eligibility import ours
from benchmarks.eligibility.population import Arrays
from benchmarks.eligibility.programme import CRITERIA, FACTS, RULES
from benchmarks.ledger.engines import engines
from reparations.access.models import Office, StaffPerson
from reparations.calendar import utc_now
from reparations.db import Database
from reparations.eligibility import service
from reparations.eligibility.language import decode_codes
from reparations.eligibility.language.nodes import Kind
from reparations.eligibility.models import Assessment, PublishedRuleSet
from reparations.principal import SYSTEM
from reparations.registry.models import Claim, FactsRevision, Party, Programme, VictimCase
from reparations.registry.queries import get_programme
from reparations.vault import Keyring, SubjectVault
from reparations.vault.models import SubjectKey

CODE = "MEASURED"
CHUNK = 10_000
BLANK = bytes(32)


def measure(claims: Arrays, expected: Arrays, count: int) -> dict[str, dict[str, float]]:
    """Store the first `count` claims on each engine and compare every row with the oracle; figures by engine.

    Raises:
        AssertionError: what was stored is not what the oracle says.
    """
    found: dict[str, dict[str, float]] = {}
    for name, opened in engines().items():
        with tempfile.TemporaryDirectory() as folder, opened() as database:
            keyring = Keyring.create(Path(folder) / "keys")
            database.keyring = keyring
            started = time.perf_counter()
            _prepare(database)
            for first in range(0, count, CHUNK):
                _register(database, keyring, claims, range(first, min(first + CHUNK, count)))
            prepared = time.perf_counter() - started
            found[name] = _assess(database, count) | {"preparing_s": prepared}
            _compare(database, expected, count)
    return found


def _prepare(database: Database) -> None:
    now, rule_set = utc_now(), ours.rule_set()
    with database.transaction() as session:
        session.add_all([Office(id="off_b", code="BENCH", name="Benchmark"), _person(now)])
        session.flush()
        session.add(
            Programme(
                id="prg_b", code=CODE, title="x", authority="x", currency="EUR", created_by="psn_b", created_at=now
            )
        )
        session.flush()
        session.add(
            PublishedRuleSet(
                id="rul_b",
                programme_id="prg_b",
                scheme=rule_set.name,
                version=rule_set.version,
                ast_sha256=rule_set.identity,
                file_sha256=rule_set.identity,
                source=RULES,
                facts_schema=FACTS,
                examples="",
                in_force_from=now.date(),
                published_by="psn_b",
                published_at=now,
            )
        )


def _person(now: dt.datetime) -> StaffPerson:
    return StaffPerson(id="psn_b", created_at=now)


def _register(database: Database, keyring: Keyring, claims: Arrays, numbers: range) -> None:
    """Register a chunk of claims by the tables' own columns: the registry would take hours for a million."""
    now = utc_now()
    kek = AESGCM(keyring.kek)
    rows: dict[type[Any], list[dict[str, object]]] = {
        model: [] for model in (SubjectKey, Party, VictimCase, Claim, FactsRevision)
    }
    for number, facts in zip(numbers, _recorded(claims, numbers), strict=True):
        party, claim, case, revision = (f"{kind}_{number:026}" for kind in ("pty", "clm", "cas", "fac"))
        key, nonce = secrets.token_bytes(32), os.urandom(12)
        wrapped = b"\x01" + nonce + kek.encrypt(nonce, key, f"subject_key|wrapped_key|{party}|v1".encode())
        sealed = SubjectVault(key).seal(place=f"facts_revision|facts|{revision}", plaintext=json.dumps(facts))
        own = {"created_at": now}
        rows[SubjectKey].append(
            own | {"subject_id": party, "wrapped_key": wrapped, "blind": BLANK, "kek_id": keyring.kek_id}
        )
        rows[Party].append(
            own
            | {
                "id": party,
                "kind": "person",
                "name_sealed": BLANK,
                "profile_sealed": BLANK,
                "name_index": secrets.token_bytes(16),
                "deceased": False,
                "created_by": "psn_b",
            }
        )
        rows[VictimCase].append(own | {"id": case, "programme_id": "prg_b", "reference": f"C-{number}"})
        rows[Claim].append(
            {
                "id": claim,
                "programme_id": "prg_b",
                "case_id": case,
                "party_id": party,
                "reference": f"{CODE}-{number}",
                "capacity": "direct",
                "office_id": "off_b",
                "status": "open",
                "registered_by": "psn_b",
                "registered_at": now,
                "registration_commitment": BLANK,
            }
        )
        rows[FactsRevision].append(
            {
                "id": revision,
                "claim_id": claim,
                "revision": 1,
                "facts_sealed": sealed,
                "facts_commitment": BLANK,
                "recorded_by": "psn_b",
                "recorded_at": now,
            }
        )
    with database.transaction() as session:
        for model, values in rows.items():
            session.connection().execute(insert(model), values)


def _recorded(claims: Arrays, numbers: range) -> Iterator[dict[str, object]]:
    """Write claims as the registry keeps their facts."""
    schema = ours.rule_set().schema
    kinds = {name: fact.type.kind for name, fact in schema.facts.items()}
    for case in ours.case_facts(claims, numbers.start, numbers.stop):
        facts: dict[str, object] = {
            name: _fact(value, kinds[name]) for name, value in case.values.items() if value is not None
        }
        for name, records in case.lists.items():
            fields = schema.lists[name].fields
            facts[name] = [
                {key: _fact(value, fields[key].type.kind) for key, value in record.items() if value is not None}
                for record in records
            ]
        yield facts


def _fact(value: object, kind: Kind) -> dict[str, object]:
    written = dt.date.fromordinal(value).isoformat() if kind is Kind.DATE and isinstance(value, int) else value
    return {"value": written, "proof": "established"}


def _assess(database: Database, count: int) -> dict[str, float]:
    """Assess the programme chunk by chunk: wall time, time in what stores, memory added after the first chunk."""
    storing = _Stopwatch(database.engine)
    after: str | None = None
    assessed, memory = 0, []
    started, working = time.perf_counter(), time.process_time()
    while True:
        with database.transaction() as session:
            done = service.assess_programme(
                session,
                programme=get_programme(session, CODE),
                after=after,
                limit=CHUNK,
                officer=SYSTEM,
                at=utc_now(),
            )
            committing = time.perf_counter()
        storing.seconds += time.perf_counter() - committing
        assessed += len(done.assessed)
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        after = done.next
        if after is None:
            break
    elapsed = time.perf_counter() - started
    if assessed != count:
        message = f"{assessed} claims were stored, not {count}"
        raise AssertionError(message)
    return {
        "claims": count,
        "seconds": elapsed,
        "claims_a_second": count / elapsed,
        "us_of_processor": (time.process_time() - working) / count * 1e6,
        "storing_s": storing.seconds,
        "stored_a_second": count / storing.seconds,
        "memory_added_mb": memory[-1] - memory[0],
    }


class _Stopwatch:
    """Adds up the time of inserts."""

    def __init__(self, engine: Engine) -> None:
        self.seconds = 0.0
        self.began = 0.0
        event.listen(engine, "before_cursor_execute", self._begin)
        event.listen(engine, "after_cursor_execute", self._end)

    def _begin(self, *_: object) -> None:
        self.began = time.perf_counter()

    def _end(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT"):
            self.seconds += time.perf_counter() - self.began


def _compare(database: Database, expected: Arrays, count: int) -> None:
    """Read every stored row, in the order of the claims, and hold it to the oracle."""
    numbers = {"eligible": 0, "not_eligible": 1, "more_information_needed": 2, "eligible_amount_pending": 3}
    findings = {"not_met": 0, "met": 1, "unknown": 2}
    said: dict[str, list[int]] = {name: [] for name in ("outcome", "amount", *CRITERIA)}
    with database.reading() as session:
        for outcome, amount, codes in _stream(session):
            said["outcome"].append(numbers[outcome])
            said["amount"].append(-1 if amount is None else amount)
            for code, finding in zip(CRITERIA, decode_codes(codes, len(CRITERIA)), strict=True):
                said[code].append(findings[finding.value])
    for name, values in said.items():
        if not np.array_equal(np.array(values), expected[name][:count].astype(np.int64)):
            message = f"what was stored differs from the oracle in {name}"
            raise AssertionError(message)


def _stream(session: Session) -> Sequence[tuple[str, int | None, bytes]] | Any:  # noqa: ANN401 rows of the driver
    wanted = select(Assessment.outcome, Assessment.computed_amount_minor, Assessment.codes)
    return session.execute(wanted.order_by(col(Assessment.claim_id)).execution_options(yield_per=CHUNK))
