"""The widget that browsers load."""
