"""Batches, approvals, rails, dispatch and reconciliation: the way money leaves the fund, once.

What is promised here, and by whom it is kept, is in `docs/payments.md`.
"""
