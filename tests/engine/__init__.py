"""Tests of the engine with a real Rasa; run by the engine's own Python: `bot/engine/.venv/bin/python -m pytest tests/engine`."""
