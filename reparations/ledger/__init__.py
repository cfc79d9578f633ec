"""Double entry over restricted funds: funds, donors, pledges, receipts, and the books.

`service.post` is the only way money moves, and `postings` the only place that spells an account's code.
`docs/ledger.md` tells the life of one unit of money to an accountant.
"""
