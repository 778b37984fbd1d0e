"""What is learnt from conversations: messages that were misunderstood become examples, conversations become tests."""
