"""Make `claimants.csv`: 330 invented claimants for the Katanga example.

Every person, house, number and account in the file is invented.  So that nobody mistakes one for a real person, each
family name and each organisation's name begins with ``Exemple``, telephone numbers begin with +243 000, documents are
numbered EX-…, IBANs name the bank code 00000000, which no bank has, and Stripe accounts begin with acct_example_.

The file is the same on every run and every machine.  Standard library only:

    python3 examples/katanga/make_claimants.py > examples/katanga/claimants.csv

What the rows are there for (expected outcome under rules/icc-katanga):

    K-0001 … K-0295   295 eligible at once: 224 direct victims, 70 relatives of people who died, 1 school (K-0295)
                      K-0007 is paid by bank and its account no longer exists: the bank sends the money back
                      K-0010 is paid by Stripe, and the answer to that payment is lost on the way
                      K-0042 dies after the claim was registered
    K-0296 … K-0298   3 relatives too distant, whose close tie was looked into and not found
    K-0299, K-0300    2 persons whose presence was looked into and not found
    K-0301 … K-0310   10 with something missing or not yet proven; once K-0301 and K-0302 say when and that they were
                      there, they are eligible too, which makes 297
    K-0311 … K-0316   6 who speak of another day
    K-0317 … K-0322   6 who speak of another place
    K-0323 … K-0326   4 who are in the file already, spelled differently (K-0011, K-0023, K-0035, K-0047)
    K-0327, K-0328    2 heirs of K-0042
    K-0329, K-0330    2 organisations outside rule 85(b)
"""

# ruff: noqa: INP001  a script beside what it makes, not a package

from __future__ import annotations

import csv
import sys
from datetime import date, timedelta
from typing import TextIO

COLUMNS = (
    "row_id",
    "capacity",
    "case_key",
    "through_row_id",
    "kind",
    "family_name",
    "given_names",
    "birth_date",
    "sex",
    "national_id",
    "phone",
    "language",
    "place_of_residence",
    "identity_proof",
    "relation_to_victim",
    "relation_proof",
    "tie_proof",
    "death_proof",
    "succession_proof",
    "attack_place",
    "attack_date",
    "present_at_attack",
    "presence_proof",
    "harm_kinds",
    "harm_proof",
    "harms_complete",
    "organisation_type",
    "property_proof",
    "rail",
    "account_holder",
    "iban_or_account",
    "bic",
    "stripe_account",
    "abroad",
)

ATTACK = "2003-02-24"
FIRST_HALVES = ("Ba", "Ko", "Lu", "Mo", "Nde", "Pi", "Ru", "Sa", "Ta", "Wi")
SECOND_HALVES = ("bari", "dero", "goma", "kasi", "lobe", "mandu", "nyero", "peko", "rusa", "saya", "tumba", "zogo")
ENDINGS = ("", "li", "ndo")
WOMEN = (
    "Adèle", "Béatrice", "Célestine", "Dorcas", "Espérance", "Françoise", "Georgette", "Honorine", "Irène", "Joséphine",
    "Kavira", "Léontine", "Madeleine", "Neema", "Odette", "Pascaline", "Rachel", "Solange", "Thérèse", "Victorine",
)  # fmt: skip
MEN = (
    "Ambroise", "Barthélemy", "Corneille", "Désiré", "Emmanuel", "Floribert", "Gédéon", "Hilaire", "Innocent", "Jérôme",
    "Kambale", "Léopold", "Modeste", "Norbert", "Olivier", "Prosper", "Richard", "Sylvestre", "Théophile", "Vincent",
)  # fmt: skip
PLACES = ("Bogoro", "Bunia", "Kasenyi", "Zumbe", "Nyankunde", "Mandro", "Gety")
LANGUAGES = ("sw", "ln", "fr", "lgg")
HARMS = (
    "moral", "moral;loss_of_home", "physical;moral", "material", "loss_of_home;loss_of_livelihood", "moral;material",
)  # fmt: skip
TIES = ("child", "spouse", "parent", "sibling", "child", "grandparent", "child")
STRIPE = (0, 2)
NO_IBAN = 3
"""How the numbers, by five, are paid; the others have an IBAN."""
BY_BANK = (7, 295)
"""Paid by bank whatever their number."""
FIRST_RELATIVE = 225
SCHOOL = 295
COMPANIES = (329, 330)
HEIRS = (327, 328)
RELATIVES = (*range(FIRST_RELATIVE, SCHOOL), 296, 297, 298, 309)
DEPARTURES = (
    ((296, 297, 298), {"relation_to_victim": "other_relative", "tie_proof": "not_established"}),
    ((299, 300), {"presence_proof": "not_established"}),
    ((301, 302), {"present_at_attack": "", "presence_proof": "", "attack_date": ""}),
    ((303, 304), {"attack_date": ""}),
    ((305, 306), {"presence_proof": "asserted"}),
    ((307,), {"identity_proof": "asserted"}),
    ((308,), {"harm_kinds": "", "harm_proof": "", "harms_complete": ""}),
    ((309,), {"death_proof": ""}),
    ((310,), {"attack_place": ""}),
    ((311, 312, 313), {"attack_date": "2003-03-06"}),
    ((314, 315, 316), {"attack_date": "2002-02-24"}),
    (range(317, 323), {"attack_place": "elsewhere"}),
)
"""In what the rows at the end differ from the rows that are eligible."""
ABROAD = {12, 29, 42, 58, 77, 91, 103, 120, 136, 151, 168, 183, 199, 214, 222}
SPELLED_DIFFERENTLY = {
    "K-0323": ("K-0011", "Exemple Codéro", "Silvestre", "phone"),
    "K-0324": ("K-0023", "Exemple Mogomah", "Corneil", "phone"),
    "K-0325": ("K-0035", "Exemple Pikassi", "Gedeon", "account"),
    "K-0326": ("K-0047", "Exemple Sallobé", "Leopol", "account"),
}
"""Which row is meant, how another clerk wrote the name, and what else gives it away besides the birth date."""


def main(stream: TextIO) -> None:
    """Write the file."""
    rows: dict[str, dict[str, str]] = {}
    for number in range(1, 331):
        row = make_row(number)
        if row["row_id"] in SPELLED_DIFFERENTLY:
            original, family_name, given_names, shared = SPELLED_DIFFERENTLY[row["row_id"]]
            row |= {"family_name": family_name, "given_names": given_names}
            repeat(row, rows[original], shared)
        rows[row["row_id"]] = row
    writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())


def make_row(number: int) -> dict[str, str]:
    """Make one claimant."""
    if number in (SCHOOL, *COMPANIES):
        row = make_organisation(number)
    elif number in HEIRS:
        row = make_heir(number)
    elif number in RELATIVES:
        row = make_relative(number)
    else:
        row = make_direct_victim(number)
    row |= {"row_id": f"K-{number:04d}", "identity_proof": "established", "abroad": yes_no(number in ABROAD)}
    row |= make_account(number, row)
    for numbers, changes in DEPARTURES:
        if number in numbers:
            row |= changes
    return row


def make_person(number: int) -> dict[str, str]:
    """Make somebody with a name, a birth date and numbers of their own."""
    woman = number % 2 == 0
    names = WOMEN if woman else MEN
    step = number * 7 + number // 20
    family = FIRST_HALVES[number % 10] + SECOND_HALVES[number // 10 % 12]
    return {
        "kind": "person",
        "family_name": f"Exemple-{family}{ENDINGS[number // 120]}",
        "given_names": names[step % 20],
        "birth_date": (date(1936, 1, 5) + timedelta(days=67 * number)).isoformat(),
        "sex": "female" if woman else "male",
        "national_id": "" if number % 3 == 0 else f"EX-{number:06d}",
        "phone": f"+243 000 {number:06d}",
        "language": LANGUAGES[number % 4],
        "place_of_residence": "Kampala" if number in ABROAD else PLACES[number % 7],
    }


def make_direct_victim(number: int) -> dict[str, str]:
    """Make somebody who was there."""
    return make_person(number) | {
        "capacity": "direct",
        "case_key": f"C-{number:04d}",
        "attack_place": "bogoro",
        "attack_date": ATTACK,
        "present_at_attack": "yes",
        "presence_proof": "established",
        "harm_kinds": HARMS[number % 6],
        "harm_proof": "established",
        "harms_complete": "yes",
    }


def make_relative(number: int) -> dict[str, str]:
    """Make a relative of somebody who died; two or three claim for one."""
    place = number - FIRST_RELATIVE
    head = number - place % 5
    return make_person(number) | {
        "family_name": make_person(head)["family_name"],
        "capacity": "indirect",
        "case_key": f"D-{place * 2 // 5 + 1:04d}",
        "relation_to_victim": TIES[number % 7],
        "relation_proof": "established",
        "tie_proof": "established",
        "death_proof": "established",
        "attack_place": "bogoro",
        "attack_date": ATTACK,
        "harm_kinds": "moral",
        "harm_proof": "established",
        "harms_complete": "yes",
    }


def make_heir(number: int) -> dict[str, str]:
    """Make an heir of K-0042."""
    return make_person(number) | {
        "family_name": make_person(42)["family_name"],
        "capacity": "heir",
        "case_key": "C-0042",
        "through_row_id": "K-0042",
        "relation_to_victim": "child",
        "relation_proof": "established",
        "succession_proof": "established",
    }


def make_organisation(number: int) -> dict[str, str]:
    """Make the school, or one of the two organisations the rule does not reach."""
    name, kind = {
        SCHOOL: ("Exemple École primaire du Lac", "education"),
        COMPANIES[0]: ("Exemple Comptoir du Fleuve", "other"),
        COMPANIES[1]: ("Exemple Garage des Collines", "other"),
    }[number]
    return {
        "kind": "organisation",
        "family_name": name,
        "phone": f"+243 000 {number:06d}",
        "language": "fr",
        "place_of_residence": "Bogoro",
        "capacity": "organisation",
        "case_key": f"O-{number:04d}",
        "attack_place": "bogoro",
        "attack_date": ATTACK,
        "organisation_type": kind,
        "property_proof": "established",
    }


def make_account(number: int, row: dict[str, str]) -> dict[str, str]:
    """Give about two in five a Stripe account, the others a bank account: an IBAN or another number."""
    if number % 5 in STRIPE and number not in BY_BANK:
        return {"rail": "stripe", "stripe_account": f"acct_example_{number:04d}"}
    holder = f"{row.get('given_names', '')} {row['family_name']}".strip()
    if number % 5 == NO_IBAN:
        return {
            "rail": "bank_file",
            "account_holder": holder,
            "iban_or_account": f"000010000200{number:011d}",
            "bic": "EXAMCDKI",
        }
    return {
        "rail": "bank_file",
        "account_holder": holder,
        "iban_or_account": make_iban("DE", f"00000000{number:010d}"),
        "bic": "EXAMDEFF",
    }


def make_iban(country: str, account: str) -> str:
    """Put check digits before an account number (ISO 13616)."""
    digits = "".join(str(int(character, 36)) for character in f"{account}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{account}"


def repeat(row: dict[str, str], original: dict[str, str], shared: str) -> None:
    """Turn a row into the claimant of an earlier one."""
    row |= {name: original[name] for name in ("birth_date", "sex")} | {"national_id": ""}
    if shared == "phone":
        row["phone"] = original["phone"].replace(" ", "")
        row["account_holder"] = f"{row['given_names']} {row['family_name']}" if row["rail"] == "bank_file" else ""
    else:
        columns = ("rail", "account_holder", "iban_or_account", "bic", "stripe_account")
        row |= {name: original.get(name, "") for name in columns}


def yes_no(said: bool) -> str:  # noqa: FBT001 there is nothing else to say
    """Write a yes or a no."""
    return "yes" if said else "no"


if __name__ == "__main__":
    main(sys.stdout)
