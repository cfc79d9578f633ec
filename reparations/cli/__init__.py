"""The command line: `reparations <noun> <verb>`, one module a noun."""
