"""What customers say about orders in words, read into values; nothing here decides what is done."""
