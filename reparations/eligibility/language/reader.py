"""From the two files of a programme to a checked `RuleSet`."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from reparations.eligibility.language import checks
from reparations.eligibility.language.award_reader import read_election, read_offset, read_step
from reparations.eligibility.language.canonical import identify
from reparations.eligibility.language.conditions import CONDITION_PARTS, read_condition
from reparations.eligibility.language.declarations import read_declarations
from reparations.eligibility.language.document import (
    Document,
    Section,
    check_keys,
    read_document,
    require_listing,
    require_section,
    require_words,
)
from reparations.eligibility.language.errors import Fault, Problems
from reparations.eligibility.language.expressions import Scope
from reparations.eligibility.language.nodes import MONEY, TRUTH
from reparations.eligibility.language.rule_set import (
    LANGUAGE_VERSION,
    MAX_CRITERIA,
    Appeal,
    AwardStep,
    Criterion,
    Pays,
    Presumption,
    ProofLevel,
    ProofStandard,
    Route,
    RuleSet,
)
from reparations.eligibility.language.schema import FactSchema, load_schema
from reparations.eligibility.language.terms import Terms, read_terms

if TYPE_CHECKING:
    from reparations.eligibility.language.entitlement import Election, Offset

_REQUIRED = (
    "rule_set",
    "version",
    "language",
    "title",
    "status",
    "authority",
    "currency",
    "proof_standard",
    "criteria",
    "award",
    "appeal",
)
_OPTIONAL = (
    "note",
    "birthdays_of_29_february",
    "sets",
    "periods",
    "parameters",
    "tables",
    "presumptions",
    "routes",
    "elections",
    "offsets",
    "unit",
    "caps",
    "shares",
    "collective",
    "benefits",
    "priority",
    "payment",
)
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_MAX_APPEAL_DAYS = 3_650
STATUSES = ("illustrative", "in_force")


def load_rule_set(rules: str, facts: str, *, rules_file: str = "rules.yaml", facts_file: str = "facts.yaml") -> RuleSet:
    """Read, type-check and statically check a rule set with its fact schema.

    Raises:
        RuleFileRefused: with every problem found, each with file, line, column and remedy.
    """
    schema = load_schema(facts, facts_file)
    document = read_document(rules, rules_file)
    return _RulesReader(document, rules, schema).read()


class _RulesReader:
    """Reads the parts of a rule file in the order in which they may refer to one another."""

    def __init__(self, document: Section, source: str, schema: FactSchema) -> None:
        self.document = document
        self.source = source
        self.problems = Problems()
        self.scope = Scope(schema, currency="")
        self.presumptions: list[Presumption] = []
        self.criteria: list[Criterion] = []
        self.routes: list[Route] = []
        self.award: list[AwardStep] = []
        self.elections: list[Election] = []
        self.offsets: dict[str, Offset] = {}

    def read(self) -> RuleSet:
        with self.problems.collecting():
            check_keys(self.document, "A rule set", required=_REQUIRED, optional=_OPTIONAL)
        self.problems.raise_if_any()
        read_declarations(self.document, self.scope, self.problems)
        for name, section in self._part("presumptions"):
            with self.problems.collecting():
                self._presumption(name, require_section(section, f"The presumption «{name}»"))
        for code, section in self._part("criteria"):
            with self.problems.collecting():
                self._criterion(code, require_section(section, f"The criterion «{code}»"))
        for code, section in self._part("routes"):
            with self.problems.collecting():
                self._route(code, require_section(section, f"The route «{code}»"))
        for name, section in self._part("elections"):
            with self.problems.collecting():
                self.elections.append(read_election(name, require_section(section, f"«{name}»"), self.scope))
        for name, section in self._part("offsets"):
            with self.problems.collecting():
                self.offsets[name] = read_offset(name, require_section(section, f"«{name}»"), self.scope)
        with self.problems.collecting():
            for item in require_listing(self.document.entries["award"], "«award»").items:
                with self.problems.collecting():
                    step = read_step(require_section(item, "A step of the award"), self.scope, self.offsets)
                    self.award.append(step)
        terms = read_terms(self.document, self.scope, self.problems)
        return self._finish(terms)

    def _part(self, name: str) -> list[tuple[str, Document]]:
        parts: list[tuple[str, Document]] = []
        if name in self.document.entries:
            with self.problems.collecting():
                parts = list(require_section(self.document.entries[name], f"«{name}»").entries.items())
        return parts

    def _words(self, section: Section, key: str, what: str) -> str:
        return require_words(section.entries[key], f"{what}, {key}").text.strip()

    def _presumption(self, name: str, section: Section) -> None:
        what = f"The presumption «{name}»"
        check_keys(section, what, required=("cite", "fact"), optional=(*CONDITION_PARTS, "note"))
        fact = require_words(section.entries["fact"], f"{what}, fact")
        declared = self.scope.schema.facts.get(fact.text)
        if declared is None or declared.type != TRUTH:
            message = f"{what}: «{fact.text}» is not a declared yes/no fact."
            raise Fault("unknown_name", fact.at, message, "A presumption supplies one yes/no fact.")
        if fact.text in self.scope.presumptions:
            message = f"{what}: «{fact.text}» is presumed already."
            raise Fault("second_presumption", fact.at, message, "Join the two with any:.")
        when = read_condition(section, what, self.scope)
        self.scope.presumptions[fact.text] = when
        self.presumptions.append(Presumption(name, self._words(section, "cite", what), fact.text, when))

    def _criterion(self, code: str, section: Section) -> None:
        what = f"The criterion «{code}»"
        if not _CODE.fullmatch(code) or len(self.criteria) >= MAX_CRITERIA:
            message = f"{what} has no usable code, or there are more than {MAX_CRITERIA} criteria."
            raise Fault("bad_code", section.at, message, "Use capitals, digits and underscores, such as PLACE.")
        optional = (*CONDITION_PARTS, "ask", "deadline_authority", "proof", "note")
        check_keys(section, what, required=("title", "cite"), optional=optional)
        self.scope.presume = True
        try:
            condition = read_condition(section, what, self.scope)
        finally:
            self.scope.presume = False
        criterion = Criterion(
            code,
            self._words(section, "title", what),
            self._words(section, "cite", what),
            condition,
            ask=self._words(section, "ask", what) if "ask" in section.entries else None,
            deadline_authority=(
                self._words(section, "deadline_authority", what) if "deadline_authority" in section.entries else None
            ),
            proof=self._level(section, "proof") if "proof" in section.entries else None,
        )
        checks.check_criterion(criterion, self.scope, section.at)
        self.criteria.append(criterion)

    def _route(self, code: str, section: Section) -> None:
        what = f"The route «{code}»"
        check_keys(section, what, required=("title", "cite", "all"), optional=("open_to", "pays", "note"))
        known = [code for code, _ in self._part("criteria")]  # a faulty one too: it has been told of already
        codes = [require_words(item, f"{what}, all") for item in require_listing(section.entries["all"], what).items]
        for words in codes:
            if words.text not in known:
                message = f"{what}: there is no criterion «{words.text}»."
                raise Fault("unknown_name", words.at, message, f"Criteria: {', '.join(known) or 'none'}.")
        if not codes:
            raise Fault("empty_route", section.at, f"{what} has no criterion.", "Name at least one under all:.")
        pays = Pays.AWARD
        if "pays" in section.entries:
            words = require_words(section.entries["pays"], f"{what}, pays")
            if words.text not in set(Pays):
                raise Fault(
                    "unknown_value", words.at, f"{what} cannot pay «{words.text}».", f"One of: {', '.join(Pays)}."
                )
            pays = Pays(words.text)
        open_to = None
        if "open_to" in section.entries:
            open_to = self.scope.condition(require_words(section.entries["open_to"], f"{what}, open_to"))
            checks.check_no_deadline(open_to, self.scope, section.at, what)
        title, cite = self._words(section, "title", what), self._words(section, "cite", what)
        self.routes.append(Route(code, title, cite, tuple(words.text for words in codes), pays, open_to))

    def _proof(self) -> ProofStandard:
        section = require_section(self.document.entries["proof_standard"], "«proof_standard»")
        check_keys(section, "The proof standard", required=("cite", "title", "level"), optional=("note",))
        what = "The proof standard"
        cite, title = self._words(section, "cite", what), self._words(section, "title", what)
        return ProofStandard(cite, title, self._level(section, "level"))

    def _level(self, section: Section, key: str) -> ProofLevel:
        words = require_words(section.entries[key], f"«{key}»")
        if words.text not in (ProofLevel.ESTABLISHED, ProofLevel.ASSERTED):
            message = f"«{words.text}» is no proof standard."
            raise Fault("unknown_value", words.at, message, "Write established or asserted.")
        return ProofLevel(words.text)

    def _appeal(self) -> Appeal:
        what = "«appeal»"
        section = require_section(self.document.entries["appeal"], what)
        check_keys(section, what, required=("cite", "body", "days", "how"), optional=("note",))
        words = require_words(section.entries["days"], "«days»")
        if not re.fullmatch(r"\d{1,4}", words.text) or not 0 < int(words.text) <= _MAX_APPEAL_DAYS:
            raise Fault("bad_number", words.at, f"«{words.text}» is no number of days.", "Write a number such as 30.")
        cite, body, how = (self._words(section, key, what) for key in ("cite", "body", "how"))
        return Appeal(cite, body, int(words.text), how)

    def _head(self, key: str) -> str:
        return self._words(self.document, key, "The rule set")

    def _version(self) -> int:
        version = require_words(self.document.entries["version"], "«version»")
        if not re.fullmatch(r"[1-9]\d{0,5}", version.text):
            raise Fault("bad_number", version.at, f"«{version.text}» is no version.", "Write 1, 2, 3 and so on.")
        language = require_words(self.document.entries["language"], "«language»")
        if language.text != str(LANGUAGE_VERSION):
            remedy = f"Write «language: {LANGUAGE_VERSION}»."
            raise Fault("language", language.at, f"Language «{language.text}» is not known here.", remedy)
        status = require_words(self.document.entries["status"], "«status»")
        if status.text not in STATUSES:
            raise Fault("unknown_value", status.at, f"«{status.text}» is no status.", f"One of: {', '.join(STATUSES)}.")
        return int(version.text)

    def _finish(self, terms: Terms) -> RuleSet:
        rule_set: RuleSet | None = None
        with self.problems.collecting():
            version = self._version()
            if self.award and self.award[-1].amount.type != MONEY:
                place = self.document.entries["award"].at
                raise Fault("type", place, "The last step of the award is no amount of money.", "End with an amount.")
            checks.check_award(self.award, self.document.entries["award"].at)
            rule_set = RuleSet(
                name=self._head("rule_set"),
                version=version,
                title=self._head("title"),
                status=self._head("status"),
                authority=self._head("authority"),
                currency=self.scope.currency,
                source=self.source,
                schema=self.scope.schema,
                proof=self._proof(),
                tables=MappingProxyType(dict(self.scope.tables)),
                presumptions=tuple(self.presumptions),
                criteria=tuple(self.criteria),
                routes=tuple(self.routes),
                award=tuple(self.award),
                appeal=self._appeal(),
                identity="",
                file_sha256=hashlib.sha256(self.source.encode()).hexdigest(),
                warnings=tuple(checks.find_warnings(self.scope, self.criteria, self.award, tuple(self.offsets))),
                unit=terms.unit,
                elections=tuple(self.elections),
                offsets=tuple(self.offsets.values()),
                caps=tuple(terms.caps),
                shares=tuple(terms.shares),
                benefits=tuple(terms.benefits),
                collective=tuple(terms.collective),
                priority=tuple(terms.priority),
                payment=terms.payment,
            )
        self.problems.raise_if_any()
        assert rule_set is not None  # noqa: S101 tells the type checker what the line above made sure of
        return replace(rule_set, identity=identify(rule_set))
