"""Reviews and questions for tests, made by the services that make them in life."""

from datetime import datetime, timedelta
from io import BytesIO

from PIL import Image

from orders.models import Order, OrderLine, Payment, Refund, RefundLine, Review
from orders.services import fulfilment, reviews
from sellers.models import Product, Question, Variant
from sellers.services import questions
from tests.factories import orders, sellers


def picture(width: int = 500, height: int = 600) -> BytesIO:
    """A small picture as a browser sends it."""
    out = BytesIO()
    Image.new("RGB", (width, height), (120, 90, 60)).save(out, "JPEG")
    out.seek(0)
    return out


def arrived(*lines: tuple[Variant, int], at: datetime = orders.AT, **fields) -> Order:
    """An order that was paid, shipped a day later, and arrived two days after that."""
    made = orders.order(*lines, at=at, **fields)
    for part in made.seller_orders.order_by("pk"):
        fulfilment.ship(
            seller_order=part,
            carrier="PostNord",
            tracking_number="",
            at=at + timedelta(days=1),
        )
        part.refresh_from_db()
        fulfilment.mark_delivered(seller_order=part, at=at + timedelta(days=3))
    return made


def line_of(order: Order) -> OrderLine:
    """The order's one line, with all that reviews look at."""
    return OrderLine.objects.select_related(
        "seller_order__order__address", "seller_order__shop", "variant__product"
    ).get(seller_order__order=order)


def write(line: OrderLine, **fields) -> Review:
    """A review of a line."""
    return reviews.write(
        **{
            "line": line,
            "rating": 4,
            "text": "Sits well in the hand.",
            "shows_name": False,
            "picture": None,
            "language": "en",
            "at": orders.AT + timedelta(days=5),
            **fields,
        }
    )


def review(variant: Variant | None = None, *, buyer: str = "", **fields) -> Review:
    """A review of a variant by a buyer of its own, who had it delivered."""
    email = buyer or sellers.user().email
    order = arrived((variant or sellers.variant(), 1), email=email)
    return write(line_of(order), **fields)


def question(product: Product | None = None, *, asker=None, **fields) -> Question:
    """A question that waits for its answer."""
    return questions.ask(
        **{
            "product": product or sellers.product(),
            "asker": asker or sellers.user(),
            "text": "Is it safe in a dishwasher?",
            "language": "en",
            "at": sellers.AT,
            **fields,
        }
    )


def answered(product: Product | None = None, *, hours: int = 3, **fields) -> Question:
    """A question that was answered so many hours later."""
    asked = question(product, **fields)
    at = asked.asked_at + timedelta(hours=hours)
    return questions.answer(question=asked, text="Yes, on the upper rack.", at=at)


def given_back(line: OrderLine, *, units: int, amount: int) -> Refund:
    """A refund's rows as the refunding leaves them, of so much of a line."""
    order = line.seller_order.order
    made = Refund.objects.create(
        order=order,
        payment=Payment.objects.get(order=order),
        amount=amount,
        due_amount=0,
        currency=order.currency,
        door="buyer",
        reason="returned",
        funded_by="parties",
        request_key=f"key-{line.pk}",
        requested_at=orders.AT + timedelta(days=5),
    )
    RefundLine.objects.create(
        refund=made,
        seller_order=line.seller_order,
        line=line,
        quantity=units,
        amount=amount,
        subsidy_amount=0,
        goodwill_amount=0,
    )
    return made
