"""What a shop can do, as one protocol; the shops behind it; how its facts are read and written."""
