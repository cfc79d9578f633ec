"""Rounds as they are asked for and shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any, Literal, Self, TypeAlias

from fastapi import Path
from pydantic import Field, StringConstraints

from reparations.eligibility.models import OmissionReason, PaymentRound, RoundReason, RoundStatus, TermsSource
from reparations.eligibility.queries.rounds import FundPart, LineView, Obligations, RoundProgress
from reparations.eligibility.rules.rounds import (
    ByDate,
    ByPriority,
    EqualOrLess,
    IfShort,
    Instalments,
    Method,
    PerHead,
    Phase,
    ProRata,
    Reserve,
    ReserveAt,
    Threshold,
    ToldLine,
    Unspent,
    explain_line,
    read_level,
    read_quotas,
    read_terms,
    read_unspent,
    tell_unspent,
)
from reparations.eligibility.schemas.awards import WaitingView
from reparations.eligibility.schemas.fields import PRINTABLE, After, MoneyView
from reparations.eligibility.service import MAX_AWARDS, MAX_PART, AskedRound, CarriedOut, Declared, PoolPart
from reparations.http import Body
from reparations.money import Money

MAX_FUNDS = 20
MAX_PHASES = 24
MAX_STREAMS = 50

Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}(\.[0-9]{1,4})?$"), Field(examples=["2500.00"])]
Ratio = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,9}/[1-9][0-9]{0,8}$"), Field(examples=["19/100"], description="A ratio.")
]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)]
FundCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9_-]{1,39}$")]
RoundNumber = Annotated[int, Path(ge=1, le=100_000, description="Number of a round of the programme.")]


def _minor(amount: str | None, currency: str) -> int | None:
    return None if amount is None else Money.parse(amount, currency).amount_minor


def _sure_minor(amount: str, currency: str) -> int:
    return Money.parse(amount, currency).amount_minor


class RulesIn(Body):
    """As the payment block of the rules in force says, which also gives the citation."""

    kind: Literal["rules"]
    instalment: int = Field(default=1, ge=1, le=24, description="Up to which of the declared instalments.")
    pot: Amount | None = Field(default=None, description="The whole pot, where it is divided by the number of people.")


class ProRataIn(Body):
    """Every award up to one quota."""

    kind: Literal["pro_rata"]
    at_most: Ratio = "1/1"
    stream_pools: dict[Name, Amount] = Field(default_factory=dict, max_length=MAX_STREAMS)

    def read(self, currency: str) -> Method:
        """Return the method."""
        pools = {name: _sure_minor(amount, currency) for name, amount in self.stream_pools.items()}
        return ProRata(Fraction(self.at_most), pools)


class ThresholdIn(Body):
    """Awards up to an amount in full, one quota of the others."""

    kind: Literal["threshold"]
    threshold: Amount
    at_most: Ratio = "1/1"

    def read(self, currency: str) -> Method:
        """Return the method."""
        return Threshold(_sure_minor(self.threshold, currency), Fraction(self.at_most))


class PhaseIn(Body):
    """An equal amount to each, or what is open if less."""

    at_most: Amount
    streams: list[Name] = Field(default_factory=list, max_length=MAX_STREAMS)


class EqualOrLessIn(Body):
    """Equal amounts, phase by phase."""

    kind: Literal["equal_or_less"]
    phases: Annotated[list[PhaseIn], Field(min_length=1, max_length=MAX_PHASES)]
    then_pro_rata: bool = False

    def read(self, currency: str) -> Method:
        """Return the method."""
        phases = tuple(Phase(_sure_minor(one.at_most, currency), tuple(one.streams)) for one in self.phases)
        return EqualOrLess(phases, self.then_pro_rata)


class ByPriorityIn(Body):
    """The highest score of the rules' priority first."""

    kind: Literal["by_priority"]
    at_least_points: int | None = Field(default=None, ge=0, le=1_000_000)
    at_most: Amount | None = None
    last_in_part: bool = False
    ties: list[Name] = Field(default_factory=list, max_length=4, description="Date facts that order equal scores.")

    def read(self, currency: str) -> Method:
        """Return the method."""
        return ByPriority(self.at_least_points, _minor(self.at_most, currency), self.last_in_part)


class ByDateIn(Body):
    """The earliest day first, of the violation or of birth."""

    kind: Literal["by_date"]
    of: Annotated[list[Name], Field(min_length=1, max_length=4, description="Date facts, the first deciding.")]
    at_most: Amount | None = None
    last_in_part: bool = False

    def read(self, currency: str) -> Method:
        """Return the method."""
        return ByDate(_minor(self.at_most, currency), self.last_in_part)


class InstalmentsIn(Body):
    """Every award up to a rate of it."""

    kind: Literal["instalments"]
    up_to: Ratio | None = Field(default=None, description="Of every stream that `by_stream` does not name.")
    by_stream: dict[Name, Ratio] = Field(default_factory=dict, max_length=MAX_STREAMS)
    if_short: IfShort = IfShort.WAIT
    only_when_all_decided: bool = False

    def read(self, currency: str) -> Method:  # noqa: ARG002 every method is read alike
        """Return the method."""
        rates = {name: Fraction(rate) for name, rate in self.by_stream.items()}
        if self.up_to is not None:
            rates[""] = Fraction(self.up_to)
        return Instalments(rates, self.if_short, self.only_when_all_decided)


class PerHeadIn(Body):
    """A pot divided by the number of claimants there can still be."""

    kind: Literal["per_head"]
    pot: Amount = Field(description="The whole pot over all rounds.")
    at_most: Amount | None = None
    multiple_of: Amount | None = None

    def read(self, currency: str) -> Method:
        """Return the method."""
        multiple = 1 if self.multiple_of is None else _sure_minor(self.multiple_of, currency)
        return PerHead(_sure_minor(self.pot, currency), _minor(self.at_most, currency), multiple)


StatedMethod: TypeAlias = ProRataIn | ThresholdIn | EqualOrLessIn | ByPriorityIn | ByDateIn | InstalmentsIn | PerHeadIn
MethodIn = Annotated[RulesIn | StatedMethod, Field(discriminator="kind")]


class ReserveIn(Body):
    """What is kept back for claims that are not decided yet."""

    per_claim: Amount = Field(description="The most that one undecided claim could be awarded.")
    at: ReserveAt = ReserveAt.FULL

    def read(self, currency: str) -> Reserve:
        """Return the reserve."""
        return Reserve(_sure_minor(self.per_claim, currency), self.at)


class PoolPartIn(Body):
    """What one fund is asked to put in."""

    fund_code: FundCode
    amount: Amount


class RoundIn(Body):
    """A round to compute and propose."""

    method: MethodIn
    citation: Words | None = Field(default=None, description="Needed where the rules do not give the method.")
    pool: Annotated[list[PoolPartIn], Field(min_length=1, max_length=MAX_FUNDS)]
    stream: Name | None = Field(default=None, description="Only claims of this stream of the rules.")
    reserve: ReserveIn | None = None
    group_cap: Amount | None = Field(default=None, description="Most that one case gets; absent: as the rules.")
    cut_off_on: date | None = Field(default=None, description="Decisions up to this day count; absent: today.")

    def read(self, currency: str, *, today: date) -> AskedRound:
        """Return what is asked, with amounts in minor units of `currency`."""
        method = self.method
        return AskedRound(
            method=Declared(method.instalment, _minor(method.pot, currency))
            if isinstance(method, RulesIn)
            else method.read(currency),
            pool=[PoolPart(part.fund_code, Money.parse(part.amount, currency)) for part in self.pool],
            cut_off_on=self.cut_off_on or today,
            citation=self.citation,
            reserve=self.reserve.read(currency) if self.reserve else None,
            group_cap_minor=_minor(self.group_cap, currency),
            stream=self.stream,
            queue_days=tuple(method.of if isinstance(method, ByDateIn) else ())
            + tuple(method.ties if isinstance(method, ByPriorityIn) else ()),
        )


class PartIn(Body):
    """How many lines to carry out now."""

    limit: int = Field(default=MAX_PART, ge=1, le=MAX_PART)


class ArrangeIn(Body):
    """One chunk of what rounds have funded and nobody is to get yet."""

    after: After | None = Field(default=None, description="`next` of the chunk before.")
    limit: int = Field(default=MAX_AWARDS, ge=1, le=MAX_AWARDS)


class RoundFundOut(Body):
    """What a fund puts in."""

    fund: str
    asked: MoneyView
    cash: MoneyView = Field(description="What it had to spare of that.")
    allotted: MoneyView


class QuotaOut(Body):
    """The ratio at which awards are met after the round."""

    stream: str
    ratio: str
    percent: str
    claims: int


class UnspentOut(Body):
    """A part of the pool that is not paid out, and why."""

    why: Unspent
    amount: MoneyView
    text: str


class ProgressOut(Body):
    """How far a round has come."""

    to_part: int
    parted: int
    omitted: int
    omitted_amount: MoneyView
    unarranged: int = Field(description="Awards whose part is funded and waits for heirs.")


class RoundOut(Body):
    """A round: what it was computed from, what came out, and how far it has come."""

    id: str
    number: int
    status: RoundStatus
    terms: dict[str, Any]
    terms_source: TermsSource
    citation: str
    cut_off_on: date
    pool: MoneyView
    cash: MoneyView
    allotted: MoneyView
    lines: int
    undecided: int
    seed: str = Field(description="Decides ties: the lowest sha256 of it, a line feed and the claim's id.")
    funds: list[RoundFundOut]
    quotas: list[QuotaOut]
    level: MoneyView | None
    unspent: list[UnspentOut]
    inputs_sha256: str
    result_sha256: str
    proposed_at: datetime
    confirmed_at: datetime | None
    withdrawn_at: datetime | None
    completed_at: datetime | None
    progress: ProgressOut | None

    @classmethod
    def of(cls, row: PaymentRound, funds: Sequence[FundPart], progress: RoundProgress | None = None) -> Self:
        """Show a round."""

        def money(minor: int) -> MoneyView:
            return MoneyView.of(Money(minor, row.currency))

        return cls(
            id=row.id,
            number=row.number,
            status=RoundStatus(row.status),
            terms=json.loads(row.terms),
            terms_source=TermsSource(row.terms_source),
            citation=row.citation,
            cut_off_on=row.cut_off_on,
            pool=money(row.pool_minor),
            cash=money(row.cash_minor),
            allotted=money(row.allotted_minor),
            lines=row.lines,
            undecided=row.undecided,
            seed=row.seed,
            funds=[
                RoundFundOut(
                    fund=part.code,
                    asked=money(part.row.asked_minor),
                    cash=money(part.row.cash_minor),
                    allotted=money(part.row.allotted_minor),
                )
                for part in funds
            ],
            quotas=[
                QuotaOut(stream=name, ratio=str(quota.ratio), percent=quota.percent, claims=quota.claims)
                for name, quota in sorted(read_quotas(row.outcome).items())
            ],
            level=MoneyView.maybe(read_level(row.outcome), row.currency),
            unspent=[
                UnspentOut(why=why, amount=money(amount), text=tell_unspent(why))
                for why, amount in sorted(read_unspent(row.outcome).items())
            ],
            inputs_sha256=row.inputs_sha256.hex(),
            result_sha256=row.result_sha256.hex(),
            proposed_at=row.proposed_at,
            confirmed_at=row.confirmed_at,
            withdrawn_at=row.withdrawn_at,
            completed_at=row.completed_at,
            progress=None
            if progress is None
            else ProgressOut(
                to_part=progress.to_part,
                parted=progress.parted,
                omitted=progress.omitted,
                omitted_amount=money(progress.omitted_minor),
                unarranged=progress.unarranged,
            ),
        )


class RoundLineOut(Body):
    """What a round gives one claim, and why."""

    reference: str
    entitled: MoneyView
    before: MoneyView
    allotted: MoneyView
    still_open: MoneyView
    reason: RoundReason
    text: str
    place: int | None
    stream: str
    points: int
    case_id: str = Field(description="Claims of one case count together under a cap, and are one unit.")
    capped: bool
    omitted: OmissionReason | None = Field(description="Why the line was not carried out, if it was not.")

    @classmethod
    def of(cls, view: LineView, row: PaymentRound) -> Self:
        """Show a line of a round."""
        line, quotas, level_minor = view.line, read_quotas(row.outcome), read_level(row.outcome)
        left = line.entitled_minor - line.before_minor - line.allotted_minor
        told = ToldLine(
            entitled_minor=line.entitled_minor,
            before_minor=line.before_minor,
            now_minor=line.allotted_minor,
            reason=RoundReason(line.reason),
            place=line.place,
            stream=line.stream,
            capped=line.capped,
            together=read_terms(row.terms).terms.unit_paid_together,
        )
        return cls(
            reference=view.reference,
            entitled=MoneyView.of(Money(line.entitled_minor, row.currency)),
            before=MoneyView.of(Money(line.before_minor, row.currency)),
            allotted=MoneyView.of(Money(line.allotted_minor, row.currency)),
            still_open=MoneyView.of(Money(left, row.currency)),
            reason=told.reason,
            text=explain_line(told, quotas=quotas, level_minor=level_minor, currency=row.currency),
            place=line.place,
            stream=line.stream,
            points=line.points,
            case_id=line.case_id,
            capped=line.capped,
            omitted=OmissionReason(view.omission.reason) if view.omission else None,
        )


class CarriedOutOut(Body):
    """What one part of carrying a round out did."""

    status: RoundStatus
    lines: int
    awards: int
    instalments: int
    omitted: int
    funded: MoneyView
    waiting: list[WaitingView]

    @classmethod
    def of(cls, done: CarriedOut) -> Self:
        """Show what was done."""
        return cls(
            status=RoundStatus(done.round.status),
            lines=done.lines,
            awards=done.awards,
            instalments=len(done.instalments),
            omitted=len(done.omissions),
            funded=MoneyView.of(Money(done.funded_minor, done.round.currency)),
            waiting=[WaitingView(reference=reference, why=why) for reference, why in done.waiting],
        )


class ObligationsOut(Body):
    """What a programme owes on individual awards: decided, funded, and decided without funds yet."""

    decided: MoneyView
    funded: MoneyView
    unfunded: MoneyView

    @classmethod
    def of(cls, owed: Obligations, currency: str) -> Self:
        """Show what is owed."""
        return cls(
            decided=MoneyView.of(Money(owed.decided_minor, currency)),
            funded=MoneyView.of(Money(owed.funded_minor, currency)),
            unfunded=MoneyView.of(Money(owed.unfunded_minor, currency)),
        )
