"""Buy links for tests, made by the service that makes them in life."""

from marketplace.kit import clock
from orders.models import BuyLink
from orders.services import buy_links
from sellers.models import Product, Variant


def item(thing, quantity: int = 1, locked_amount: int | None = None):
    """A thing of a link: a variant, or a product whose variant the buyer chooses."""
    variant = thing if isinstance(thing, Variant) else None
    product: Product = variant.product if variant else thing
    return buy_links.NewItem(
        product=product,
        variant=variant,
        quantity=quantity,
        locked_amount=locked_amount,
    )


def link(maker, *things, **terms) -> BuyLink:
    """A link of a shop or creator over variants, products or `item`s."""
    user = maker.user if hasattr(maker, "user") else None
    return buy_links.make(
        maker=maker,
        made_by=user,
        items=[
            one if isinstance(one, buy_links.NewItem) else item(one) for one in things
        ],
        **{
            "locked_amount": None,
            "expires_at": None,
            "max_uses": None,
            "at": clock.now(),
            **terms,
        },
    )
