"""Bellhop, the support assistant: everything of it that is neither a channel nor an action."""
