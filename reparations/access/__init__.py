"""Who the officers are and what they may do: offices, accounts, roles, passwords, sessions."""
