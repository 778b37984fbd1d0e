"""The event stream: tells another system, by signed webhooks, what became of conversations; never what was said."""
