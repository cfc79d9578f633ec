"""From any gift to the payments it paid for, and from any payment back to its gifts, decision, rules and evidence.

Nobody is named: claims, pledges, receipts and payments appear under their references and ids.
"""
