"""The demo's buy links: a bundle of the first shop at a fixed price, and one thing the
first creator recommends, its size left to the buyer.
"""

from datetime import datetime

from marketplace.demo.world import World
from orders.models import BuyLink
from orders.services import buy_links
from sellers.models import Product

THINGS = 2
TENTHS = 9


def make(*, world: World, at: datetime) -> None:
    """Make them once; what there is of them stays as it is."""
    if BuyLink.objects.exists():
        return
    shop = next(iter(world.shops.values()))
    things = [_item(one) for one in buy_links.sellable(maker=shop, at=at)[:THINGS]]
    today = sum(item.variant.price_amount for item in things if item.variant)
    buy_links.make(
        maker=shop,
        made_by=shop.memberships.select_related("user").earliest("pk").user,
        items=things,
        locked_amount=today * TENTHS // 1000 * 100,
        expires_at=None,
        max_uses=100,
        at=at,
    )
    creator = next(iter(world.creators.values()))
    liked = buy_links.sellable(maker=creator, at=at).first()
    if liked is not None:
        buy_links.make(
            maker=creator,
            made_by=creator.user,
            items=[
                buy_links.NewItem(
                    product=liked, variant=None, quantity=1, locked_amount=None
                )
            ],
            locked_amount=None,
            expires_at=None,
            max_uses=None,
            at=at,
        )


def _item(product: Product) -> buy_links.NewItem:
    variants = sorted(product.variants.all(), key=lambda one: one.position)
    first = next(one for one in variants if one.is_active)
    return buy_links.NewItem(
        product=product, variant=first, quantity=1, locked_amount=None
    )
