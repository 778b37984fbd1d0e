"""What the lines of a terminal do, on a sandbox without a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.telegram import Limits, Sandbox, TelegramUser
from tests.telegram.model import Wire
from tests.telegram.terminal import Quit, Terminal


class Talk:
    """A terminal, its user and what was printed."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(limits=Limits.off())
        self.bot = self.sandbox.add_bot()
        self.user: TelegramUser = self.sandbox.user("Ada")
        self.printed: list[str] = []
        self.terminal = Terminal(self.user, self.printed.append, name="Shop", colours=False)

    def types(self, *lines: str) -> None:
        for line in lines:
            self.terminal.heed(line)

    def bot_says(self, text: str, *titles: str, **more: object) -> int:
        """Store a message of the bot, with buttons in one row."""
        chat = self.sandbox.state.private_chat(self.bot, self.user.account)
        rows = [[{"text": title, "callback_data": title.lower()} for title in titles]]
        markup: Wire | None = {"inline_keyboard": rows} if titles else None
        content = {"text": text}
        return self.sandbox.state.new_message(self.bot, chat, self.bot.account, content, markup=markup).id

    def drawn(self) -> list[str]:
        """The lines that are new."""
        self.printed.clear()
        self.terminal.draw()
        return "\n".join(self.printed).splitlines()

    @property
    def updates(self) -> list[Wire]:
        return list(self.bot.updates)

    @property
    def written(self) -> list[str]:
        return [message.text or message.kind for message in self.user.chat if not message.from_bot]


@pytest.fixture
def talk() -> Iterator[Talk]:
    return Talk()


def test_lines_are_messages_as_they_are(talk: Talk) -> None:
    talk.types("/start", "Where is my order?", "5", ":)", "::photo", "  ")
    assert talk.written == ["/start", "Where is my order?", "5", ":)", ":photo"]


def test_enter_presses_start_in_an_empty_chat_alone(talk: Talk) -> None:
    talk.types("", "")
    assert talk.written == ["/start"]


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("https://t.me/shop_bot?start=link_abc-1", "/start link_abc-1"),
        ("http://t.me/shop_bot?start=", "/start"),
        ("https://t.me/shop_bot", "https://t.me/shop_bot"),
    ],
)
def test_a_start_link_is_followed(talk: Talk, link: str, text: str) -> None:
    talk.types(link)
    assert talk.written == [text]


def test_a_number_with_a_colon_taps(talk: Talk) -> None:
    first = talk.bot_says("Sure?", "Yes", "No")
    talk.bot_says("Really?", "Of course")
    talk.types(":1", f":2 {first}", ":2", "2")
    assert [update["callback_query"]["data"] for update in talk.updates[:2]] == ["of course", "no"]
    assert talk.printed[-1] == "(there is no button 2)"
    assert talk.written == ["2"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [(":photo A mug", "photo"), (":voice", "voice"), (":sticker", "sticker"), (":location", "location")],
)
def test_a_command_sends_what_is_no_text(talk: Talk, line: str, kind: str) -> None:
    talk.types(line)
    assert kind in talk.updates[0]["message"]


def test_the_own_contact_is_shared(talk: Talk) -> None:
    talk.types(":contact")
    assert talk.updates[0]["message"]["contact"]["user_id"] == talk.user.id


def test_the_last_own_message_is_edited(talk: Talk) -> None:
    talk.types("one", "two")
    talk.bot_says("Hello")
    talk.types(":edit three")
    assert talk.written == ["one", "three"]
    assert talk.updates[-1]["edited_message"]["text"] == "three"


def test_a_reply_names_its_message(talk: Talk) -> None:
    number = talk.bot_says("Hello")
    talk.types(f":reply {number} Thank you")
    assert talk.updates[-1]["message"]["reply_to_message"]["message_id"] == number


def test_blocking_and_unblocking_reach_the_bot(talk: Talk) -> None:
    talk.types("/start", ":block", "still here?", ":unblock")
    statuses = [update["my_chat_member"]["new_chat_member"]["status"] for update in talk.updates[1:]]
    assert statuses == ["kicked", "member"]
    assert "unblock it first" in talk.printed[-1]


@pytest.mark.parametrize("line", [":nonsense", ":edit x", ":reply 3", ":1", ":reply x y"])
def test_a_command_that_cannot_be_done_says_why(talk: Talk, line: str) -> None:
    talk.types(line)
    assert talk.printed[-1].startswith("(")
    assert talk.updates == []


def test_the_menu_is_that_of_the_users_language(talk: Talk) -> None:
    talk.types(":commands")
    talk.bot.commands['{"type": "default"}', ""] = [{"command": "help", "description": "What I can do"}]
    talk.types(":commands")
    assert talk.printed == ["(the bot has no menu)", "/help  What I can do"]


def test_quitting_ends_it(talk: Talk) -> None:
    with pytest.raises(Quit):
        talk.types(":quit")


def test_what_is_new_is_drawn_once(talk: Talk) -> None:
    number = talk.bot_says("Hello", "Yes")
    assert talk.drawn() == [f"Shop #{number}  Hello", "         [:1 Yes]"]
    assert talk.drawn() == []


def test_a_change_of_a_message_is_drawn_again(talk: Talk) -> None:
    number = talk.bot_says("Sure?", "Yes")
    talk.drawn()
    message = talk.bot.chats[talk.user.id].messages[number]
    message.content, message.markup, message.edits = {"text": "Done"}, None, 1
    assert talk.drawn() == [f"Shop #{number}  (edited) Done"]


def test_buttons_that_go_and_messages_that_are_deleted_are_told(talk: Talk) -> None:
    number = talk.bot_says("Sure?", "Yes")
    talk.drawn()
    message = talk.bot.chats[talk.user.id].messages[number]
    message.markup = None
    assert talk.drawn() == [f"(#{number} has no buttons any more)"]
    message.deleted = True
    assert talk.drawn() == [f"(#{number} was deleted)"]


def test_a_script_waits_until_the_bot_is_silent(talk: Talk) -> None:
    talk.types("/start")
    talk.terminal.wait_for_quiet(silence=0.01, longest=0.05)
    assert talk.printed == ["(no answer within 0.05 s)"]
    talk.types("Hello?")
    talk.bot_says("Hi")
    talk.drawn()
    talk.terminal.wait_for_quiet(silence=0.01, longest=5)
    assert talk.printed == ["Shop #3  Hi"]
