"""Handing over: who owns a conversation, the queue, routing, and the times that were promised."""
