"""What the example is about: `examples/katanga/programme.yaml`, read and checked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from reparations.errors import Misconfigured
from reparations.money import Money
from reparations.principal import Role

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "katanga"
RULES = ROOT / "rules" / "icc-katanga"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Programme(_Part):
    """The programme and its authority."""

    code: str
    title: str
    authority: str
    currency: str


class ExampleOffice(_Part):
    """An office of the fund."""

    code: str
    name: str


class ExampleOfficer(_Part):
    """An invented officer."""

    username: str
    office: str
    roles: list[Role]


class ExampleFund(_Part):
    """A fund and what it may pay for."""

    code: str
    title: str
    forms: list[str]
    citation: str


class ExampleDonor(_Part):
    """A donor, by code."""

    code: str
    title: str
    kind: str


class Gift(_Part):
    """A pledge that was paid in full."""

    reference: str
    donor: str
    fund: str
    amount: str
    pledged_on: date
    received_on: date


class CollectiveLine(_Part):
    """One line of the collective award."""

    code: str
    title: str
    amount: str


class Expected(_Part):
    """The published figures the walk must arrive at."""

    eligible_victims: int
    individual: str
    collective: str
    unallocated: str


class Figures(_Part):
    """The whole example."""

    programme: Programme
    offices: list[ExampleOffice]
    officers: list[ExampleOfficer]
    funds: list[ExampleFund]
    donors: list[ExampleDonor]
    gifts: list[Gift]
    collective: list[CollectiveLine]
    expected: Expected

    def money(self, amount: str) -> Money:
        """Read an amount in the programme's currency."""
        return Money.parse(amount, self.programme.currency)


ADMINISTRATOR = "security"
"""User name of the first administrator, made on the command line."""
DEMO_PASSWORD = "only-for-the-demonstration"  # noqa: S105 the invented officers' password, in a demonstration and nowhere else


def load_figures() -> Figures:
    """Read the example's figures.

    Raises:
        Misconfigured: the example was not shipped with this installation.
    """
    path = FOLDER / "programme.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = "The example is not part of this installation."
        raise Misconfigured(message, remedy="Run it from a checkout of the source.") from None
    return Figures.model_validate(yaml.safe_load(text))
