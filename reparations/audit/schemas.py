"""What the log's routes answer."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from reparations.audit.models import AuditCheckpoint, AuditEvent


class EventView(BaseModel):
    """One event, with the exact text that was hashed."""

    seq: int = Field(description="Number of the event; numbers have no gaps.")
    at: datetime
    type: str = Field(examples=["payment.settled"])
    subject: str
    content: str = Field(description="The canonical JSON that was hashed, byte for byte.")
    leaf_hash: str = Field(description="SHA-256(0x00 ‖ content), hexadecimal.")
    signature: str = Field(description="Ed25519 signature of the service over the leaf hash, hexadecimal.")

    @classmethod
    def of(cls, event: AuditEvent) -> Self:
        """Show an event."""
        return cls(
            seq=event.seq,
            at=event.at,
            type=event.type,
            subject=event.subject,
            content=event.body.decode(),
            leaf_hash=event.leaf_hash.hex(),
            signature=event.app_sig.hex(),
        )


class CheckpointView(BaseModel):
    """A signed checkpoint.  Keep the note: no later one may contradict it."""

    size: int = Field(description="How many events it covers.")
    at: datetime
    note: str = Field(description="C2SP checkpoint: origin, size, root, and the log's signature.")
    verifier_key: str = Field(description="Public key of the log in the form a policy lists it.")

    @classmethod
    def of(cls, checkpoint: AuditCheckpoint, verifier_key: str) -> Self:
        """Show a checkpoint with the key that signed it."""
        return cls(size=checkpoint.size, at=checkpoint.at, note=checkpoint.note, verifier_key=verifier_key)
