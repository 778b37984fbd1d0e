"""Prints the reports of `bot/insights` for people and for programs; computes nothing itself."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.insights.csat import (
    CONFIDENCE_95,
    ExtraRow,
    Filter,
    Summary,
    SurveyRow,
    summarize,
    summarize_ces,
    summarize_nps,
)
from bot.insights.follow_ups import FollowUpFigures
from bot.insights.ledger import Report

WHO = {"bot": "the assistant", "agent": "an agent"}


def moment(text: str, zone: ZoneInfo, *, end_of_day: bool) -> datetime:
    """Read `2026-03-31` or `2026-03-31T14:00` in the shop's time zone; a bare day is its start, or its end.

    Raises:
        ValueError: neither of the two.
    """
    if "T" not in text and " " not in text.strip():
        day = date.fromisoformat(text.strip()) + timedelta(days=1 if end_of_day else 0)
        return datetime.combine(day, time.min, zone)
    at = datetime.fromisoformat(text.strip())
    return at if at.tzinfo else at.replace(tzinfo=zone)


def ledger_text(report: Report) -> str:
    """The report of `bellhop verify`."""
    broken = {breach.rule: breach for breach in report.breaches}
    lines = [
        f"{report.conversations} conversations ({report.open} open, {report.ended} ended), "
        f"{report.messages} messages, {report.turns} turns",
        "surveys: " + ", ".join(f"{count} {state}" for state, count in report.surveys.items()),
        "",
    ]
    lines += [f"  {'BROKEN' if rule in broken else 'ok':<8}{rule}" for rule in report.rules]
    for breach in report.breaches:
        lines += ["", f"{breach.rule}: broken {breach.count} {'time' if breach.count == 1 else 'times'}"]
        lines += [f"  {example}" for example in breach.examples]
        if breach.count > len(breach.examples):
            lines.append(f"  … and {breach.count - len(breach.examples)} more")
    lines += ["", "The ledger balances." if report.balanced else f"{len(report.breaches)} rules do not hold."]
    return "\n".join(lines)


def csat_text(
    rows: Sequence[SurveyRow],
    zone: ZoneInfo,
    extras: Sequence[ExtraRow] = (),
    follow_ups: FollowUpFigures | None = None,
) -> str:
    """The report of `bellhop csat` for people."""
    lines = []
    responses = _responses(rows)
    if responses:
        lines.append(f"{'answered':<17}  {'conversation':<32}  {'channel':<9}  {'score':<5}  comment")
        for row in responses:
            at = row.answered_at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if row.answered_at else ""
            comment = printable(row.comment or "")
            score = f"{row.score}/5"
            lines.append(f"{at:<17}  {row.conversation_id:<32}  {row.channel:<9}  {score:<5}  {comment}".rstrip())
        lines.append("")
    lines += _summary_lines("All", summarize(rows))
    for about, who in WHO.items():
        part = [row for row in rows if row.about == about]
        if part and len(part) < len(rows):
            lines += ["", *_summary_lines(f"About {who}", summarize(part))]
    lines += _extra_lines(extras)
    if follow_ups is not None and follow_ups.all:
        lines += ["", *_follow_up_lines(follow_ups)]
    return "\n".join(lines)


def csat_json(
    rows: Sequence[SurveyRow],
    wanted: Filter,
    extras: Sequence[ExtraRow] = (),
    follow_ups: FollowUpFigures | None = None,
) -> str:
    """The same for programs."""
    nps, ces = summarize_nps(extras), summarize_ces(extras)
    groups = {"all": list(rows)} | {about: [row for row in rows if row.about == about] for about in WHO}
    body = {
        "filter": {
            "since": wanted.since.isoformat() if wanted.since else None,
            "until": wanted.until.isoformat() if wanted.until else None,
            "channel": wanted.channel,
        },
        "confidence": 0.95,
        "z": CONFIDENCE_95,
        "summary": {
            name: asdict(summary) | {"too_few": summary.too_few}
            for name, summary in ((name, summarize(group)) for name, group in groups.items())
        },
        "nps": asdict(nps) | {"too_few": nps.too_few},
        "ces": asdict(ces) | {"too_few": ces.too_few},
        "follow_ups": asdict(follow_ups) | {"too_few": follow_ups.too_few} if follow_ups else None,
        "responses": [
            {
                "answered_at": row.answered_at.isoformat() if row.answered_at else None,
                "ended_at": row.ended_at.isoformat(),
                "conversation": row.conversation_id,
                "channel": row.channel,
                "about": row.about,
                "score": row.score,
                "comment": row.comment,
            }
            for row in _responses(rows)
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=2)


def printable(text: str) -> str:
    """A customer's words on one line, unable to move the cursor or reorder what stands beside them."""
    return "".join(
        " " if sign in "\n\r\t" else sign for sign in text if sign in "\n\r\t" or unicodedata.category(sign)[0] != "C"
    )


def _extra_lines(extras: Sequence[ExtraRow]) -> list[str]:
    nps, ces = summarize_nps(extras), summarize_ces(extras)
    lines: list[str] = []
    if nps.asked:
        lines += ["", "Would they recommend us", f"  answered       {nps.answered} of {nps.asked} asked"]
    if nps.nps is not None and nps.low is not None and nps.high is not None:
        lines.append(f"  NPS            {nps.nps:+.0f} (95 % interval {nps.low:+.0f} to {nps.high:+.0f})")
        split = f"{nps.promoters} promoters, {nps.passives} passives, {nps.detractors} detractors"
        lines += [f"                 {split}", *_few_lines(nps.answered, few=nps.too_few)]
    if ces.asked:
        lines += ["", "Was it easy", f"  answered       {ces.answered} of {ces.asked} asked"]
    if ces.mean is not None:
        interval = "" if ces.low is None else f" (95 % interval {ces.low:.2f} to {ces.high:.2f})"
        lines += [f"  CES            {ces.mean:.2f} of 7{interval}", *_few_lines(ces.answered, few=ces.too_few)]
    if nps.asked or ces.asked:
        lines += ["", "Who rated 1 or 2 is not asked this: read it beside CSAT."]
    return lines


def _follow_up_lines(figures: FollowUpFigures) -> list[str]:
    late = (
        f"{figures.late} late, {figures.overdue} overdue; not due yet: {figures.early} closed, {figures.waiting} open"
    )
    lines = ["Follow-ups of 1 and 2", f"  opened         {figures.all}"]
    if figures.share is None or figures.low is None or figures.high is None:
        return [*lines, "  none has come due yet"]
    due = figures.in_time + figures.late + figures.overdue
    lines += [
        f"  in time        {figures.share:.0%}, {figures.in_time} of {due} that have come due "
        f"(95 % interval {figures.low:.0%} to {figures.high:.0%})",
        f"                 {late}",
    ]
    closed = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in figures.outcomes.items())
    return [*lines, *([f"  outcomes       {closed}"] if closed else [])]


def _few_lines(answers: int, *, few: bool) -> list[str]:
    return [f"  Careful, few answers ({answers}): see the interval before drawing conclusions."] if few else []


def _responses(rows: Sequence[SurveyRow]) -> list[SurveyRow]:
    return [row for row in rows if row.state == "answered"]


def _summary_lines(title: str, summary: Summary) -> list[str]:
    states = ", ".join(f"{count} {state}" for state, count in summary.states.items()) or "none"
    lines = [title, f"  surveys        {states}"]
    if summary.response_rate is None:
        return [*lines, "  nobody has been asked yet"]
    lines.append(f"  response rate  {summary.response_rate:.0%} ({summary.answered} of {summary.asked} asked)")
    if summary.score is None or summary.low is None or summary.high is None or summary.mean is None:
        return [*lines, "  no answers yet"]
    lines += [
        f"  CSAT           {summary.score:.0%} gave 4 or 5 (95 % interval {summary.low:.0%} to {summary.high:.0%})",
        f"  mean           {summary.mean:.2f} of 5",
    ]
    return lines + _few_lines(summary.answered, few=summary.too_few)
