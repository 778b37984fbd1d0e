"""Other helpdesks behind one protocol: what is handed over to them, and what they answer."""
