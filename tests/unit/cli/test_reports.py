"""Reports as people and programs read them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.commands.reports import csat_json, csat_text, ledger_text, moment, printable
from bot.insights.csat import ExtraRow, Filter, SurveyRow
from bot.insights.figures.duties import Kept
from bot.insights.follow_ups import summarize_follow_ups
from bot.insights.ledger import Breach, Report

ZONE = ZoneInfo("America/New_York")
AT = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)


def answer(score: int, comment: str | None = None, about: str = "bot") -> SurveyRow:
    return SurveyRow(AT, AT, "c" * 32, "web", about, "answered", True, score, comment)


@pytest.mark.parametrize(
    ("text", "end_of_day", "expected"),
    [
        ("2026-03-31", False, "2026-03-31T00:00:00-04:00"),
        ("2026-03-31", True, "2026-04-01T00:00:00-04:00"),
        ("2026-03-31T14:00", True, "2026-03-31T14:00:00-04:00"),
        ("2026-03-31T14:00+00:00", False, "2026-03-31T14:00:00+00:00"),
    ],
)
def test_days_are_days_of_the_shop(text: str, end_of_day: bool, expected: str) -> None:
    assert moment(text, ZONE, end_of_day=end_of_day).isoformat() == expected


def test_responses_are_listed_with_local_time_score_and_comment() -> None:
    text = csat_text([answer(5, "so quick\nthank you")], ZONE)

    assert f"2026-03-02 10:30   {'c' * 32}  web        5/5    so quick thank you" in text
    assert "CSAT           100% gave 4 or 5 (95 % interval 21% to 100%)" in text
    assert "few answers (1)" in text


def test_the_bot_and_agents_are_told_apart() -> None:
    text = csat_text([answer(5), answer(1, about="agent")], ZONE)

    assert "About the assistant" in text
    assert "About an agent" in text


def test_without_surveys_the_report_says_so() -> None:
    assert "nobody has been asked yet" in csat_text([], ZONE)


def test_programs_get_the_same_numbers() -> None:
    body = json.loads(csat_json([answer(5), answer(4), answer(1, "no", about="agent")], Filter(channel="web")))

    assert body["filter"] == {"since": None, "until": None, "channel": "web"}
    assert body["summary"]["all"]["score"] == pytest.approx(2 / 3)
    assert body["summary"]["agent"]["mean"] == 1.0
    assert [row["score"] for row in body["responses"]] == [5, 4, 1]


def test_a_comment_cannot_play_with_the_terminal() -> None:
    assert printable("a\x1b[2Jb\u202ec\x07 ok\tfine\n🙂") == "a[2Jbc ok fine 🙂"


def test_a_broken_rule_is_told_with_examples_and_how_many_more() -> None:
    breach = Breach("every rule holds", 23, tuple(f"number {n}" for n in range(20)))
    report = Report(3, 1, 2, 9, 4, {"due": 2}, ("all is well", "every rule holds"), (breach,))

    text = ledger_text(report)

    assert "  ok      all is well" in text
    assert "  BROKEN  every rule holds" in text
    assert "broken 23 times" in text
    assert "  number 19\n  … and 3 more" in text


def test_nps_ces_and_follow_ups_are_told_where_there_are_any() -> None:
    extras = [ExtraRow("nps", "answered", 10), ExtraRow("nps", "expired", None), ExtraRow("ces", "answered", 6)]
    figures = summarize_follow_ups(Kept({"in_time": 1, "late": 1}), {"put_right": 1, "explained": 1})
    text = csat_text([answer(5)], ZONE, extras, figures)

    assert "NPS            +100 (95 % interval" in text
    assert "1 of 2 asked" in text
    assert "CES            6.00 of 7" in text
    assert "Who rated 1 or 2 is not asked this" in text
    assert "in time        50%, 1 of 2 that have come due" in text
    assert "1 explained, 1 put right" in text
    body = json.loads(csat_json([answer(5)], Filter(), extras, figures))
    assert (body["nps"]["nps"], body["nps"]["too_few"], body["ces"]["mean"]) == (100, True, 6.0)
    assert (body["follow_ups"]["share"], body["follow_ups"]["late"]) == (0.5, 1)


def test_without_them_nothing_is_said_of_them() -> None:
    text = csat_text([answer(5)], ZONE)

    assert "NPS" not in text
    assert "Follow-ups" not in text
