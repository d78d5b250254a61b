"""What buyers say of what they bought: one review for each line of an order."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from marketplace.kit import ids, states
from orders.models.order import OrderLine
from orders.models.refund import lines_given_back
from sellers.models import Product, Shop

LONGEST_TEXT = 2000
LONGEST_REPLY = 1000


class ReviewStatus(models.TextChoices):
    SHOWN = "shown"
    HIDDEN = "hidden"


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: Any) -> Self:
        """Keep the reviews of the shops this person runs; hidden ones are staff's."""
        return self.filter(shop__memberships__user=user).shown()

    def shown(self) -> Self:
        """Keep what the public reads, and what counts."""
        return self.filter(status=ReviewStatus.SHOWN)

    def written_by(self, *, user: Any, email: str) -> Self:
        """Keep what a person wrote: by account or by the address of the order."""
        mine = Q()
        if user is not None:
            mine |= Q(line__seller_order__order__user=user)
        if email:
            mine |= Q(line__seller_order__order__email__iexact=email)
        return self.filter(mine) if mine else self.none()

    def with_return(self) -> Self:
        """Say of each whether its line was given back (`is_refunded`)."""
        given_back = lines_given_back().filter(pk=OuterRef("line_id"))
        return self.annotate(is_refunded=Exists(given_back))


class Review(models.Model):
    """What the buyer of a delivered line says of it, with at most one reply of the shop.

    `author` is what may be shown of the buyer's name; empty for "Verified buyer".
    A hidden one is neither shown nor counted; why stands beside it and in the audit.
    """

    public_id = ids.field("rev")
    line = models.OneToOneField(
        OrderLine, on_delete=models.PROTECT, related_name="review"
    )
    # Both follow from the line and never change; they are here for counting.
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="reviews"
    )
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="reviews")
    rating = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=LONGEST_TEXT, blank=True)
    language = models.CharField(max_length=5)
    author = models.CharField(max_length=60, blank=True)
    # Renditions as of sellers.Photo; [] for none.
    photo = models.JSONField(default=list, blank=True)
    written_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    reply = models.TextField(max_length=LONGEST_REPLY, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(
        max_length=10, choices=ReviewStatus.choices, default=ReviewStatus.SHOWN
    )
    hidden_reason = models.CharField(max_length=300, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", ReviewStatus, name="review_status"),
            models.CheckConstraint(
                condition=Q(rating__gte=1) & Q(rating__lte=5), name="review_rating"
            ),
            models.CheckConstraint(
                condition=Q(reply="", replied_at=None)
                | (~Q(reply="") & Q(replied_at__isnull=False)),
                name="review_reply_when",
            ),
            models.CheckConstraint(
                condition=Q(status="shown", hidden_reason="")
                | (Q(status="hidden") & ~Q(hidden_reason="")),
                name="review_hidden_why",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["product", "-written_at", "-id"],
                condition=Q(status="shown"),
                name="review_of_product",
            ),
            models.Index(
                fields=["product", "rating"],
                condition=Q(status="shown"),
                name="review_stars_of_product",
            ),
            models.Index(
                fields=["shop", "rating"],
                condition=Q(status="shown"),
                name="review_stars_of_shop",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rating} of 5, {self.public_id}"

    @property
    def is_hidden(self) -> bool:
        return self.status == ReviewStatus.HIDDEN
