"""What a customer wants to have changed: what was said of it, what is still missing, and what it will do."""
