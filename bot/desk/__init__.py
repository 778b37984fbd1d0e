"""The desk: the web pages that support agents work with."""
