"""The forms that single fields take: closed enough that none has room for what it is not for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field, JsonValue, StringConstraints

PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
ULID = "[0-9A-HJKMNP-TV-Z]{26}"
MAX_BASE64 = 4 * (2 * 2**20 // 3 + 2)

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=PRINTABLE)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=PRINTABLE)]
ProgrammeCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,19}$"), Field(description="Capitals and digits: `KATANGA`.")
]
RowKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{1,4}-[0-9]{1,8}$"),
    Field(description="Letters and a number, `K-0042`: no room for a name."),
]
ClaimId = Annotated[str, StringConstraints(pattern=rf"^clm_{ULID}$")]
PartyId = Annotated[str, StringConstraints(pattern=rf"^pty_{ULID}$")]
EvidenceId = Annotated[str, StringConstraints(pattern=rf"^evi_{ULID}$")]
ClaimPath = Annotated[str, Path(pattern=rf"^clm_{ULID}$", description="Id of a claim.")]
EvidencePath = Annotated[str, Path(pattern=rf"^evi_{ULID}$", description="Id of a piece of evidence.")]
DuplicatePath = Annotated[str, Path(pattern=rf"^dup_{ULID}$", description="Id of a pair.")]
ProgrammePath = Annotated[
    str, Path(pattern=rf"^([A-Z][A-Z0-9]{{1,19}}|prg_{ULID})$", description="Code or id of a programme.")
]

Facts = Annotated[
    dict[str, JsonValue],
    Field(
        max_length=80,
        description="Facts by name: `{value, proof}`, or a list of records of such. Leave out what is not known.",
        examples=[
            {
                "attack_site": {"value": "bogoro", "proof": "established"},
                "harms": [
                    {
                        "kind": {"value": "moral", "proof": "established"},
                        "established": {"value": True, "proof": "established"},
                    }
                ],
            }
        ],
    ),
]
