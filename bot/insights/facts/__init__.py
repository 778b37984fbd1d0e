"""What is counted of conversations: one row each, made from what is stored and made anew when that changes."""
