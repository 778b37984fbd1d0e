"""Help articles: what a shop writes, how it is read, found and counted. Nothing of channels."""
