"""What docs/payments.md promises is what the code knows."""

from __future__ import annotations

import re

from reparations.payments.api import router
from reparations.payments.models import PaymentStatus
from reparations.payments.rules import LeftOutReason
from tests.house.tree import ROOT

PAGE = (ROOT / "docs/payments.md").read_text("utf-8")


def test_every_reason_to_leave_an_instalment_out_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)(?::…)?`", PAGE.partition("## What is left out")[2].partition("\n## ")[0]))

    assert {reason.value for reason in LeftOutReason} <= explained


def test_every_state_is_explained() -> None:
    states = PAGE.partition("## The states of a payment")[2].partition("\n## ")[0]

    assert [status for status in PaymentStatus if status.value not in states] == []


def test_every_route_named_exists() -> None:
    served = {
        (method, re.sub(r"\{\w+\}", "{}", route.path))
        for route in router.routes
        for method in getattr(route, "methods", ())
        if hasattr(route, "path")
    }

    named = {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in re.findall(r"`(GET|POST) ([^`]+)`", PAGE)}
    assert named
    assert named <= served
