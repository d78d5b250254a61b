"""The buy sheet after its purchase: paid, being asked about, or refused and open again."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from creators.models import Creator
from marketplace.accounts.models import User
from marketplace.kit import clock
from marketplace.kit.errors import NotFound
from orders import queries
from orders.models import Order, OrderLine, OrderStatus, PaymentStatus
from orders.services import payments, together
from orders.views import browser, places, sheets
from sellers import queries as sellers_queries
from sellers.models import Product, Shop


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What the sheet shows of an order that it placed. `addition` is what others
    bought with it, `creator` who led to it.
    """

    order: Order
    part: queries.Part
    line: OrderLine
    product: Product
    is_checking: bool
    addition: sellers_queries.Card | None
    creator: Creator | None
    via: str
    back: str
    here: str
    is_done = True

    @property
    def shop(self) -> Shop:
        return self.product.shop

    @property
    def close_url(self) -> str:
        return self.back or self.product.get_absolute_url()

    @property
    def addition_url(self) -> str:
        """This page with the sheet of the addition open, or its own page."""
        assert self.addition is not None
        other = self.addition.product
        if other.needs_full_page:
            return places.with_query(other.get_absolute_url(), via=self.via)
        return places.with_sheet(self.close_url, other.public_id, via=self.via)


def asked(request: HttpRequest, *, via: str) -> "Done | sheets.Sheet | None":
    """Give the sheet a page is asked to open (`?buy=`), or None for a page without, or
    for a thing that is not for sale or is not for quick buy. `via` names the page as
    the source where its address does not.
    """
    thing = request.GET.get("buy", "")
    if not thing or request.method not in ("GET", "HEAD"):
        return None
    try:
        product, chosen = sheets.find(thing)
    except NotFound:
        return None
    if product.needs_full_page:
        return None
    return compose(
        request,
        product=product,
        chosen=chosen,
        via=sheets.via_of(request) or via,
        back=places.without_sheet(request.path, request.META.get("QUERY_STRING", "")),
        at=clock.now(),
    )


def compose(
    request: HttpRequest,
    *,
    product: Product,
    chosen: str,
    via: str,
    back: str,
    at: datetime,
) -> "Done | sheets.Sheet":
    """Compose what became of the order this reader's sheet placed (`bought`), or the
    sheet to buy in, which says why nothing was charged.
    """
    order = _order(request)
    notes: tuple[str, ...] = ()
    if order is not None:
        found = after(order, product=product, via=via, back=back, at=at)
        if found is not None:
            return found
        notes = _refusal(order)
    return sheets.sheet(
        request,
        product=product,
        chosen=chosen,
        via=via,
        back=back,
        at=at,
        notes=notes,
    )


def after(
    order: Order, *, product: Product, via: str, back: str, at: datetime
) -> Done | None:
    """Give what the sheet shows of an order of this product that is paid, or may be at
    any moment; the provider is asked for it then.
    """
    page = queries.order_page(order=order)
    found = next(
        (
            (part, line)
            for part in page.parts
            for line in part.lines
            if line.variant.product_id == product.pk
        ),
        None,
    )
    if found is None or page.payment is None:
        return None
    refused = page.payment.status in (PaymentStatus.FAILED, PaymentStatus.EXPIRED)
    awaiting = order.status == OrderStatus.AWAITING_PAYMENT and not refused
    if not (awaiting or order.is_paid):
        return None
    if awaiting:
        payments.ask_again(payment=page.payment, at=at)
    part, line = found
    other = None if awaiting else together.bought_with(product=product, limit=1).first()
    return Done(
        order=order,
        part=part,
        line=line,
        product=product,
        is_checking=awaiting,
        addition=sellers_queries.card_of(other) if other else None,
        creator=line.creator,
        via=via,
        back=back,
        here=alone_address(order, product, back=back, via=via),
    )


def address_of(order: Order) -> str:
    """Give where a browser finds the sheet that placed an order: on the page it was
    opened on, else alone.
    """
    line = OrderLine.objects.select_related("variant__product").get(
        seller_order__order=order
    )
    product: Product = line.variant.product
    if not order.cart.came_from:
        return alone_address(order, product, back="", via="")
    return places.with_sheet(
        order.cart.came_from, product.public_id, bought=order.public_id
    )


def alone_address(order: Order, product: Product, *, back: str, via: str) -> str:
    """Give the address of the sheet by itself, for a script that fetches it anew."""
    return places.with_query(
        reverse("buying:sheet", args=[product.public_id]),
        bought=order.public_id,
        back=back,
        via=via,
    )


def belongs_in_sheet(request: HttpRequest, order: Order) -> bool:
    """Say whether a browser that comes back from the bank finds this order of one thing
    in the sheet it was placed in: its owner, who did not pay for his bag.
    """
    return (
        order.user_id is not None
        and order.user_id == request.user.pk
        and browser.token_hash_of(request) != order.cart.token_hash
        and order.payments.filter(saved_card__isnull=False).exists()
        and OrderLine.objects.filter(seller_order__order=order).count() == 1
    )


def lead(response: HttpResponse, url: str) -> HttpResponse:
    """Tell the script that shows the sheet which address is its own now."""
    response["X-Sheet-Address"] = url
    return response


def _order(request: HttpRequest) -> Order | None:
    wanted = request.GET.get("bought", "").replace("\x00", "")[:24]
    if not wanted or not isinstance(request.user, User):
        return None
    return Order.objects.visible_to(request.user).filter(public_id=wanted).first()


def _refusal(order: Order) -> tuple[str, ...]:
    payment = order.payments.order_by("-pk").first()
    if payment is None or payment.status != PaymentStatus.FAILED:
        return ()
    return (payments.CardDeclined(payment.failure_code).message,)
