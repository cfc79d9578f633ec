"""Keyed indexes: equal values are found without being stored.

Only values that identify by themselves are indexed (a document's number, a telephone, an account, a name with a year of
birth), never sex, place or harm: a column with few values gives itself away by frequency.
"""

from __future__ import annotations

import hmac
import unicodedata
from hashlib import sha256
from typing import TYPE_CHECKING

from reparations.vault.keyring import keyring_of

if TYPE_CHECKING:
    from sqlmodel import Session

INDEX_BYTES = 16


def blind_index(session: Session, *, field: str, value: str) -> bytes:
    """Return the index of a normalised `value`, under a key of the `field`'s own: 16 bytes."""
    field_key = hmac.digest(keyring_of(session).index_key, f"field|{field}".encode(), sha256)
    return hmac.digest(field_key, value.encode(), sha256)[:INDEX_BYTES]


def normalise_name(name: str) -> str:
    """Fold case, marks, punctuation and the order of its words out of a name: ``Amína YUSUF`` is ``Yusuf Amina``."""
    folded = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(
        character if character.isalnum() else " " for character in folded if not unicodedata.combining(character)
    )
    return " ".join(sorted(letters.split()))


def normalise_digits(number: str) -> str:
    """Keep the letters and digits of a number (a document, a telephone, an account), in upper case."""
    return "".join(character for character in number.upper() if character.isalnum())
