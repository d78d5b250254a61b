"""Reviews: who may write one, what it holds, the shop's reply, and what staff hide.

Only the buyer of something that was paid for and has arrived may review it, once for
each line of the order. Who sent it back or was refunded may too, and the review says so:
that person has held it in hand, and a shop could else buy silence with a refund. Who has
an interest in the shop (runs it, or is a creator it pays) may not.
"""

from datetime import datetime
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from creators.models import Partnership
from marketplace.kit import texts
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from orders.models import Order, OrderLine, Review, ReviewStatus, ShipmentLine
from orders.models.review import LONGEST_REPLY, LONGEST_TEXT
from sellers.models import Membership, Shop
from sellers.services import photos


class NotArrived(MarketplaceError):
    """What was not paid for or has not arrived."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _("A review can be written once this has arrived. Nothing was kept.")
        )


class HasInterest(MarketplaceError):
    """The buyer runs the shop, or is paid by it."""

    status_code = 403

    def __init__(self) -> None:
        super().__init__(
            _(
                "You run this shop or are paid by it, so a review of yours would "
                "mislead others. Nothing was kept."
            )
        )


class AlreadyReviewed(MarketplaceError):
    """The line has its review."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _("You have reviewed this already. You can change what you wrote.")
        )


class RatingMissing(MarketplaceError):
    """No stars, or a number that is none."""

    def __init__(self) -> None:
        super().__init__(_("Choose one to five stars."))


class HiddenReview(MarketplaceError):
    """Staff have hidden it, so its words stay as they were judged."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _("This review is hidden and cannot be changed. You can remove it.")
        )


class ReasonMissing(MarketplaceError):
    """Nothing is hidden or shown again without a reason."""

    def __init__(self) -> None:
        super().__init__(_("Write down the reason."))


def check(*, line: OrderLine) -> None:
    """Refuse a line that its buyer may not review; 4 queries at most.

    :raises NotArrived: it is unpaid, cancelled, or on its way.
    :raises HasInterest: the buyer earns by the shop.
    """
    part = line.seller_order
    sent = ShipmentLine.objects.filter(line=line).exists()
    if part.order.paid_at is None or part.delivered_at is None or not sent:
        raise NotArrived
    if _has_interest(part.order, part.shop):
        raise HasInterest


def write(
    *,
    line: OrderLine,
    rating: int,
    text: str,
    shows_name: bool,
    picture: BinaryIO | None,
    language: str,
    at: datetime,
) -> Review:
    """Publish what the buyer of a line says of it. `line` comes with its part, order,
    address and shop.

    :raises NotArrived: see `check`.
    :raises HasInterest: see `check`.
    :raises AlreadyReviewed: the line has a review, also of a moment ago.
    :raises RatingMissing: for other than 1 to 5 stars.
    :raises NotAPicture: see `photos.render`; so do the other words about pictures.
    """
    check(line=line)
    _check_rating(rating)
    if Review.objects.filter(line=line).exists():
        raise AlreadyReviewed
    review = Review(
        line=line,
        product_id=line.variant.product_id,
        shop=line.seller_order.shop,
        rating=rating,
        text=texts.plain(text, most=LONGEST_TEXT),
        language=language[:5],
        author=author_of(line.seller_order.order) if shows_name else "",
        written_at=at,
    )
    review.photo = _render(review, picture)
    try:
        with transaction.atomic():
            review.save(force_insert=True)
    except BaseException as problem:
        photos.remove(renditions=review.photo)
        if isinstance(problem, IntegrityError):
            raise AlreadyReviewed from None
        raise
    return review


def edit(
    *,
    review: Review,
    rating: int,
    text: str,
    shows_name: bool,
    picture: BinaryIO | None,
    drops_photo: bool,
    at: datetime,
) -> Review:
    """Change a review; a new picture takes the place of the old one.

    :raises HiddenReview: staff have hidden it.
    :raises RatingMissing: for other than 1 to 5 stars.
    :raises NotAPicture: see `photos.render`; so do the other words about pictures.
    """
    _check_rating(rating)
    rendered = _render(review, picture)
    try:
        with transaction.atomic():
            row = Review.objects.select_for_update().get(pk=review.pk)
            if row.is_hidden:
                raise HiddenReview
            old = row.photo if rendered or drops_photo else []
            row.rating = rating
            row.text = texts.plain(text, most=LONGEST_TEXT)
            row.author = author_of(row.line.seller_order.order) if shows_name else ""
            row.photo = rendered or ([] if drops_photo else row.photo)
            row.edited_at = at
            row.save(update_fields=["rating", "text", "author", "photo", "edited_at"])
            transaction.on_commit(lambda: photos.remove(renditions=old), robust=True)
    except BaseException:
        photos.remove(renditions=rendered)
        raise
    return row


def remove(*, review: Review) -> None:
    """Take a review away with its picture and its reply; it may be written anew."""
    with transaction.atomic():
        row = Review.objects.select_for_update().filter(pk=review.pk).first()
        if row is None:
            return
        renditions = row.photo
        row.delete()
        transaction.on_commit(lambda: photos.remove(renditions=renditions), robust=True)


def reply(*, review: Review, text: str, at: datetime) -> None:
    """Set the shop's one reply to a review; an empty one takes it away.

    :raises HiddenReview: nobody would read it.
    """
    words = texts.plain(text, most=LONGEST_REPLY)
    changed = Review.objects.shown().filter(pk=review.pk)
    if not changed.update(reply=words, replied_at=at if words else None):
        raise HiddenReview


def hide(*, review: Review, reason: str, actor: str, at: datetime) -> bool:
    """Take a review off the pages and out of the count; the buyer reads the reason.
    Returns whether this changed it.

    :raises ReasonMissing: without a reason.
    """
    return _judge(review, ReviewStatus.HIDDEN, reason=reason, actor=actor, at=at)


def show_again(*, review: Review, reason: str, actor: str, at: datetime) -> bool:
    """Show a hidden review again. Returns whether this changed it.

    :raises ReasonMissing: without a reason.
    """
    return _judge(review, ReviewStatus.SHOWN, reason=reason, actor=actor, at=at)


def _judge(
    review: Review, status: ReviewStatus, *, reason: str, actor: str, at: datetime
) -> bool:
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise ReasonMissing
    hidden_reason = reason if status == ReviewStatus.HIDDEN else ""
    with transaction.atomic():
        others = Review.objects.filter(pk=review.pk).exclude(status=status)
        if not others.update(status=status, hidden_reason=hidden_reason):
            return False
        AuditEvent.objects.create(
            actor=actor,
            action="review.hide" if hidden_reason else "review.show",
            reference=review.public_id,
            reason=reason,
            at=at,
        )
    return True


def export_of(*, user: Any, email: str) -> list[dict[str, Any]]:
    """Give all a person wrote in reviews, by account or address, as plain values."""
    found = (
        Review.objects.written_by(user=user, email=email)
        .select_related("line__seller_order__order")
        .order_by("pk")
    )
    return [
        {
            "id": review.public_id,
            "order": review.line.seller_order.order.public_id,
            "product": review.line.title,
            "rating": review.rating,
            "text": review.text,
            "shown_as": review.author,
            "photos": [one["path"] for one in review.photo],
            "reply": review.reply,
            "status": review.status,
            "written_at": review.written_at.isoformat(),
            "edited_at": review.edited_at and review.edited_at.isoformat(),
        }
        for review in found
    ]


def erase(*, user: Any, email: str) -> int:
    """Take away all reviews of a person, with their pictures. Returns how many."""
    found = list(Review.objects.written_by(user=user, email=email).order_by("pk"))
    for review in found:
        remove(review=review)
    return len(found)


def author_of(order: Order) -> str:
    """Give what may be shown of a buyer's name: `Maja N.`. Of a name in one word, or in
    a script that is read by whole signs, the first letter only.
    """
    words = order.address.name.split()
    if not words:
        return ""
    first = words[0][0]
    has_no_case = first.lower() == first.upper()
    if len(words) == 1 or has_no_case:
        return f"{first}."
    return f"{words[0][:40]} {words[-1][0]}."


def _check_rating(rating: int) -> None:
    if not 1 <= rating <= 5:
        raise RatingMissing


def _render(review: Review, picture: BinaryIO | None) -> list[photos.Rendition]:
    if picture is None:
        return []
    return photos.render(file=picture, folder=f"reviews/{review.public_id}")


def _has_interest(order: Order, shop: Shop) -> bool:
    """Say whether the buyer runs the shop or may earn a share by it."""
    who = Q(user__email__iexact=order.email)
    if order.user_id is not None:
        who |= Q(user=order.user_id)
    if order.email.lower() == shop.contact_email.lower():
        return True
    if Membership.objects.filter(who, shop=shop).exists():
        return True
    paid = Q(creator__user__email__iexact=order.email)
    if order.user_id is not None:
        paid |= Q(creator__user=order.user_id)
    return Partnership.objects.filter(paid, collaboration__shop=shop).exists()
