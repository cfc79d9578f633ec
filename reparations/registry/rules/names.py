"""How a name sounds: keys under which another spelling of the same name is found again.

A token is reduced to the skeleton of its consonants: vowels and ``h`` go, letters heard or transliterated alike fall
together (``b p f v``, ``t d``, ``g k q``, ``s z sh ch j``).  Two names are similar if their skeletons agree and so
does the year of birth, or if two skeletons agree and so does the day of birth.  The keys only ever make two claims
appear before a human; they decide nothing.

Limits: names that are not written in the Latin alphabet agree only where they are spelled alike, and a claimant without
a date of birth is compared only with claimants without one.
"""

from __future__ import annotations

import re
from itertools import combinations

from reparations.registry.models import MatchKeyKind, PartyKind
from reparations.registry.rules.values import NewParty
from reparations.vault import normalise_name

MAX_TOKENS = 8

_GROUPS = (
    ("sch", "S"), ("tch", "S"), ("tsh", "S"), ("ch", "S"), ("sh", "S"), ("zh", "S"), ("dj", "S"), ("dz", "S"),
    ("ts", "S"), ("tz", "S"), ("kh", "K"), ("gh", "K"), ("qu", "K"), ("ck", "K"), ("ph", "P"), ("bh", "P"),
    ("th", "T"), ("dh", "T"), ("gn", "N"), ("ng", "N"), ("nh", "N"), ("ny", "N"), ("x", "KS"),
)  # fmt: skip
"""Letters read together; the longer ones first."""
_LETTERS = dict(zip("bpfvtdszjkqglrmnc", "PPPPTTSSSKKKLRMNK", strict=True))
_SOFT = re.compile(r"[cg](?=[eiy])")
_DOUBLED = re.compile(r"(.)\1+")


def skeleton(token: str) -> str:
    """Reduce one folded name token to its consonants: ``ngoma`` and ``ngomah`` give ``NM``.

    A token with fewer than two consonants keeps its first letters too, or every ``Aya`` would be every ``Ui``.
    """
    if not token.isascii() or token.isdigit():
        return token
    rest = _DOUBLED.sub(r"\1", _SOFT.sub("s", token))
    for letters, sound in _GROUPS:
        rest = rest.replace(letters, sound)
    consonants = "".join(c if c.isupper() else _LETTERS.get(c, "") for c in _DOUBLED.sub(r"\1", rest))
    return consonants if len(consonants) > 1 else f"{consonants}~{token[:2]}"


def birth_year(birth_date: str | None) -> str:
    """Return the year of a birth date, or nothing."""
    return birth_date[:4] if birth_date else ""


def index_name(party: NewParty) -> str:
    """Return what the name index is made of: kind, name tokens in order, year of birth."""
    return f"{party.kind}|{normalise_name(party.full_name)}|{birth_year(party.birth_date)}"


def match_keys(party: NewParty) -> list[tuple[MatchKeyKind, str]]:
    """List the keys that find other spellings of this party's name, none twice."""
    sounds = sorted({skeleton(token) for token in normalise_name(party.full_name).split()[:MAX_TOKENS]})
    year = birth_year(party.birth_date)
    keys = [(MatchKeyKind.SIMILAR_NAME_AND_BIRTH_YEAR, f"{party.kind}|{' '.join(sounds)}|{year}")]
    if party.kind == PartyKind.PERSON and is_exact(party.birth_date):
        pairs = combinations(sounds, 2) if len(sounds) > 1 else [(sounds[0], "")] if sounds else []
        keys += [
            (MatchKeyKind.SIMILAR_NAME_AND_BIRTH_DATE, f"{one}|{other}|{party.birth_date}") for one, other in pairs
        ]
    return keys


def is_exact(birth_date: str | None) -> bool:
    """Say whether a birth date is a day.  The first of January stands for *some time that year* and is none."""
    return birth_date is not None and len(birth_date) > len("1980") and not birth_date.endswith("-01-01")
