"""Our people: accounts, sessions, rights, presence, and the log of what they did."""
