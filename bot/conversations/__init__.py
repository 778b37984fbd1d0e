"""A message's way: received, turned into an answer, delivered; and how conversations end."""
