"""What the verifier says, in English."""

SENTENCES = {
    # ── verdicts ──
    "report_verified": "VERIFIED. This report is exactly as it was issued, and its figures add up.",
    "log_verified": "VERIFIED. The log is complete, unchanged and signed.",
    "period_verified": "VERIFIED. This period was closed with exactly this trial balance.",
    "refused": "NOT VERIFIED. Do not rely on this file.",
    "not_checked": "NOT CHECKED. The check could not be made.",
    # ── checks that passed ──
    "log_signed": "The log {log} signed its state at {log_size} events.",
    "in_log": "The report was issued as event {event} of that log, at {issued_at}.",
    "every_byte": "Every byte of the file is as it was issued; nothing was changed and nothing added.",
    "adds_up": "All {sums} stated sums were recomputed; the money of all {identity_rows} funds is accounted for.",
    "pages_show_it": "The pages show the {figures} figures that the evidence states.",
    "every_event": "All {log_size} events are in order, chained and signed; checkpoints: {checkpoints}.",
    "base_written": "The report as it was logged is in {file}: read that one.",
    "period_signed": "The log {log} signed the closing of period {period} of fund {fund}, from {starts_on} to before "
    "{next_starts_on}.",
    "period_two_persons": "The trial balance is the one that was signed; {prepared_by} prepared it, and "
    "{countersigned_by} countersigned.",
    "period_balances": "Debits and credits of its {accounts} accounts are equal in each currency.",
    # ── why a report is refused ──
    "proof_missing": "There is no proof at the end of the file: it is not an issued report, or it was damaged.",
    "proof_malformed": "The proof at the end of the file is damaged.",
    "note_malformed": "The signed statement of the log is damaged.",
    "signature_wrong": "The signature of {name} is wrong.",
    "signer_unknown": "The proof bears a signature of {name}, which your policy does not know, or twice. "
    "Ask for the current policy; if it names nobody of that name, the file was changed.",
    "log_unknown": "The log {origin} is not signed by a key of your policy.",
    "quorum_missed": "Too few independent witnesses have confirmed the log (quorum {quorum}).",
    "path_wrong": "The proof does not fit the log.",
    "not_in_log": "The report is not in the signed log.",
    "event_malformed": "The logged event is damaged.",
    "event_other": "The proof is of something else than the issue of a report.",
    "bytes_changed": "The report was changed after it was issued.",
    "bytes_added": "Something was added to the file, or changed in its last part, after it was issued.",
    "base_unreadable": "The report that was logged is not a readable PDF.",
    "evidence_missing": "The report has no evidence attached.",
    "evidence_changed": "The evidence attached is not the evidence that was logged.",
    "evidence_malformed": "The evidence cannot be checked: {why}.",
    "evidence_unknown": "The evidence is of a kind this verifier does not know: {schema}.",
    "identity_broken": "The money of {fund} is not accounted for: {left} came in, {right} is explained.",
    "sum_wrong": "A sum is wrong: {total} says {stated}, its parts add up to {added}.",
    "text_unreadable": "The pages cannot be read.",
    "pages_changed": "The pages show something else than when the report was issued.",
    "figure_not_visible": "The evidence says the pages show “{figure}”; they do not.",
    # ── why a log is refused ──
    "log_wrong": "{count} things are wrong with this log.",
    "checkpoint_bad": "{file}: this checkpoint cannot be trusted ({why}).",
    "checkpoints_contradict": "{file}: two signed checkpoints of size {size} contradict one another. "
    "Keep both: they prove that history was rewritten.",
    "checkpoint_contradicted": "{file}: the first {size} events are not those that were signed.",
    "log_short": "{file}: {size} events were signed, and there are {events}.",
    "log_long": "{events} events are here, and only {size} are signed.",
    "event_not_canonical": "Event {event}: its content is damaged.",
    "event_misplaced": "Event {event}: it does not bear this number; an event is missing or was added.",
    "chain_broken": "Event {event}: it does not follow the one before it; one of the two was changed.",
    "event_not_signed": "Event {event}: the log did not sign it like this.",
    "signatures_left": "There are more signatures than events.",
    # ── why a closed period is refused ──
    "period_malformed": "The file is no closed period, or it was damaged: {why}.",
    "period_unsigned": "No key of your policy has signed this closing.",
    "period_balance_changed": "The trial balance is not the one that was signed.",
    "period_one_person": "One person alone closed this period.",
    "period_unbalanced": "Debits and credits in {currency} differ by {difference} minor units.",
    # ── why a check could not be made ──
    "file_unreadable": "{file} cannot be read.",
    "file_too_large": "{file} is too large.",
    "policy_unreadable": "The policy {file} cannot be read.",
    "policy_line": "The policy {file} has a mistake on line {line}: {why}.",
    "policy_incomplete": "The policy {file} names no log or no quorum.",
}
