"""How fast the books are, and beside what; one module a part, see ``__main__``."""
