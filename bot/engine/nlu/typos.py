"""Misspells texts as hurried people do: for training, so that a slip of the finger does not change the meaning."""

import random

# Beside each other on the keyboard, in the layouts that most of our languages share.
_BESIDE = {
    key: "".join(row[max(0, place - 1) : place] + row[place + 1 : place + 2])
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for place, key in enumerate(row)
}
LEAST_LETTERS = 3


def with_typos(text: str, share: float, chance: random.Random) -> str:
    """`text` with a slip in about `share` of its words; short words and what is no word stay as they are."""
    return " ".join(
        _slip(word, chance) if len(word) >= LEAST_LETTERS and word.isalpha() and chance.random() < share else word
        for word in text.split(" ")
    )


def _slip(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word))  # the first letter is seldom wrong
    before, letter, after = word[:place], word[place], word[place + 1 :]
    kind = chance.randrange(4)
    if kind == 0:
        return before + after
    if kind == 1:
        return before + letter + letter + after
    if kind == 2:
        return word[: place - 1] + letter + word[place - 1] + after
    return before + (chance.choice(_BESIDE[letter]) if letter in _BESIDE else letter) + after
