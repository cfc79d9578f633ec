"""Reports: read-only questions across the rooms, answered as PDF with the data attached.

The order is always the same: `evidence` asks the database and builds one canonical JSON document, `pdf` renders
that document and nothing else, `service` writes the event, and the proof of the event is appended to the file.
"""
