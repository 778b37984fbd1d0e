"""The commands of channels that have a menu of them, and what each stands for; no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

APP = "app:"  # what begins so is the app's own to answer; a payload `/intent` is the engine's

# In the order of the menu.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "start": "/greet",
        "help": "/help",
        "orders": "/list_orders",
        "human": "/human",
        "language": "/change_language",
        "web": "app:web",
        "end": "app:end",
        "privacy": "app:privacy",
    }
)
