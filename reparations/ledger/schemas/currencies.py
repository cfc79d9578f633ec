"""Bodies of requests and answers about rates and exchange."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from reparations.http import Body
from reparations.ledger.models import ExchangeRate, ExchangeStep, StepKind
from reparations.ledger.schemas.values import ULID, Amount, Citation, Currency, MoneyView, Reference
from reparations.money import Money

RateId = Annotated[str, Field(pattern=f"^rte_{ULID}$")]
Source = Annotated[Citation, Field(description="Where anybody can look it up.")]


class NewRate(Body):
    """What one `base` was worth in `quote` on a day, as a source published it."""

    base: Currency
    quote: Currency
    rate: Annotated[
        str,
        StringConstraints(min_length=1, max_length=31, pattern=r"^[0-9./]+$"),
        Field(description="Decimal string or ratio of integers, exact.", examples=["655.957", "655957/1000"]),
    ]
    quoted_on: date
    source: Source
    corrects_id: RateId | None = None


class RateView(Body):
    """A rate."""

    id: str
    base: str
    quote: str
    rate: str = Field(description="Ratio of integers, in lowest terms.", examples=["655957/1000"])
    quoted_on: date
    source: str
    corrects_id: str | None
    recorded_at: datetime

    @classmethod
    def of(cls, rate: ExchangeRate) -> Self:
        """Show a rate."""
        kept = rate.model_dump(exclude={"numerator", "denominator", "recorded_by"})
        return cls(rate=f"{rate.numerator}/{rate.denominator}", **kept)


class AmountBody(Body):
    """An amount of one currency."""

    amount: Amount
    currency: Currency


class NewExchange(Body):
    """What the bank took and gave, by its own amounts."""

    reference: Reference
    sold: AmountBody
    bought: AmountBody
    occurred_on: date
    source: Annotated[Citation, Field(description="The bank's advice.")]
    rate_id: RateId | None = Field(default=None, description="A published rate to keep beside the bank's.")
    measured_in: Currency | None = Field(
        default=None, description="In which of the two gains are measured; what is sold first, if never said."
    )


class NewRevaluation(Body):
    """A position to be carried at a published rate."""

    reference: Reference
    currency: Currency
    measured_in: Currency
    rate_id: RateId
    valued_on: date
    source: Annotated[Citation, Field(description="The instruction to revalue.")]


class StepView(Body):
    """An exchange, a revaluation or the reversal of one, and the position after it."""

    id: str
    fund_id: str
    reference: str
    kind: StepKind
    reverses_id: str | None = Field(description="Of a reversal: the step it takes back.")
    sold: MoneyView | None
    bought: MoneyView | None
    occurred_on: date
    source: str
    rate_id: str | None
    rate: str | None = Field(description="The published rate as it was then.")
    held: MoneyView = Field(description="Bought by exchange and not exchanged back; negative where sold.")
    cost: MoneyView = Field(description="What that cost, by weighted average.")
    gain: MoneyView = Field(description="Realised by an exchange, not realised by a revaluation; negative is a loss.")
    recorded_at: datetime

    @classmethod
    def of(cls, step: ExchangeStep) -> Self:
        """Show a step."""
        other = step.currency_b if step.measured_in == step.currency_a else step.currency_a
        return cls(
            id=step.id,
            fund_id=step.fund_id,
            reference=step.reference,
            kind=StepKind(step.kind),
            reverses_id=step.reverses_id,
            sold=_show(step.sold_minor, step.sold_currency),
            bought=_show(step.bought_minor, step.bought_currency),
            occurred_on=step.occurred_on,
            source=step.source,
            rate_id=step.rate_id,
            rate=None if step.rate_id is None else f"{step.rate_numerator}/{step.rate_denominator}",
            held=MoneyView.of(Money(step.held_minor, other)),
            cost=MoneyView.of(Money(step.cost_minor, step.measured_in)),
            gain=MoneyView.of(Money(step.gain_minor, step.measured_in)),
            recorded_at=step.recorded_at,
        )


def _show(amount_minor: int | None, currency: str | None) -> MoneyView | None:
    return None if amount_minor is None or currency is None else MoneyView.of(Money(amount_minor, currency))
