"""What is said and asked in the demo: planned without chance, lived through services."""

import io
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from marketplace.accounts.models import User
from marketplace.demo import render
from marketplace.demo.catalogue import words
from marketplace.demo.catalogue.words import Asked, Said
from marketplace.demo.history import PAID, History, PlannedLine, PlannedOrder
from marketplace.kit import clock
from orders.models import Order, OrderLine, Review
from orders.services import reviews
from sellers.models import Product, Question
from sellers.services import questions

# Days from a parcel's arrival to what its buyer says of it.
SAYS_AFTER = 2


@dataclass(frozen=True, slots=True)
class Planned:
    """A review of one line of an order, on a day."""

    day: int
    order: PlannedOrder
    line: PlannedLine
    said: Said


def plan(history: History) -> tuple[Planned, ...]:
    """Give each product's words to its buyers, in the order their parcels arrive."""
    seller_of = {one.key: one.seller for one in history.market.products}
    arrived = sorted(
        (order.day + after + travel, order.number, place, order, line)
        for order in history.orders
        if order.ending in PAID
        for place, line in enumerate(order.lines)
        for (seller, after), (_same, travel) in zip(
            order.ships_after, order.travels, strict=True
        )
        if seller == seller_of[line.product]
    )
    heard: Counter[str] = Counter()
    found = []
    for day, _number, _place, order, line in arrived:
        said = _next(line.product, heard[line.product])
        heard[line.product] += 1
        if said is not None:
            found.append(Planned(day + SAYS_AFTER, order, line, said))
    return tuple(found)


def _next(product: str, heard: int) -> Said | None:
    known = words.SAID.get(product)
    if known is not None:
        return known[heard] if heard < len(known) else None
    if heard % 2:
        return None
    return Said(words.BARE_RATINGS[heard // 2 % len(words.BARE_RATINGS)], "")


def asked_on(day: int, history: History) -> tuple[Asked, ...]:
    """Give the questions of a day, about what this market sells."""
    sold = {product.key for product in history.market.products}
    return tuple(one for one in words.ASKED if one.day == day and one.product in sold)


def say(planned: Planned, order: Order, product: Product) -> None:
    """Let a buyer write a review, and the shop reply, once; what may not be said (it
    was cancelled, or has not arrived) stays unsaid.
    """
    line = (
        OrderLine.objects.select_related(
            *("seller_order__order__address", "seller_order__shop", "variant"),
        )
        .filter(seller_order__order=order, variant__product=product)
        .first()
    )
    if line is None or Review.objects.filter(line=line).exists():
        return
    said, at = planned.said, clock.now()
    picture = io.BytesIO(render.jpeg(said.scene)) if said.scene else None
    try:
        review = reviews.write(
            line=line,
            rating=said.rating,
            text=said.text,
            shows_name=said.shows_name,
            picture=picture,
            language=said.language,
            at=at,
        )
    except (reviews.NotArrived, reviews.HasInterest):
        return
    if said.reply:
        reviews.reply(review=review, text=said.reply, at=at + timedelta(hours=5))


def ask(asked: Asked, product: Product, asker: User) -> None:
    """Let somebody ask a shop, and the shop answer, once."""
    at = clock.now()
    known = Question.objects.filter(product=product, asker=asker, text=asked.text)
    question = known.first() or questions.ask(
        product=product, asker=asker, text=asked.text, language=asked.language, at=at
    )
    if asked.answer and not question.answer:
        answered_at = question.asked_at + timedelta(hours=asked.hours)
        questions.answer(question=question, text=asked.answer, at=answered_at)
