"""A year of made-up conversations, to try and to measure with: seeded, plausible, and right by the ledger's rules."""
