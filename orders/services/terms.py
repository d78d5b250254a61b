"""What an order uses up beside goods: its discount and its buy links, always in this
order, so that two who lock alike cannot deadlock.
"""

from datetime import datetime

from orders.models import Order
from orders.services import buy_links, discounts
from orders.services.quotes import Quote


def use(*, quote: Quote, order: Order, at: datetime) -> None:
    """Count what a new order uses; assumes a transaction, which a refusal rolls back.

    :raises discounts.DiscountUsedUp: the code's last use went to someone else.
    :raises buy_links.LinkUsedUp: a link's last use did.
    """
    if quote.discount is not None:
        discounts.redeem(discount=quote.discount, order=order, at=at)
    buy_links.use(links=quote.links, order=order, at=at)


def release(*, order: Order, at: datetime) -> None:
    """Give back what an order that is not paid used; assumes a transaction."""
    discounts.release(order=order, at=at)
    buy_links.release(order=order, at=at)


def take_again(*, order: Order, at: datetime) -> None:
    """Count it anew for an order that is paid after all; assumes a transaction."""
    discounts.take_again(order=order, at=at)
    buy_links.take_again(order=order, at=at)
