"""A link undone takes with it whom its identity has let in since by links of its own, and nobody else."""

from __future__ import annotations

from tests.support.core import Visitor

UNLINK = "app:unlink:"


async def test_whom_the_identity_has_let_in_since_leaves_with_it(shop, clock) -> None:
    nora = Visitor(shop.service, "nora")
    her_own = (await nora.types("hello")).customer_id
    conversation = await shop.asks(shop.wanda)
    await shop.linked()
    button = await shop.button(conversation, UNLINK)
    clock.forward(minutes=1)
    await shop.follow(await shop.link("42", "telegram", to="web"), "nora", "web")
    clock.forward(minutes=1)
    await shop.follow(await shop.link("nora"), "77")
    assert shop.taking_part(conversation) == {"wanda", "42", "nora", "77"}

    await shop.wanda.taps(button)

    assert shop.taking_part(conversation) == {"wanda"}
    assert shop.customer_of("nora") == her_own
    assert len({shop.customer_of(name) for name in ("wanda", "42", "nora", "77")}) == 4
    assert [link.undone_by for link in shop.links()] == ["customer"] * 3
    assert shop.conversation(conversation).identity_id == shop.identity("wanda").id
    (told,) = (message for message in await shop.said(conversation) if message.response == "utter_app_unlinked")
    assert shop.sent_to("77", told) == ("waiting", True)
    assert (await shop.service.status("web", "nora")).conversation_id != conversation


async def test_whom_somebody_let_in_who_has_gone_elsewhere_since_leaves_too(shop, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    followed = await shop.linked()
    await shop.follow(await shop.link("42", "telegram", to="web"), "nora", "web")
    clock.forward(minutes=1)
    await shop.follow(await shop.link("nora"), "77")
    await shop.follow(await shop.link("55", "telegram", to="web"), "nora", "web")

    await shop.service.undo_link(followed.link_id or "", "operator")

    assert shop.taking_part(conversation) == {"wanda"}
    assert shop.customer_of("nora") == shop.customer_of("55")  # it is not ours to undo what came after


async def test_whom_others_let_in_stays(shop, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    followed = await shop.linked()
    clock.forward(minutes=1)
    await shop.follow(await shop.link(), "77")

    await shop.service.undo_link(followed.link_id or "", "operator")

    assert shop.taking_part(conversation) == {"wanda", "77"}


async def test_whoever_asked_for_the_link_stays_though_they_came_back_by_it(shop, clock) -> None:
    conversation = await shop.asks(shop.wanda)
    followed = await shop.linked()
    clock.forward(minutes=1)
    await shop.follow(await shop.link("55", "telegram", to="web"), "wanda", "web")
    clock.forward(minutes=1)
    await shop.follow(await shop.link("42", "telegram", to="web"), "wanda", "web")

    await shop.service.undo_link(followed.link_id or "", "operator")

    assert shop.taking_part(conversation) == {"wanda"}
    assert shop.customer_of("42") != shop.customer_of("wanda")
