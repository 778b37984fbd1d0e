"""What leaves Bellhop as files: tables, and the exports of conversations and messages."""
