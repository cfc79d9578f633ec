"""What the registry decides, without touching the database.  Values in, a value or an error out."""
