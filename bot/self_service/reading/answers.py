"""Reads short answers: yes and no to something that will be done, "that's all", "go back". Nothing about what is asked.

A yes here lets money move. So a text is one only when every word of it is known and none of them takes the yes back.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from bot.languages.requests import request_words
from bot.self_service.reading.pieces import UNKNOWN, Piece, take_apart, words_in

_LISTS = ("reply_no", "reply_hedges", "reply_hold", "reply_beside", "done", "reply_yes", "reply_ok", "reply_good")
_REST = ("reply_negators", "reply_neutral")
_AGREES = ("reply_yes", "reply_ok")
_TAKEN_BACK = frozenset({*_AGREES, "reply_good", "action", "other_action"})
_BESIDE = frozenset({"reply_neutral", "done"})
_DOUBTS = frozenset({UNKNOWN, "reply_beside", "reply_hold", "reply_hedges", "reply_negators", "other_action"})
_ANSWERS = frozenset({*_AGREES, "reply_no", "reply_good", "reply_hedges", "action", "done", "done_those"})
_LEADS = _ANSWERS | {"reply_hold"}  # behind these something new begins: "yes are you sure"
_REACH = 4  # words between "don't" and what shall not be done


class Reply(StrEnum):
    """What an answer to "shall I do it?" says."""

    YES = "yes"
    NO = "no"
    BOTH = "both"
    HEDGED = "hedged"  # a yes with something else, or half a yes: "yes, but …", "I think so", "ok wait"
    NONE = "none"


def read_reply(text: str, language: str, *, kind: str = "") -> Reply:
    """What `text` says to the question whether something shall be done.

    Args:
        kind: what shall be done ("cancel_order", "return_items", …), so that "yes, cancel it" is a yes to a
            cancellation and to nothing else. Left out, no such word is taken for a yes.
    """
    pieces = _with_negations(take_apart(text, language, (*_LISTS, *_REST), _actions(language, kind)))
    kinds = [piece.kind for piece in _without_closing_no(pieces)]
    asked = "?" in text or _asks(pieces, language)
    unclear = asked or not _DOUBTS.isdisjoint(kinds) or _wants_nothing(pieces, language)
    if "reply_no" in kinds:
        return Reply.BOTH if "reply_yes" in kinds else _no(pieces)
    words = words_in(text)
    if words and set(words) <= _words(language, "reply_abort"):  # "cancel that" may mean the order or the question
        return Reply.NONE if kind == "cancel_order" else Reply.NO
    does = "action" in kinds and not unclear
    if does or "reply_yes" in kinds or "reply_ok" in kinds:
        return _yes(kinds, unclear)
    meant = {name for name in kinds if name not in _BESIDE}
    return Reply.HEDGED if meant and meant <= {"reply_hedges", "reply_good"} else Reply.NONE


def read_done(text: str, language: str) -> bool:
    """Whether `text` says that there is nothing to add: "that's all", "nothing else", "just those".

    A bare "no" is not that: to "anything else?" and to "is that all?" it says the opposite.
    """
    every = [word for words in _action_words(language).values() for word in words]
    pieces = take_apart(text, language, ("done_those", *_LISTS, *_REST), {"action": every})
    kinds = {piece.kind for piece in pieces}
    if _asks(pieces, language) and not any(piece.stops for piece in pieces[:-1]):  # "is it done"
        return False
    closing = {"done", "done_those"}
    return bool(kinds & closing) and kinds <= {*closing, "reply_neutral", "reply_no", "action", *_AGREES, "reply_good"}


def read_go_back(text: str, language: str) -> bool:
    """Whether `text` asks for the question before, and for nothing else: "go back", "undo that"."""
    kinds = {piece.kind for piece in take_apart(text, language, ("go_back", "go_back_beside"), {})}
    return "go_back" in kinds and UNKNOWN not in kinds


def _yes(kinds: list[str], unclear: bool) -> Reply:
    if not unclear:
        return Reply.YES
    begins = next((kind for kind in kinds if kind not in _BESIDE), UNKNOWN)
    return Reply.HEDGED if "reply_yes" in kinds or begins in _AGREES else Reply.NONE


def _no(pieces: list[Piece]) -> Reply:
    # "keep the lamp, don't send it back" corrects something; only what begins with a no, or is nothing else, is one.
    begins = next((piece.kind for piece in pieces if piece.kind not in ("reply_neutral", "reply_ok", "reply_hold")), "")
    return Reply.NO if begins == "reply_no" or UNKNOWN not in {piece.kind for piece in pieces} else Reply.NONE


def _without_closing_no(pieces: list[Piece]) -> list[Piece]:
    """The pieces without a no that says there is nothing to add, where more is said: "no, that's all, go ahead"."""
    agreed = any(piece.kind == "reply_yes" for piece in pieces)
    followed = [*(piece.kind for piece in pieces[1:]), UNKNOWN]
    closes = [agreed and piece.kind == "reply_no" and followed[at] == "done" for at, piece in enumerate(pieces)]
    return [piece for piece, closing in zip(pieces, closes, strict=True) if not closing]


def _asks(pieces: list[Piece], language: str) -> bool:
    """Whether it is a question, also without its mark: "is that correct", "ok, are you sure"."""
    opens = True
    for place, piece in enumerate(pieces):
        starts = place == 0 or pieces[place - 1].stops or pieces[place - 1].kind in _LEADS
        lists = ["reply_inversions"] if starts else []
        lists += ["reply_question_words"] if opens else []
        if any(_begins(pieces[place:], phrase) for name in lists for phrase in _phrases(language, name)):
            return True
        leads_over = piece.text in _words(language, "reply_leads") or piece.kind in ("reply_ok", "reply_good")
        opens = opens and (leads_over or piece.kind == "reply_hold")
    return False


def _begins(pieces: list[Piece], phrase: list[str]) -> bool:
    """Whether the phrase stands at the first piece, and is not the beginning of an answer: "do" of "do it"."""
    first, said = pieces[0], " ".join(piece.text for piece in pieces[: len(phrase)]).split()
    answers = first.kind in _ANSWERS and len(first.text.split()) >= len(phrase)
    return said[: len(phrase)] == phrase and not answers


def _wants_nothing(pieces: list[Piece], language: str) -> bool:
    """Whether nothing shall be done ("confirm nothing"), unlike "go ahead, nothing else"."""
    nothing = _words(language, "reply_nothing")
    for place, piece in enumerate(pieces):
        words = piece.text.split()
        joined = place > 0 and not pieces[place - 1].stops and pieces[place - 1].kind in _TAKEN_BACK
        if piece.kind == "done" and words[0] in nothing and (len(words) == 1 or joined):
            return True
    return False


def _with_negations(pieces: list[Piece]) -> list[Piece]:
    """The pieces, with "don't … go ahead" as a no, and a no that only belongs to a noun ("no backlight") as unknown."""
    read = list(pieces)
    for place, piece in enumerate(pieces):
        meant = [later for later in range(place + 1, len(pieces)) if pieces[later].kind != "reply_neutral"]
        near = meant[0] if meant else len(pieces)
        if piece.kind == "reply_negators" and (not meant or _undone(pieces, place, near)):
            read[place] = replace(piece, kind="reply_no")
            read[near : near + 1] = [replace(taken, kind="reply_neutral") for taken in pieces[near : near + 1]]
        elif piece.kind == "reply_no" and not piece.stops and near == place + 1 and meant:
            read[place] = replace(piece, kind=UNKNOWN) if pieces[near].kind == UNKNOWN else piece
    return read


def _undone(pieces: list[Piece], place: int, near: int) -> bool:
    """Whether the negator at `place` takes back what stands at `near`: not far behind it, and in the same clause."""
    between = pieces[place:near]
    return len(between) <= _REACH and not any(piece.stops for piece in between) and pieces[near].kind in _TAKEN_BACK


def _actions(language: str, kind: str) -> dict[str, list[str]]:
    by_kind = _action_words(language)
    own = by_kind.get(kind, [])
    others = [word for name, words in by_kind.items() if name != kind for word in words if word not in own]
    return {"action": own, "other_action": others}


def _action_words(language: str) -> dict[str, list[str]]:
    return {
        str(name): [str(word) for word in words] for name, words in request_words(language)["reply_actions"].items()
    }


def _phrases(language: str, name: str) -> list[list[str]]:
    return [words_in(str(phrase)) for phrase in request_words(language).get(name) or ()]


def _words(language: str, name: str) -> frozenset[str]:
    return frozenset(words_in(" ".join(str(word) for word in request_words(language).get(name) or ())))
