"""How an ended conversation came out: exactly one of five outcomes; the definition, and nothing else.

`docs/outcomes.md` tells the same to people.
"""

from __future__ import annotations

from dataclasses import dataclass

CONFIRMED, ASSUMED, ABANDONED, HANDED_OFF, REOPENED = "confirmed", "assumed", "abandoned", "handed_off", "reopened"
OUTCOMES = (CONFIRMED, ASSUMED, ABANDONED, HANDED_OFF, REOPENED)
CONTENT = 4  # the lowest score of who says that it went well


@dataclass(frozen=True, slots=True)
class Ended:
    """What is known of a conversation that has ended.

    Attributes:
        came_back: the same customer wrote again, within the days that the settings say, about the same topic.
        to_people: one of our people wrote in it; or a person was asked for, and that was not taken back; or the
            customer was promised that somebody sees to it.
        score: the rating, 1 to 5.
        said_so: the customer said that it helped, when they were asked, and wanted nothing more after that.
        asked: the customer asked something.
        answered: somebody answered after they had.
        left_open: it ended while something was asked of the customer, or with something that was not understood,
            that failed, that no article answered, or that was not answered any more.
    """

    came_back: bool = False
    to_people: bool = False
    score: int | None = None
    said_so: bool = False
    asked: bool = True
    answered: bool = True
    left_open: bool = False


def outcome_of(ended: Ended) -> str:
    """The one outcome of an ended conversation; the first of these that is true.

    1. `reopened`: whoever has to come back for the same was not helped, whatever they said of it.
    2. `handed_off`: people saw to it, or have to. How well is told by the score, not by the outcome.
    3. `confirmed`: the customer rated 4 or 5; or gave no rating, and said that it helped when the bot asked.
    4. `abandoned`: rated 1 to 3; or asked nothing, left before there was an answer, or left something open.
    5. `assumed`: the rest. The customer got an answer and went without a word on it. Nobody knows whether it helped,
       so it never counts as resolved.
    """
    if ended.came_back:
        return REOPENED
    if ended.to_people:
        return HANDED_OFF
    if ended.score is not None:  # the rating is the last word, after anything that was said before
        return CONFIRMED if ended.score >= CONTENT else ABANDONED
    if not ended.asked or not ended.answered:
        return ABANDONED
    if ended.said_so:
        return CONFIRMED
    return ABANDONED if ended.left_open else ASSUMED
