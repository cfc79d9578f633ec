"""From evidence to a tagged PDF/A-3a + PDF/UA-1 document: pure, deterministic, and without the database."""
