"""The statements of the ledger as files: JSON, CSV, a spreadsheet, and pages."""
