"""A customer who was everywhere, on the web and on Telegram, is handed out whole at the desk and then erased there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.conversations.attachments import keep
from bot.conversations.models import Attachment
from bot.handoff import owning
from bot.insights import ledger
from bot.insights.facts.digest import Digest
from bot.insights.learning.candidates import Candidates
from bot.privacy.tombstones import FILE
from bot.staff.models import Role
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_facts, conversation_words
from bot.storage.tables import conversations, customers, metadata, surveys
from tests.conftest import Clock
from tests.support.canaries import found_in
from tests.support.insight_house import InsightHouse
from tests.support.telegram_customer import TelegramCustomer

pytestmark = pytest.mark.integration

CANARY = "Zaunkoenig"
TELEGRAM = "700123456"


@pytest.fixture
def house(migrated: Database, clock: Clock, new_id: Callable[[], str], tmp_path: Path) -> InsightHouse:
    return InsightHouse(migrated, clock, new_id, data_dir=tmp_path / "data")


def digest_of(house: InsightHouse) -> Digest:
    return Digest(
        house.database,
        zone=house.zone,
        reopened_within=timedelta(days=7),
        clock=house.clock,
        listeners=[Candidates(0.6, house.new_id)],
    )


async def lives_here(house: InsightHouse) -> str:
    """Everything that one may do; the id of the conversation."""
    core, clock = house.house, house.clock
    robin = house.agent("Robin Hale")
    await core.talks(core.wanda, f"{CANARY} where is my parcel")
    conversation_id = await core.waits(core.wanda, f"{CANARY} asks for a person")
    await core.does(owning.claim, conversation_id, robin)
    cookie = house.cookie(robin)
    async with house.signed_in(robin) as browser:
        for path, form in (
            ("note", {"text": f"note on {CANARY}", "key": "a" * 32}),
            ("reply", {"text": f"Dear {CANARY}", "key": "b" * 32}),
            ("draft", {"text": f"draft for {CANARY}", "kind": "reply"}),
        ):
            answer = await browser.post(f"/desk/c/{conversation_id}/{path}", data=form)
            assert answer.status_code < 300, answer.text
        answer = await browser.get("/desk/search", params={"q": f"{CANARY} wanda"})
        assert answer.status_code == 200
    assert cookie
    # The same customer on Telegram, by a link.
    token, _ = await core.service.open_link("web", "wanda", "telegram", "en")
    tom = TelegramCustomer(core.service, TELEGRAM)
    await core.service.follow_link(token, "telegram", TELEGRAM, "en")
    await tom.types(f"{CANARY} from Telegram", 5)
    await tom.edits(5, f"{CANARY} edited", clock())
    await tom.sends(Attachment("document", {}, f"{CANARY}-file-id", f"{CANARY}.pdf", "application/pdf", 9), words="see")
    attachments = metadata.tables["attachments"]
    (attached,) = core.read(sa.select(attachments.c.id))
    await core.unit_of_work(lambda unit: keep(unit, attached.id, f"{CANARY} inside".encode()))
    await core.does(owning.resolve, conversation_id, robin)
    (survey,) = core.read(sa.select(surveys).where(surveys.c.conversation_id == conversation_id))
    await tom.types("5")
    await tom.types(f"{CANARY} was pleased")
    house.does(sa.update(customers).values(name=f"Wanda {CANARY}"))
    assert survey.state in ("due", "asked")
    await digest_of(house).catch_up()
    async with house.admin as browser:
        answer = await browser.post(
            f"/insights/conversations/{conversation_id}/qa", data={"understood": "2", "note": f"{CANARY} judged"}
        )
        assert answer.status_code < 400
        assert (await browser.get("/insights/conversations", params={"words": CANARY})).status_code == 200
    return conversation_id


async def test_what_a_customer_left_everywhere_is_handed_out_and_then_gone(
    house: InsightHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as logs:
        conversation_id = await lives_here(house)
        where = house.database.read_now(lambda connection: found_in(connection, CANARY))
        assert len(where) > 12, where
        (facts,) = house.facts(conversation_facts.c.conversation_id == conversation_id)
        async with house.admin as browser:
            shown = await browser.get(f"/desk/c/{conversation_id}/customer")
            assert shown.status_code == 200
            assert f"Wanda {CANARY}" in shown.text
            zipped = await browser.get(f"/desk/c/{conversation_id}/customer/export")
            with zipfile.ZipFile(io.BytesIO(zipped.content)) as archive:
                told = b"".join(archive.read(name) for name in archive.namelist()).decode()
            for words in ("where is my parcel", "note on", "Dear", "from Telegram", "edited", "inside", "was pleased"):
                assert words in told

            slip = await browser.post(f"/desk/c/{conversation_id}/customer/erase", data={"word": "erase"})
            assert (slip.status_code, "Nothing was erased" in slip.text) == (422, True)
            done = await browser.post(f"/desk/c/{conversation_id}/customer/erase", data={"word": "ERASE"})
            assert done.status_code == 200, done.text
            assert "Left to do" not in done.text

            left = house.database.read_now(lambda connection: found_in(connection, CANARY))
            assert left == set()
            assert house.database.read_now(lambda connection: found_in(connection, TELEGRAM)) == set()
            # What is left can still be looked at.
            for page in (
                f"/desk/c/{conversation_id}",
                f"/desk/c/{conversation_id}/side",
                f"/desk/c/{conversation_id}/customer",
                f"/desk/c/{conversation_id}/export",
                f"/insights/conversations/{conversation_id}",
                "/insights/conversations",
                "/insights/privacy",
                "/desk/audit",
            ):
                answer = await browser.get(page)
                assert answer.status_code == 200, page
                assert CANARY not in answer.text
            listed = await browser.get("/insights/privacy")
            assert "Bea Boss" in listed.text
    (kept,) = house.facts(conversation_facts.c.conversation_id == conversation_id)
    assert (kept.score, kept.customer_messages, kept.handed_off) == (facts.score, facts.customer_messages, True)
    assert (house.settings.data_path / FILE).exists()
    assert [line.agent_id for line in house.audited("erase")] == [house.person(Role.ADMIN).id]
    assert CANARY not in str(logs)
    printed = capsys.readouterr()
    assert CANARY not in printed.out + printed.err
    assert house.database.read_now(ledger.verify).breaches == ()


async def test_what_was_counted_before_brings_no_word_back(house: InsightHouse) -> None:
    conversation_id = await lives_here(house)
    (before,) = house.facts(conversation_facts.c.conversation_id == conversation_id)

    class Held:
        """A database in which somebody is erased between the reading and the writing of the digest."""

        reads = 0

        async def read(self, work: Callable[[sa.Connection], Any]) -> Any:
            return await house.database.read(work)

        async def write(self, work: Callable[[sa.Connection], Any]) -> Any:
            async with house.admin as browser:
                await browser.post(f"/desk/c/{conversation_id}/customer/erase", data={"word": "ERASE"})
            return await house.database.write(work)

    own = conversations.c.id == conversation_id
    house.does(sa.update(conversations).where(own).values(active_at=house.clock()))
    digest = Digest(
        Held(),
        zone=house.zone,
        reopened_within=timedelta(days=7),
        clock=house.clock,
        listeners=[Candidates(0.6, house.new_id)],
    )
    await digest.catch_up()
    await digest_of(house).catch_up()
    assert house.house.read(sa.select(conversation_words.c.words)) == []
    assert house.database.read_now(lambda connection: found_in(connection, CANARY)) == set()
    (after,) = house.facts(conversation_facts.c.conversation_id == conversation_id)
    assert (after.topic, after.customer_messages) == (before.topic, before.customer_messages)


@pytest.mark.parametrize(
    ("role", "seen", "erases"), [(Role.AGENT, 403, 403), (Role.ANALYST, 403, 403), (Role.SUPERVISOR, 200, 403)]
)
async def test_who_may_not_may_not(house: InsightHouse, role: Role, seen: int, erases: int) -> None:
    conversation_id = await house.house.talks(house.house.wanda, CANARY)
    async with house.signed_in(role) as browser:
        assert (await browser.get(f"/desk/c/{conversation_id}/customer")).status_code == seen
        assert (await browser.get(f"/desk/c/{conversation_id}/customer/export")).status_code == seen
        answer = await browser.post(f"/desk/c/{conversation_id}/customer/erase", data={"word": "ERASE"})
        assert answer.status_code == erases
        assert (await browser.get("/desk/c/nobody/customer")).status_code in (403, 404)
    assert house.database.read_now(lambda connection: found_in(connection, CANARY))


async def test_the_desk_says_why_nothing_was_erased(house: InsightHouse) -> None:
    conversation_id = await lives_here(house)
    (house.settings.data_path / FILE).mkdir(parents=True)
    async with house.admin as browser:
        answer = await browser.post(f"/desk/c/{conversation_id}/customer/erase", data={"word": "ERASE"})
    assert (answer.status_code, "Nothing was erased" in answer.text) == (503, True)
    assert house.database.read_now(lambda connection: found_in(connection, CANARY))
