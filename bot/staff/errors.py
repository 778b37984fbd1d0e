"""What can go wrong with accounts and signing in.

StaffError
├── EmailTaken       there is an account with that e-mail address
├── NameTaken        there is a team of that name
├── UnknownAgent
├── UnknownTeam
├── WrongValue       a field that cannot be so
├── ChangedMeanwhile what it was about is another by now
├── LastAdmin        nobody would be left who may manage people
└── SignInRefused    with how long to wait, where waiting helps
"""

from __future__ import annotations


class StaffError(Exception):
    """Nothing was changed; the text is a sentence for whoever asked."""


class EmailTaken(StaffError):
    """There is an account with that e-mail address."""

    def __init__(self, email: str) -> None:
        super().__init__(f"There is an account for {email} already.")


class NameTaken(StaffError):
    """There is a team of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a team called “{name}” already.")


class UnknownAgent(StaffError):
    """There is no such account."""


class UnknownTeam(StaffError):
    """There is no such team."""


class WrongValue(StaffError):
    """A field cannot be so; the text says which, and how it can be."""


class ChangedMeanwhile(StaffError):
    """What it was about is another by now."""

    def __init__(self) -> None:
        super().__init__("Somebody else changed this at the same moment. Look at it again.")


class LastAdmin(StaffError):
    """Nobody would be left who may manage people."""

    def __init__(self) -> None:
        super().__init__("This is the only admin; make somebody else an admin first.")


class SignInRefused(StaffError):
    """Nobody was signed in, or no password was changed.

    Args:
        sentence: what to tell.
        retry_after_seconds: when trying again can help, if it is a matter of waiting.
    """

    def __init__(self, sentence: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.retry_after_seconds = retry_after_seconds
