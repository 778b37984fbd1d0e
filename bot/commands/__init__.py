"""What the commands of `bellhop` do, one module each; `bot/cli.py` only knows their names and options."""
