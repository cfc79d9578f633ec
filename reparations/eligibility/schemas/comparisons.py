"""Two versions of a programme's rules side by side, as they are asked for and shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from reparations.eligibility.language import Outcome, RuleSet
from reparations.eligibility.language.comparing import Change, ChangeKind
from reparations.eligibility.language.differing import CounterExample, Said, Search
from reparations.eligibility.schemas.fields import MAX_FILE, ULID, After, MoneyView
from reparations.eligibility.service import MAX_COMPARED, ChangedDecision, Comparing
from reparations.http import Body

RuleSetId = Annotated[str, StringConstraints(pattern=rf"^rul_{ULID}$")]


class DraftIn(Body):
    """Files of a version that need not be published."""

    model_config = ConfigDict(str_strip_whitespace=False, str_max_length=MAX_FILE)

    rules: str = Field(min_length=1, description="Text of rules.yaml.")
    facts: str = Field(min_length=1, description="Text of facts.yaml.")


class VersionsIn(Body):
    """A published version, and another or a draft to hold beside it."""

    base: RuleSetId | None = Field(default=None, description="A published version; by default the one in force today.")
    other: RuleSetId | None = Field(default=None, description="Another published version; or give `draft`.")
    draft: DraftIn | None = None

    @model_validator(mode="after")
    def _one_other(self) -> Self:
        if (self.other is None) == (self.draft is None):
            message = "give either `other` or `draft`"
            raise ValueError(message)
        return self


class ClaimsComparedIn(VersionsIn):
    """Which claims to compare."""

    after: After | None = Field(default=None, description="`next` of the answer before.")
    limit: int = Field(default=500, ge=1, le=MAX_COMPARED)


class VersionView(Body):
    """Which version."""

    scheme: str
    version: int
    status: str
    ast_sha256: str

    @classmethod
    def of(cls, rule_set: RuleSet) -> Self:
        """Show a version."""
        return cls(scheme=rule_set.name, version=rule_set.version, status=rule_set.status, ast_sha256=rule_set.identity)


class LineView(Body):
    """One thing a part says, in words; absent where it says nothing."""

    about: str
    before: str | None
    after: str | None


class ChangeView(Body):
    """One part of the rules that reads otherwise."""

    part: str
    name: str
    kind: ChangeKind
    lines: list[LineView]

    @classmethod
    def of(cls, change: Change) -> Self:
        """Show a change."""
        lines = [LineView(about=line.about, before=line.before, after=line.after) for line in change.lines]
        return cls(part=change.part, name=change.name, kind=change.kind, lines=lines)


class SaidView(Body):
    """What a version says of a claim."""

    outcome: Outcome
    amount: MoneyView | None

    @classmethod
    def of(cls, said: Said, currency: str) -> Self:
        """Show it."""
        return cls(outcome=said.outcome, amount=MoneyView.maybe(said.amount_minor, currency))


class CounterExampleView(Body):
    """An invented claim that comes out otherwise."""

    facts: dict[str, Any]
    before: SaidView
    after: SaidView
    follows: list[str] = Field(description="What else follows differently: shares, benefits, instalments.")

    @classmethod
    def of(cls, example: CounterExample, old: RuleSet, new: RuleSet) -> Self:
        """Show one."""
        return cls(
            facts=dict(example.facts),
            before=SaidView.of(example.before, old.currency),
            after=SaidView.of(example.after, new.currency),
            follows=list(example.follows),
        )


class ComparisonOut(Body):
    """How two versions differ."""

    base: VersionView
    other: VersionView
    changes: list[ChangeView]
    tried: int = Field(description="Invented claims tried. That none comes out otherwise proves nothing.")
    differing: int
    examples: list[CounterExampleView]

    @classmethod
    def of(cls, base: RuleSet, other: RuleSet, *, changes: Sequence[Change], search: Search) -> Self:
        """Show a comparison."""
        return cls(
            base=VersionView.of(base),
            other=VersionView.of(other),
            changes=[ChangeView.of(change) for change in changes],
            tried=search.tried,
            differing=search.differing,
            examples=[CounterExampleView.of(example, base, other) for example in search.examples],
        )


class ChangedClaim(Body):
    """A claim of the registry that comes out otherwise."""

    reference: str
    before: SaidView
    after: SaidView
    decided: str | None = Field(description="Outcome of the decision that stands, if one does.")

    @classmethod
    def of(cls, changed: ChangedDecision, base: RuleSet, other: RuleSet) -> Self:
        """Show one."""
        return cls(
            reference=changed.reference,
            before=SaidView.of(changed.before, base.currency),
            after=SaidView.of(changed.after, other.currency),
            decided=changed.decision.outcome if changed.decision else None,
        )


class ClaimsComparedOut(Body):
    """What one chunk of claims comes to."""

    event_seq: int = Field(description="Number of the event that says you looked.")
    compared: int
    changed: list[ChangedClaim]
    next: str | None = Field(description="Send it as `after`; absent after the last claim.")

    @classmethod
    def of(cls, done: Comparing, base: RuleSet, other: RuleSet, *, event_seq: int) -> Self:
        """Show a chunk."""
        return cls(
            event_seq=event_seq,
            compared=done.compared,
            changed=[ChangedClaim.of(one, base, other) for one in done.changed],
            next=done.next,
        )
