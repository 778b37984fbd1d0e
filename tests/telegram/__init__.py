"""A Bot API on loopback for trying and testing bots without a token: it enforces Telegram's limits and fails on demand.

    with Sandbox(limits=Limits(scale=0.1)) as sandbox:
        sandbox.add_bot(username="shop_bot")
        ada = sandbox.user("Ada", language_code="de")
        ada.start()
        ada.waits_for("Hello")

`python -m tests.telegram` serves one until it is stopped, with `/control` for users in other processes;
`python -m tests.telegram.demo` starts the product with it and lets you chat in the terminal.

It knows what a support bot uses, no more: see `methods.py`. Nothing of it asks the network.
"""

from tests.telegram.faults import Fault, Ill
from tests.telegram.limits import Limits
from tests.telegram.model import Bot, Call
from tests.telegram.sandbox import Sandbox
from tests.telegram.seen import Button, Popup, SeenMessage
from tests.telegram.user import NotSeen, Place, TelegramUser

__all__ = [
    "Bot",
    "Button",
    "Call",
    "Fault",
    "Ill",
    "Limits",
    "NotSeen",
    "Place",
    "Popup",
    "Sandbox",
    "SeenMessage",
    "TelegramUser",
]
