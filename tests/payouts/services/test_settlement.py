import pytest
from tests.factories import market
from marketplace.kit import clock, jobs
from payouts.services import ledger

@pytest.mark.django_db
def test_whole(books, deliver):
    a = market.shop(); b = market.shop(is_business=False, delivery_amount=650)
    nina = market.creator(a)
    shirt, mug = market.variant(a, price_amount=1995), market.variant(b, price_amount=2450)
    market.take_in_topups()
    order = market.buy(market.cart((shirt,3,nina),(mug,1), code=market.code()))
    print(ledger.balances())
    market.ship(order)
    market.release_sellers()
    print(ledger.balances())
    run = market.run_creators(currency="EUR")
    print(run.status, ledger.balances())
    print(deliver())
