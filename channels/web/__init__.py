"""The web channel: sessions, the socket, the widget's files."""
