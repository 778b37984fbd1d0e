"""The figures of the CX team: pure queries over `conversation_facts`, each with the filter of the rows behind it."""
