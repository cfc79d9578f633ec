"""The deeds of paying.  Each takes an open transaction and locks, decides, records and logs, in that order."""

from reparations.payments.service.approval import approve_batch, cancel_batch, release_batch, submit_batch
from reparations.payments.service.assembly import Assembled, LeftOut, assemble_batch, reissue_payment, reissue_payments
from reparations.payments.service.bank_files import log_file_opening, make_bank_file, open_bank_file
from reparations.payments.service.dispatch import Job, prepare_look_up, record_answer, start_next_payment
from reparations.payments.service.statements import StatementResult, import_statements
from reparations.payments.service.withdrawal import withdraw_payment

__all__ = [
    "Assembled",
    "Job",
    "LeftOut",
    "StatementResult",
    "approve_batch",
    "assemble_batch",
    "cancel_batch",
    "import_statements",
    "log_file_opening",
    "make_bank_file",
    "open_bank_file",
    "prepare_look_up",
    "record_answer",
    "reissue_payment",
    "reissue_payments",
    "release_batch",
    "start_next_payment",
    "submit_batch",
    "withdraw_payment",
]
