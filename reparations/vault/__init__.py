"""Field encryption per subject, and keyed indexes to look sealed values up.

Every subject (a person, an organisation) has a key of its own, kept wrapped under the service's root key.  Deleting it
erases the subject; see `docs/personal-data.md`.
"""

from reparations.vault.indexing import blind_index, normalise_digits, normalise_name
from reparations.vault.keyring import Keyring, keyring_of
from reparations.vault.sealing import SealBroken, SubjectVault, commitment, create_subject, open_subject, open_subjects

__all__ = [
    "Keyring",
    "SealBroken",
    "SubjectVault",
    "blind_index",
    "commitment",
    "create_subject",
    "keyring_of",
    "normalise_digits",
    "normalise_name",
    "open_subject",
    "open_subjects",
]
