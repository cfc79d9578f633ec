"""The data of a report: asked from the database once, written as canonical JSON, printed from there."""
