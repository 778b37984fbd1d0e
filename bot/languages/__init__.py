"""The languages customers are spoken to in: what is below `data/languages`, read and checked; no conversations."""
