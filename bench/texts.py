"""What both assistants are asked: sentences that both were trained on, none of which ends a conversation."""

TEXTS = (
    "hello",
    "are you a bot?",
    "hey",
    "yes",
    "good morning",
    "am I talking to a bot?",
    "no",
)


def text(number: int) -> str:
    """The text of message ``number`` (from 0) of a conversation."""
    return TEXTS[number % len(TEXTS)]
