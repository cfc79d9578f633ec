"""Checks reports and logs of a reparations fund.  Shares no code with the software that wrote them.

Everything is done from the published format (`docs/audit-format.md` of the fund's software), offline, with the public
keys of a policy file that you have from somebody you trust.
"""

__version__ = "0.1.0"
