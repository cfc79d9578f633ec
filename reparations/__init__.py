"""Registry of victims, eligibility under published rules, and a disbursement ledger that anyone can check."""

__version__ = "0.1.0"
