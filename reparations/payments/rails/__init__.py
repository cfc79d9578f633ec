"""Rails: the ways money can travel, behind one small protocol.  A rail knows nothing of the database."""
