"""What people do becomes updates for the bot. Whoever calls holds the state's lock."""

from __future__ import annotations

from tests.telegram.entities import Formatted, fixed
from tests.telegram.model import Bot, Chat, Message, Tap, User, Wire
from tests.telegram.sending import text_content
from tests.telegram.state import State

_ADMIN_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


def typed(text: str) -> Wire:
    """A text as a user's client sends it."""
    return text_content(fixed(Formatted(text), empty="message text is empty"))


def message_arrives(state: State, bot: Bot, chat: Chat, sender: User | None, content: Wire, **given: object) -> Message:
    """A new message of somebody; the bot hears of it if it may."""
    if chat.type == "private":
        if chat.bot_status == "kicked":
            raise ValueError("a user who blocked the bot cannot write to it: unblock it first")
        chat.bot_status = "member"
    message = state.new_message(bot, chat, sender, content, **given)
    if _hears(bot, message):
        state.enqueue(bot, {_kind(chat): message.wire()})
    return message


def message_edited(state: State, bot: Bot, message: Message, content: Wire) -> None:
    message.content = content
    message.edits += 1
    message.edit_date = state.now()
    if _hears(bot, message):
        state.enqueue(bot, {f"edited_{_kind(message.chat)}": message.wire()})


def button_tapped(state: State, bot: Bot, user: User, message: Message, data: str, *, accessible: bool) -> Tap:
    """A tap on an inline button. A message that is too old comes to the bot without its content."""
    tap = Tap(str(state.new_number()), user, state.clock(), data)
    bot.taps[tap.id] = tap
    bare = {"chat": message.chat.wire(), "message_id": message.id, "date": 0}
    query = {
        "id": tap.id,
        "from": user.wire(),
        "chat_instance": str(message.chat.id * 7919),
        "message": message.wire() if accessible else bare,
        "data": data,
    }
    state.enqueue(bot, {"callback_query": query})
    return tap


def membership_changed(state: State, bot: Bot, chat: Chat, by: User, status: str) -> None:
    """The bot was blocked, unblocked, added or removed: `my_chat_member`."""
    before, chat.bot_status = chat.bot_status, status
    change = {
        "chat": chat.wire(),
        "from": by.wire(),
        "date": state.now(),
        "old_chat_member": _member(bot, "left" if before == "never" else before, chat),
        "new_chat_member": _member(bot, status, chat),
    }
    state.enqueue(bot, {"my_chat_member": change})


def group_upgraded(state: State, bot: Bot, group: Chat, by: User | None, new_id: int) -> Chat:
    """A group becomes a supergroup with another id; both tell of it, as Telegram does."""
    supergroup = Chat(new_id, "supergroup", group.title)
    bot.chats[new_id] = supergroup
    message_arrives(state, bot, group, by, {"migrate_to_chat_id": new_id})
    group.migrated_to = new_id
    message_arrives(state, bot, supergroup, by, {"migrate_from_chat_id": group.id})
    return supergroup


def _kind(chat: Chat) -> str:
    return "channel_post" if chat.type == "channel" else "message"


def _hears(bot: Bot, message: Message) -> bool:
    """A bot with privacy on hears in groups only what is meant for it, and what happened to the group."""
    if not message.chat.is_group or bot.reads_groups or "text" not in message.content:
        return True
    answered = message.chat.messages.get(message.reply_to or 0)
    if answered is not None and answered.sender is bot.account:
        return True
    text = message.shown
    command = text.startswith("/") and "@" not in text.split()[0]
    return command or f"@{bot.account.username.lower()}" in text.lower()


def _member(bot: Bot, status: str, chat: Chat) -> Wire:
    """A `ChatMember`; in a channel the bot is an administrator."""
    member: Wire = {"user": bot.account.wire(), "status": status}
    if status == "kicked":
        member["until_date"] = 0
    elif status == "member" and chat.type == "channel":
        member |= {"status": "administrator", **dict.fromkeys(_ADMIN_RIGHTS, False)}
    return member
