"""How an order is paid: one page at the provider, or a charge of one saved card, asked
for with a key kept here.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from marketplace.kit import ids, states
from orders.models.order import Order
from orders.models.saved_card import SavedCard


class PaymentStatus(models.TextChoices):
    STARTED = "started"
    UNKNOWN = "unknown"
    NEEDS_ACTION = "needs_action"
    AWAITING_CASH = "awaiting_cash"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class PaymentMethod(models.TextChoices):
    CARD = "card"
    KONBINI = "konbini"


# What may still become paid by itself: the order waits, its goods are held.
OPEN_PAYMENTS = (
    PaymentStatus.STARTED,
    PaymentStatus.UNKNOWN,
    PaymentStatus.NEEDS_ACTION,
    PaymentStatus.AWAITING_CASH,
)


class Payment(states.Stateful):
    """One payment page, or one charge of a saved card, for one order.

    The row is written before the provider is asked, and its key is made of `public_id`
    and `attempt`: a repeated question gets the same page. An answer that did not come
    is `unknown`, and a resolver asks again.
    """

    MOVES: ClassVar = {
        PaymentStatus.STARTED: frozenset(
            {
                PaymentStatus.NEEDS_ACTION,
                PaymentStatus.AWAITING_CASH,
                PaymentStatus.UNKNOWN,
                PaymentStatus.FAILED,
                PaymentStatus.PAID,
                PaymentStatus.EXPIRED,
            }
        ),
        PaymentStatus.UNKNOWN: frozenset(
            {
                PaymentStatus.NEEDS_ACTION,
                PaymentStatus.AWAITING_CASH,
                PaymentStatus.FAILED,
                PaymentStatus.PAID,
                PaymentStatus.EXPIRED,
            }
        ),
        PaymentStatus.NEEDS_ACTION: frozenset(
            {
                PaymentStatus.AWAITING_CASH,
                PaymentStatus.PAID,
                PaymentStatus.EXPIRED,
                PaymentStatus.FAILED,
            }
        ),
        # The page is complete: a voucher was issued, and nobody has paid it so far.
        PaymentStatus.AWAITING_CASH: frozenset(
            {PaymentStatus.PAID, PaymentStatus.EXPIRED, PaymentStatus.FAILED}
        ),
        # Money that came late is still money.
        PaymentStatus.EXPIRED: frozenset({PaymentStatus.PAID, PaymentStatus.FAILED}),
        PaymentStatus.FAILED: frozenset({PaymentStatus.PAID, PaymentStatus.FAILED}),
    }

    public_id = ids.field("pay")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    status = models.CharField(max_length=20, choices=PaymentStatus.choices)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    attempt = models.PositiveSmallIntegerField(default=1)
    session_id = models.CharField(max_length=120, unique=True, null=True)  # noqa: DJ001
    page_url = models.URLField(max_length=500, blank=True)
    payment_intent_id = models.CharField(max_length=80, unique=True, null=True)  # noqa: DJ001
    charge_id = models.CharField(max_length=80, unique=True, null=True)  # noqa: DJ001
    method = models.CharField(max_length=10, choices=PaymentMethod.choices, blank=True)
    card_fingerprint = models.CharField(max_length=40, blank=True)
    card_label = models.CharField(max_length=40, blank=True, help_text="Visa 4242")
    # Paid with a saved card, without a page of the provider's.
    saved_card = models.ForeignKey(
        SavedCard,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
    )
    failure_code = models.CharField(max_length=60, blank=True)
    fee_booked_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, help_text="when the provider was asked")
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", PaymentStatus, name="payment_status"),
            models.CheckConstraint(
                condition=Q(method__in=["", *PaymentMethod.values]),
                name="payment_method",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status="paid"),
                name="payment_one_paid_per_order",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid_at__isnull=False),
                name="payment_paid_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                condition=Q(status__in=list(OPEN_PAYMENTS)),
                name="payment_open",
            ),
            models.Index(
                fields=["id"],
                condition=Q(status="paid", fee_booked_at=None),
                name="payment_fee_unbooked",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def key(self) -> str:
        """The idempotency key of asking for its page."""
        return f"pay:{self.public_id}:{self.attempt}"


class Voucher(models.Model):
    """The slip a buyer pays in cash: what to type in at the shop's machine, until when.

    `expires_at` is the provider's; `deadline_at` is the earlier one a buyer is shown.
    `stores` maps a chain ("lawson") to its "payment_code" and "confirmation_number".
    """

    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, related_name="voucher"
    )
    stores = models.JSONField()
    page_url = models.URLField(
        max_length=500, blank=True, help_text="the printable slip"
    )
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(deadline_at__lt=F("expires_at")),
                name="voucher_deadline_is_early",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["deadline_at"],
                condition=Q(reminded_at=None),
                name="voucher_to_remind",
            ),
        ]

    def __str__(self) -> str:
        return f"voucher of {self.payment_id}"
