"""Customers on Telegram: updates in, messages out; the only package that imports telegram."""

CHANNEL = "telegram"
