"""A Chatwoot for tests: a real HTTP server that answers as its documentation says, and pushes signed webhooks."""
