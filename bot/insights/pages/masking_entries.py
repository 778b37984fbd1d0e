"""What stands in a transcript as a reader gets to see it: every text, name and value of an entry through their eyes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.desk.entries import Brought, Delivered, Entry, Happened, Noted, Offered, Quoted, Said
from bot.desk.shown_cards import Line, ShownCard
from bot.desk.understood import Heard, Understood
from bot.insights.pages.seeing import Eyes

_PLAIN_DETAILS = frozenset({"reason", "why", "to", "until"})  # of what happened: words of ours


def seen_entries(entries: Sequence[Entry], eyes: Eyes, names: Sequence[str]) -> tuple[Entry, ...]:
    """The entries as these eyes see them.

    Args:
        names: what the customer is called, here and there.
    """
    if eyes.clear:
        return tuple(entries)
    seen = _Seen(eyes, tuple(names))
    return tuple(seen.entry(entry) for entry in entries)


class _Seen:
    def __init__(self, eyes: Eyes, names: tuple[str, ...]) -> None:
        self._eyes = eyes
        self._names = names

    def entry(self, entry: Entry) -> Entry:
        match entry:
            case Said():
                return self._said(entry)
            case Noted():
                return replace(entry, text=self._text(entry.text))
            case Happened():
                return replace(entry, details={k: v for k, v in entry.details.items() if k in _PLAIN_DETAILS})

    def _said(self, said: Said) -> Said:
        return replace(
            said,
            author=None if said.author_kind == "customer" else said.author,
            text=self._text(said.text),
            former=None if said.former is None else self._text(said.former),
            quoted=said.quoted and self._quoted(said.quoted),
            offered=tuple(Offered(self._text(one.title), one.taken) for one in said.offered),
            cards=tuple(self._card(card) for card in said.cards),
            brought=tuple(self._brought(one) for one in said.brought),
            understood=said.understood and self._understood(said.understood),
            deliveries=tuple(
                Delivered(one.channel, one.state, None if one.error is None else self._text(one.error))
                for one in said.deliveries
            ),
        )

    def _quoted(self, quoted: Quoted) -> Quoted:
        return replace(quoted, author="", text=self._text(quoted.text))

    def _card(self, card: ShownCard) -> ShownCard:
        return replace(
            card,
            title=self._text(card.title),
            subtitle=self._text(card.subtitle),
            items=tuple(self._line(line) for line in card.items),
            fields=tuple(self._line(line) for line in card.fields),
        )

    def _line(self, line: Line) -> Line:
        return replace(line, name=self._text(line.name), value=self._eyes.value(line.name, line.value, *self._names))

    def _brought(self, brought: Brought) -> Brought:
        """Only that there was something, and of what kind: a picture shows who knows what."""
        return replace(brought, id="", shown="sign", name=None, state="none", details={})

    def _understood(self, understood: Understood) -> Understood:
        heard = tuple(Heard(one.name, self._eyes.value(one.name, one.value, *self._names)) for one in understood.heard)
        return replace(understood, heard=heard)

    def _text(self, text: str) -> str:
        return self._eyes.text(text, *self._names)
