"""People, cases, claims, ties, harms, evidence, facts, duplicates, payment destinations and duties.

The registry knows what was said and how well it is proven; it does not know the rules.  Whatever names or describes a
person is sealed under that person's own key (`reparations.vault`); what stays legible is references, states and days
on which officers did something.  See `docs/registry.md` and `docs/glossary.md`.
"""
