"""The rows of a placed order: who buys, each seller's part, and the terms of each line,
frozen as the buyer agreed to them. `checkout` calls this under the cart's lock.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings

from creators.services import attribution, links
from marketplace.accounts.models import User
from orders.models import (
    Address,
    Cart,
    LineAttribution,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    SavedCard,
    SellerOrder,
)
from orders.services import cart as carts
from orders.services.quotes import Quote, QuoteLine, QuotePart


@dataclass(frozen=True, kw_only=True, slots=True)
class Buyer:
    """Who buys and where it goes, as typed. `ip` is for limits and is not stored.
    `card` is the saved one to pay with, without it there is a page at the provider;
    `saves_card` keeps the one paid with there.
    """

    email: str
    user: User | None
    name: str
    line1: str
    postal_code: str
    city: str
    region: str
    country: str
    phone: str
    language: str
    ip: str
    card: SavedCard | None = None
    saves_card: bool = False

    def digest(self) -> dict[str, object]:
        kept = asdict(self)
        kept["user"] = self.user.pk if self.user else None
        kept["card"] = self.card.public_id if self.card else None
        del kept["ip"]
        return kept


Lines = list[tuple[QuoteLine, OrderLine]]


def create_order(
    *, cart: Cart, buyer: Buyer, quote: Quote, fingerprint: str, at: datetime
) -> Order:
    """Write the order and where it goes."""
    price = quote.price
    order = Order.objects.create(
        cart=cart,
        user=buyer.user,
        status=OrderStatus.AWAITING_PAYMENT,
        email=buyer.email,
        language=buyer.language,
        currency=quote.currency,
        goods_amount=price.goods_amount,
        discount_amount=price.discount_amount,
        delivery_amount=price.delivery_amount,
        added_tax_amount=price.added_tax_amount,
        included_tax_amount=price.included_tax_amount,
        total_amount=price.total_amount,
        code=cart.code,
        saves_card=buyer.saves_card and buyer.user is not None and not buyer.card,
        fingerprint=fingerprint,
        placed_at=at,
        expires_at=at + timedelta(minutes=settings.RESERVATION_MINUTES),
    )
    Address.objects.create(
        order=order,
        name=buyer.name,
        line1=buyer.line1,
        postal_code=buyer.postal_code,
        city=buyer.city,
        region=buyer.region,
        country=buyer.country,
        phone=buyer.phone,
    )
    return order


def create_parts(*, order: Order, quote: Quote, at: datetime) -> Lines:
    """Write each seller's part; its lines are built, and saved with their terms."""
    parts = SellerOrder.objects.bulk_create(
        SellerOrder(
            order=order,
            shop=part.shop,
            status=OrderStatus.AWAITING_PAYMENT,
            delivery_name=part.profile.name,
            delivery_days_min=part.profile.days_min,
            delivery_days_max=part.profile.days_max,
            delivery_amount=part.delivery.delivery.amount,
            delivery_tax_included_amount=part.delivery.tax_included_amount,
            delivery_tax_added_amount=part.delivery.tax_added_amount,
            tax_collected_by=part.delivery.delivery.tax.collected_by,
        )
        for part in quote.parts
    )
    OrderEvent.objects.bulk_create(
        OrderEvent(order=order, subject=subject, after=order.status, at=at)
        for subject in (order.public_id, *(part.public_id for part in parts))
    )
    return [
        (line, _line(row, part, line, position))
        for row, part in zip(parts, quote.parts, strict=True)
        for position, line in enumerate(part.lines)
    ]


def _line(
    row: SellerOrder, part: QuotePart, line: QuoteLine, position: int
) -> OrderLine:
    priced, variant = line.priced, line.line.variant
    photos = sorted(variant.product.photos.all(), key=lambda photo: photo.position)
    return OrderLine(
        seller_order=row,
        variant=variant,
        position=position,
        title=variant.product.title,
        options_label=variant.label[:120],
        photo=photos[0].renditions if photos else [],
        quantity=line.line.quantity,
        unit_amount=priced.goods.unit_amount,
        gross_amount=priced.goods.gross_amount,
        seller_discount_amount=priced.seller_discount_amount,
        platform_discount_amount=priced.platform_discount_amount,
        tax_bps=priced.goods.tax.rate_bps,
        tax_included_amount=priced.tax_included_amount,
        tax_added_amount=priced.tax_added_amount,
        paid_amount=priced.paid_amount,
        withdrawal_exception=variant.product.withdrawal_exception,
        platform_bps=settings.PLATFORM_COMMISSION_BPS,
    )


def decide_attribution(
    *, order: Order, cart: Cart, buyer: Buyer, lines: Lines, at: datetime
) -> None:
    """Freeze who caused each line and at what rate, with all candidates, and save."""
    by_code = links.creator_of_code(word=cart.code) if cart.code else None
    decisions = attribution.decide(
        lines=[
            attribution.LineContext(
                key=row.public_id,
                shop_id=row.seller_order.shop_id,
                source=carts.source_of(quoted.line),
            )
            for quoted, row in lines
        ],
        code_creator_id=by_code.pk if by_code else None,
        buyer=attribution.BuyerIdentity(
            user_id=buyer.user.pk if buyer.user else None, email=buyer.email
        ),
        at=at,
    )
    for _quoted, row in lines:
        decision = decisions[row.public_id]
        row.creator_id = decision.creator_id
        row.creator_bps = decision.rate_bps
        row.creator_funded_by = decision.funded_by or ""
    OrderLine.objects.bulk_create(row for _quoted, row in lines)
    LineAttribution.objects.bulk_create(
        LineAttribution(
            line=row,
            creator_id=decisions[row.public_id].creator_id,
            rule=decisions[row.public_id].rule,
            reason=decisions[row.public_id].reason,
            candidates=decisions[row.public_id].candidates,
            partnership_reference=decisions[row.public_id].partnership_reference,
            decided_at=at,
        )
        for _quoted, row in lines
    )
