"""The third part of the walk: batches that other people approve, two rails, and what goes wrong on the way."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reparations.example.bank_loopback import answer_payment_file
from reparations.example.casework import claimant_rows, claims_by_row
from reparations.example.client import ExampleFailed
from reparations.payments import worker

if TYPE_CHECKING:
    from reparations.example.scene import Scene

_WORKER_POLL_S = 10
RETURNED_ROW = "K-0007"
"""Paid by bank; the account no longer exists."""
UNANSWERED_ROW = "K-0010"
"""Paid by Stripe; the answer is lost on the way."""
NEW_ACCOUNT = {"rail": "bank_file", "account_holder": "Exemple", "account": "DE40000000000000990007", "bic": "EXAMDEFF"}


def approve_batch(scene: Scene) -> None:
    """Assemble what is due into a batch; two other people approve what they have seen; the payer releases it."""
    batch = _batch(scene, 0)
    if batch is None:
        body = {"programme": scene.code, "due_until": scene.clock().date().isoformat()}
        assembled = scene.officer("administrator").post("/batches", body)
        batch = assembled["batch"]
        for left_out in assembled["left_out"]:
            scene.tell(f"left out: {left_out['claim_reference']} ({left_out['reason']})")
    batch = _carry_to_release(scene, batch)
    scene.tell(
        f"{batch['reference']}: {batch['payment_count']} payments, {_money(batch['total'])}, approved by two others"
    )


def send_batch(scene: Scene) -> None:
    """Send the batch: one bank file for each fund, and Stripe one payment at a time."""
    batch = _existing(scene, 0)
    _send(scene, batch)
    files = scene.officer("payer").get(f"/batches/{batch['reference']}/bank-files")["items"]
    stands = scene.officer("payer").get(f"/batches/{batch['reference']}")["payments"]
    scene.tell(
        f"{len(files)} bank files; " + ", ".join(f"{count} {status}" for status, count in sorted(stands.items()))
    )


def find_the_unknown(scene: Scene) -> None:
    """A time-out means unknown, never failed: ask the provider what became of the payment."""
    payer = scene.officer("payer")
    batch = _existing(scene, 0)
    unknown = list(payer.list(f"/batches/{batch['reference']}/payments", status="unknown"))
    for payment in unknown:
        found = payer.post(f"/payments/{payment['reference']}/look-up")
        scene.tell(f"payment {payment['reference']} was unknown; looked up: {found['status']}")


def hear_from_the_providers(scene: Scene) -> None:
    """Import the bank's statements, and ask Stripe until it has said of every payment what became of it."""
    batch = _existing(scene, 0)
    returned = [claimant_rows()[RETURNED_ROW]["iban_or_account"]]
    _import_statements(scene, batch, returned)
    _ask_until_answered(scene, batch)
    stands = scene.officer("payer").get(f"/batches/{batch['reference']}")["payments"]
    scene.tell(", ".join(f"{count} {status}" for status, count in sorted(stands.items())))


def pay_again(scene: Scene) -> None:
    """A payment came back: the obligation is open again; a new account, a new payment, fresh approvals."""
    payer = scene.officer("payer")
    first = _existing(scene, 0)
    batch = _batch(scene, 1)
    if batch is None:
        returned = list(payer.list(f"/batches/{first['reference']}/payments", status="returned"))
        if not returned:
            raise ExampleFailed("No payment came back, though one account of the example is closed.")
        _record_new_account(scene)
        body = {"payment_ids": [payment["id"] for payment in returned]}
        batch = scene.officer("administrator").post("/batches/reissues", body)
    batch = _carry_to_release(scene, batch)
    _send(scene, batch)
    _import_statements(scene, batch, [])
    stands = payer.get(f"/batches/{batch['reference']}")["payments"]
    scene.tell(f"{batch['reference']}: " + ", ".join(f"{count} {status}" for status, count in sorted(stands.items())))


def _record_new_account(scene: Scene) -> None:
    claim = claims_by_row(scene)[RETURNED_ROW]
    try:
        scene.officer("caseworker").post(f"/claims/{claim['id']}/destination", NEW_ACCOUNT)
    except ExampleFailed as failure:
        if failure.code != "registry.destination_unchanged":  # recorded by a walk that was interrupted
            raise


def _carry_to_release(scene: Scene, batch: dict[str, Any]) -> dict[str, Any]:
    """Take a batch from wherever it stands to its release."""
    path = f"/batches/{batch['reference']}"
    if batch["status"] == "draft":
        batch = scene.officer("administrator").post(f"{path}/submit")
    for approver in ("approver1", "approver2"):
        person = scene.officer(approver).get("/me")["person_id"]
        if batch["status"] == "submitted" and person not in {approval["person_id"] for approval in batch["approvals"]}:
            batch = scene.officer(approver).post(f"{path}/approve", {"content_sha256": batch["content_sha256"]})
    if batch["status"] == "approved":
        batch = scene.officer("payer").post(f"{path}/release")
    return batch


def _send(scene: Scene, batch: dict[str, Any]) -> None:
    """Do what `reparations payments dispatch` does, until no other worker is busy with a payment."""
    rails = worker.open_rails(scene.settings)
    while worker.dispatch(scene.database, rails, clock=scene.clock, batch_id=batch["id"]).waiting.get("dispatching"):
        scene.tell("a payment was being sent when somebody stopped the walk; waiting until its worker's time is up")
        time.sleep(_WORKER_POLL_S)


def _import_statements(scene: Scene, batch: dict[str, Any], returned_accounts: list[str]) -> None:
    payer = scene.officer("payer")
    for file in payer.get(f"/batches/{batch['reference']}/bank-files")["items"]:
        content = payer.content(f"/bank-files/{file['id']}/content")
        statement = answer_payment_file(
            content,
            statement_id=f"STMT-{file['message_id']}"[:35],
            at=datetime.fromisoformat(file["created_at"]),
            returned_accounts=returned_accounts,
            opening_minor=10**9,
        )
        payer.post("/bank-statements", content=statement, headers={"Content-Type": "application/xml"})


def _ask_until_answered(scene: Scene, batch: dict[str, Any]) -> None:
    """Do what `reparations payments look-up` does, as long as it brings anything new."""
    rails = worker.open_rails(scene.settings)
    before: dict[str, int] | None = None
    while True:
        result = worker.look_up(scene.database, rails, clock=scene.clock, batch_id=batch["id"])
        if not result.asked or result.waiting == before:
            return
        before = result.waiting


def _batch(scene: Scene, position: int) -> dict[str, Any] | None:
    """Return the first or second batch of the example, whole, if it was made."""
    batches = sorted(scene.officer("payer").list("/batches"), key=lambda batch: str(batch["reference"]))
    if len(batches) <= position:
        return None
    found: dict[str, Any] = scene.officer("payer").get(f"/batches/{batches[position]['reference']}")
    return found


def _existing(scene: Scene, position: int) -> dict[str, Any]:
    batch = _batch(scene, position)
    if batch is None:
        raise ExampleFailed("A batch of the example is missing.")
    return batch


def _money(amount: dict[str, Any]) -> str:
    return f"{amount['currency']} {amount['amount']}"
