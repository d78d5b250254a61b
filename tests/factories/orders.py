"""Orders for tests of what comes after the sale: rows as `checkout.place` and
`payments.mark_paid` leave them, without the way there.
"""

from datetime import UTC, datetime, timedelta

from orders.models import (
    Address,
    Cart,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentStatus,
    SellerOrder,
)
from orders.services import cart as carts
from sellers.models import Variant
from tests.factories import sellers

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def cart(*lines: tuple[Variant, int], token: str = "", user=None) -> Cart:
    """An open cart with these variants and quantities in it."""
    made = carts.open_cart(token=token or carts.new_token(), user=user, at=AT)
    for variant, quantity in lines:
        carts.add(cart=made, variant=variant, quantity=quantity, via=None, at=AT)
    return made


def order(
    *lines: tuple[Variant, int],
    email: str = "maja@example.com",
    user=None,
    is_paid: bool = True,
    at: datetime = AT,
) -> Order:
    """An order of these variants; without any, of one cup. Delivery 49 kr a seller."""
    sold = lines or ((sellers.variant(), 1),)
    shops = list(dict.fromkeys(variant.product.shop for variant, _ in sold))
    goods = sum(variant.price_amount * units for variant, units in sold)
    made = Order.objects.create(
        cart=Cart.objects.create(
            token_hash=carts.hash_of(carts.new_token()),
            currency=sold[0][0].currency,
            created_at=at,
            closed_at=at if is_paid else None,
        ),
        user=user,
        status=OrderStatus.PAID if is_paid else OrderStatus.AWAITING_PAYMENT,
        email=email,
        language="en",
        currency=sold[0][0].currency,
        goods_amount=goods,
        discount_amount=0,
        delivery_amount=4900 * len(shops),
        added_tax_amount=0,
        included_tax_amount=0,
        total_amount=goods + 4900 * len(shops),
        fingerprint="f" * 64,
        placed_at=at,
        expires_at=at + timedelta(minutes=35),
        paid_at=at if is_paid else None,
    )
    Address.objects.create(
        order=made,
        name="Maja Nyström",
        line1="Kungsgatan 31",
        postal_code="903 26",
        city="Umeå",
        country="SE",
    )
    for shop in shops:
        _part(made, shop, [pair for pair in sold if pair[0].product.shop == shop])
    Payment.objects.create(
        order=made,
        status=PaymentStatus.PAID if is_paid else PaymentStatus.STARTED,
        amount=made.total_amount,
        currency=made.currency,
        started_at=at,
        paid_at=at if is_paid else None,
        card_label="Visa 4242" if is_paid else "",
    )
    return made


def _part(order, shop, lines) -> SellerOrder:
    part = SellerOrder.objects.create(
        order=order,
        shop=shop,
        status=OrderStatus.TO_SHIP if order.is_paid else OrderStatus.AWAITING_PAYMENT,
        delivery_name="Parcel",
        delivery_days_min=2,
        delivery_days_max=4,
        delivery_amount=4900,
        delivery_tax_included_amount=0,
        delivery_tax_added_amount=0,
        tax_collected_by="none",
    )
    for position, (variant, units) in enumerate(lines):
        gross = variant.price_amount * units
        OrderLine.objects.create(
            seller_order=part,
            variant=variant,
            position=position,
            title=variant.product.title,
            options_label=variant.label,
            quantity=units,
            unit_amount=variant.price_amount,
            gross_amount=gross,
            seller_discount_amount=0,
            platform_discount_amount=0,
            tax_bps=0,
            tax_included_amount=0,
            tax_added_amount=0,
            paid_amount=gross,
            platform_bps=1000,
        )
    return part
