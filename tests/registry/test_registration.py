"""Registering claims."""

from __future__ import annotations

from sqlmodel import Session

from tests.factories.registry import make_claim, make_programme


def test_references_run_without_gaps(session: Session) -> None:
    programme = make_programme(session, code="KAT")

    references = [make_claim(session, programme=programme).reference for _ in range(3)]

    assert references == ["KAT-0001", "KAT-0002", "KAT-0003"]
