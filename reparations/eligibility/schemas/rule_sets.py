"""Rule sets as they are sent and shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import ConfigDict, Field

from reparations.eligibility.language import RuleSet
from reparations.eligibility.models import PublishedRuleSet
from reparations.eligibility.schemas.fields import MAX_FILE
from reparations.http import Body


class RuleSetIn(Body):
    """The three files of a version, as text, byte for byte."""

    # A file is hashed as it was signed, so nothing is stripped from it.
    model_config = ConfigDict(str_strip_whitespace=False, str_max_length=MAX_FILE)

    rules: str = Field(min_length=1, description="Text of rules.yaml; docs/writing-rules.md teaches the language.")
    facts: str = Field(min_length=1, description="Text of facts.yaml.")
    examples: str = Field(min_length=1, description="Text of examples.yaml; every example must come out as it says.")
    in_force_from: date


class CriterionView(Body):
    """A criterion with its source."""

    code: str
    title: str
    cite: str


class RuleSetView(Body):
    """A published version of a programme's rules."""

    id: str
    scheme: str
    version: int
    status: str = Field(description="`illustrative` until somebody has compared the file with its primary text.")
    title: str
    authority: str
    ast_sha256: str = Field(description="Identity: hash of what the text means.")
    file_sha256: str = Field(description="Hash of the file as it was published.")
    in_force_from: date
    published_at: datetime
    criteria: list[CriterionView]
    warnings: list[str]

    @classmethod
    def of(cls, published: PublishedRuleSet, rule_set: RuleSet) -> Self:
        """Show a rule set."""
        return cls(
            id=published.id,
            scheme=published.scheme,
            version=published.version,
            status=rule_set.status,
            title=rule_set.title,
            authority=rule_set.authority,
            ast_sha256=published.ast_sha256,
            file_sha256=published.file_sha256,
            in_force_from=published.in_force_from,
            published_at=published.published_at,
            criteria=[CriterionView(code=one.code, title=one.title, cite=one.cite) for one in rule_set.criteria],
            warnings=list(rule_set.warnings),
        )


class RuleSetFiles(Body):
    """The files a rule set was published from."""

    model_config = ConfigDict(str_strip_whitespace=False, str_max_length=MAX_FILE)

    rules: str
    facts: str
    examples: str

    @classmethod
    def of(cls, published: PublishedRuleSet) -> Self:
        """Show the files."""
        return cls(rules=published.source, facts=published.facts_schema, examples=published.examples)
