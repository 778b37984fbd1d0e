"""What `bellhop up` runs: starts engine and app, watches them, stops them; knows nothing of customers."""
