"""Whether a registration can be: who claims, in what capacity, through whom, and when somebody lived."""

from __future__ import annotations

import re
from datetime import date

from reparations.principal import Principal, Role
from reparations.registry.errors import (
    CapacityMismatch,
    DutyBarred,
    EvidenceRefused,
    EvidenceTooLarge,
    InvalidDeath,
    InvalidParty,
    ThroughClaimInvalid,
)
from reparations.registry.models import Capacity, PartyKind
from reparations.registry.models.claims import MAX_EVIDENCE_BYTES
from reparations.registry.rules.facts import is_day
from reparations.registry.rules.values import NewParty

EARLIEST_BIRTH_YEAR = 1880

_YEAR = re.compile(r"\d{4}")
_KIND_OF = {Capacity.ORGANISATION: PartyKind.ORGANISATION, Capacity.COMMUNITY: PartyKind.COMMUNITY}
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
_SEES_EVERY_OFFICE = (
    Role.DECIDER,
    Role.FUND_ADMINISTRATOR,
    Role.APPROVER,
    Role.PAYER,
    Role.AUDITOR,
)


def office_scope(officer: Principal) -> str | None:
    """Return the one office whose claims the officer may see, or None where his role spans all offices.

    Caseworkers see their own office.  Deciders, approvers and those who account for the money work across offices: they
    see masked lists, and what they open in full is logged.
    """
    return None if officer.has(*_SEES_EVERY_OFFICE) else officer.office_id


def check_can_hold_duty(officer: Principal) -> None:
    """Refuse a duty to a security administrator.

    Raises:
        DutyBarred: he administers accounts, and so does nothing else.
    """
    if officer.has(Role.SECURITY_ADMINISTRATOR):
        raise DutyBarred(
            "A security administrator takes no part in claims or payments.",
            remedy="Ask an officer with the role the deed needs.",
        )


def check_party(party: NewParty, *, today: date) -> None:
    """Refuse a birth date that cannot be, and a person's particulars on what is no person.

    Raises:
        InvalidParty: see its field.
    """
    if party.kind != PartyKind.PERSON:
        if party.given_names or party.birth_date or party.sex:
            raise InvalidParty(
                "An organisation or community has no given names, birth date or sex.",
                field="party",
                remedy="Put its whole name in family_name.",
            )
        return
    birth = party.birth_date
    if birth is None:
        return
    if not (_YEAR.fullmatch(birth) or is_day(birth)):
        raise InvalidParty(
            "A birth date is a day (YYYY-MM-DD) or a year (YYYY).",
            field="party.birth_date",
            remedy="Give the year alone where the day is not known.",
        )
    if int(birth[:4]) < EARLIEST_BIRTH_YEAR or birth > today.isoformat()[: len(birth)]:
        raise InvalidParty(
            f"A birth date lies between {EARLIEST_BIRTH_YEAR} and today.",
            field="party.birth_date",
            remedy="Check the year.",
        )


def check_capacity(capacity: Capacity, *, kind: PartyKind) -> None:
    """Refuse a capacity that such a claimant cannot have.

    Raises:
        CapacityMismatch: an organisation claims as an organisation, a community as a community, a person otherwise.
    """
    if _KIND_OF.get(capacity, PartyKind.PERSON) != kind:
        raise CapacityMismatch(
            "Organisations claim as organisation, communities as community, and persons as direct, indirect or heir.",
            field="capacity",
            remedy="Correct the capacity or the kind of the claimant.",
        )


def check_through(capacity: Capacity, *, through_case_id: str | None, case_id: str | None, is_given: bool) -> None:
    """Refuse an heir without the claim he succeeds to, in the same case, and that claim on anybody else.

    Args:
        capacity: of the claim to be registered.
        through_case_id: the case of the claim that was named; None if there is none such.
        case_id: the case of the claim to be registered; None if the case is new.
        is_given: whether a claim was named at all.

    Raises:
        ThroughClaimInvalid: in each of these cases.
    """
    if (capacity == Capacity.HEIR) != is_given:
        raise ThroughClaimInvalid(
            "An heir names the claim he succeeds to in through_claim_id; nobody else names one.",
            field="through_claim_id",
            remedy="Name the claim of the person who died, or correct the capacity.",
        )
    if is_given and (through_case_id is None or through_case_id != case_id):
        raise ThroughClaimInvalid(
            "The claim to succeed to is not one of this case.",
            field="through_claim_id",
            remedy="Use the case_key of the claim of the person who died.",
        )


def check_death(died_on: date, *, birth_date: str | None, today: date) -> None:
    """Refuse a day of death in the future or before birth.

    Raises:
        InvalidDeath: it cannot be.
    """
    day = died_on.isoformat()
    if died_on > today or (birth_date is not None and day[: len(birth_date)] < birth_date):
        raise InvalidDeath(
            "The day of death lies in the future or before the birth date.",
            field="died_on",
            remedy="Read it again from the certificate.",
        )


def media_type_of(content: bytes) -> str:
    """Tell the type of a file by its content, never by its name or by what the sender says.

    Raises:
        EvidenceRefused: it is empty, or neither PDF, PNG nor JPEG.
        EvidenceTooLarge: it has more than 2 MiB.
    """
    if len(content) > MAX_EVIDENCE_BYTES:
        raise EvidenceTooLarge(
            f"A piece of evidence may have {MAX_EVIDENCE_BYTES} bytes.",
            field="content_base64",
            remedy="Scan it again with fewer dots to the inch, or split it.",
        )
    for magic, media_type in _MAGIC:
        if content.startswith(magic):
            return media_type
    raise EvidenceRefused(
        "Evidence is kept as PDF, PNG or JPEG; this file is none of them.",
        field="content_base64",
        remedy="Scan or export it as PDF.",
    )
