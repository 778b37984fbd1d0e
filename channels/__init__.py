"""How customers reach Bellhop; no business rules."""
