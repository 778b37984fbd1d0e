"""What the assistant tells: articles, things of the catalogue, by when somebody sees to it; and the rows of that."""

from __future__ import annotations

from bot.demo_data.hours import Hours
from bot.demo_data.talk import Talk
from bot.storage.article_tables import article_showings, unanswered_questions
from bot.storage.case_tables import cases

LONGEST_PASSAGE = 500
_HARD = {"product_question": 1.5, "payment_problem": 1.2, "site_problem": 1.4, "refund_status": 1.2}
_FOUND = (
    ("utter_products_found", 0.42, 0.35),
    ("utter_product_price", 0.2, 0.25),
    ("utter_product_in_stock", 0.2, 0.45),
    ("utter_product_sold_out", 0.1, -0.7),
    ("utter_products_none", 0.08, -0.8),
)


def answers_question(talk: Talk) -> None:
    """Show an article and ask whether it helped; or say that there is none."""
    wish, question = talk.visit.wish, talk.asked
    article = talk.words.article(wish, talk.language, talk.chance)
    if article is None or talk.likely(talk.release.unanswered * _HARD.get(wish, 0.8)):
        _unanswered(talk, question)
        return
    passage = article.passages[int(talk.chance.random() * len(article.passages))]
    talk.bot("utter_article", values={"passage": passage.text[:LONGEST_PASSAGE]})
    talk.bot("utter_article_helped")
    talk.effect("article_shown", slug=article.slug, language=article.language, passage=passage.heading or "")
    showing = talk.rows.add(
        article_showings, id=talk.new_id(), conversation_id=talk.id, message_id=question, slug=article.slug,
        language=article.language, passage=(passage.heading or "")[:200], shown_at=talk.at,
    )  # fmt: skip
    if not talk.likely(0.46):  # nobody says whether it did
        talk.goal, talk.mood = "reached", talk.mood - 0.1
        return
    good = talk.likely(0.62 + 0.35 * talk.release.liked + (0.0 if article.language == talk.language else -0.1))
    title, payload = ("Yes", "/article_helpful") if good else ("No", "/article_not_helpful")
    talk.chooses(title, payload, payload[1:], seconds=35)
    talk.effect("article_feedback", helpful=good)
    showing["helpful"], showing["judged_at"] = good, talk.at
    talk.bot("utter_article_helpful" if good else "utter_article_not_helpful")
    talk.goal, talk.mood = ("reached", talk.mood + 0.5) if good else ("open", talk.mood - 1.2)


def shows_thing(talk: Talk) -> None:
    """Tell something of the catalogue, perhaps twice."""
    for _ in range(1 + talk.likely(0.4)):
        name, _, mood = talk.chance.choices(_FOUND, [share for _, share, _ in _FOUND])[0]
        talk.bot(name)
        talk.goal, talk.mood = "reached", talk.mood + mood
        if talk.likely(0.35):
            talk.says("product_question")
        else:
            return
    talk.bot("utter_products_found")


def opens_case(talk: Talk, kind: str, hours: Hours) -> None:
    """Promise that somebody sees to an order."""
    due = hours.promises.promise(talk.at)
    talk.bot(
        f"utter_request_case_{kind}",
        values=talk.matter.values | {"promise": hours.promises.words(due, talk.at, talk.language)},
    )
    talk.effect("open_case", about=kind)
    done = hours.kept(talk.at, due, talk.chance)
    talk.rows.add(
        cases, id=talk.new_id(), key=f"{talk.asked}:{kind}", conversation_id=talk.id, kind=kind, level=talk.level,
        shop_customer_id=talk.person.shop_id, order_number=f"#{talk.matter.order}",
        items=[{"item_id": talk.matter.order[1:], "name": talk.matter.thing}], words=talk.said_last,
        contact=talk.person.email, status="done" if done else "open", opened_at=talk.at, due_at=due, done_at=done,
    )  # fmt: skip
    talk.goal = "people"
    if done is None or done > due:
        talk.mood -= 0.8


def _unanswered(talk: Talk, question: str) -> None:
    talk.bot("utter_unanswered")
    talk.rows.add(
        unanswered_questions, id=talk.new_id(), conversation_id=talk.id, message_id=question, text=talk.said_last,
        language=talk.language, intent=talk.visit.wish, asked_at=talk.at,
    )  # fmt: skip
    talk.effect("unanswered_question", text=talk.said_last, language=talk.language, intent=talk.visit.wish)
    talk.goal, talk.mood = "open", talk.mood - 1.3
