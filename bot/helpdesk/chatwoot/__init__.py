"""Chatwoot as the helpdesk: conversations go to an inbox of its kind API, what people do there comes by webhook."""

HELPDESK = "chatwoot"  # how our tables name it
