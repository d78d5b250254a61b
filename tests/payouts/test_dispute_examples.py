"""The dispute tables of docs/money.md, to the cent: both worked examples, lost after the
payout and won on appeal, from the postings, against the ledger's balances and the
sandbox's own journal and balance.
"""

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control, sandbox_outside
from payouts.models import (
    ConnectedAccount,
    EntryKind,
    Netting,
    Reversal,
    Transfer,
)
from payouts.services import ledger
from tests.factories import disputes, market
from tests.payouts.test_worked_examples import postings

pytestmark = pytest.mark.django_db


@pytest.fixture
def euro_cart(books, settings):
    """The euro cart, shipped, both sellers and Nina paid out."""
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    trader = market.shop(delivery_amount=495)
    person = market.shop(is_business=False, delivery_amount=650)
    nina = market.creator(trader, rate_bps=1250, funded_by="seller")
    shirt = market.variant(trader, price_amount=1995)
    mug = market.variant(person, price_amount=2450)
    market.take_in_topups()
    order = market.buy(market.cart((shirt, 3, nina), (mug, 1), code=market.code()))
    market.ship(order)
    market.release_sellers()
    market.run_creators(currency="EUR")
    names = {trader.public_id: "A", person.public_id: "B", nina.public_id: "Nina"}
    return order, names


@pytest.fixture
def yen_order(japan, books, settings):
    """The yen order, shipped, its seller and creator paid out."""
    settings.PAYOUT_MINIMUM_AMOUNTS = {"JPY": 1}
    seller = market.shop(country="JP", currency="JPY", delivery_amount=0)
    creator = market.creator(seller, rate_bps=500, funded_by="seller")
    bowl = market.variant(seller, price_amount=10_000)
    market.take_in_topups()
    order = market.buy(market.cart((bowl, 1, creator)), market.buyer(country="JP"))
    market.ship(order)
    market.release_sellers()
    market.run_creators(currency="JPY")
    return order, {seller.public_id: "S", creator.public_id: "C"}


def journal(path: str) -> list[tuple[int, bool]]:
    """What the sandbox executed at this address: amounts, and whether from a charge."""
    return [
        (line["request"]["amount"], "source_transaction" in line["request"])
        for line in sandbox_control.journal()
        if line["path"].startswith("/v1/transfers")
        and line["path"].endswith(path)
        and line["outcome"] == "executed"
        and line["method"] == "POST"
    ]


def test_the_euro_cart_is_lost_after_the_payout(euro_cart):
    order, names = euro_cart
    before = ledger.balances()
    at_stripe = gateway.fetch_balance()["EUR"].available_amount

    opened = disputes.opened(order)

    assert postings(EntryKind.DISPUTE, names) == [
        ("dispute_clearing", "stripe_balance", 8_736),
        ("dispute_fee", "stripe_balance", 1_500),
    ]
    dispute = disputes.decided(opened, "lost")

    assert postings(EntryKind.DISPUTE_LOST, names) == [
        ("receivable:A", "order_clearing", 5_368),
        ("receivable:Nina", "order_clearing", 618),
        ("platform_commission", "order_clearing", 739),
        ("order_clearing", "platform_discounts", 844),
        ("receivable:B", "order_clearing", 2_855),
        ("order_clearing", "dispute_clearing", 8_736),
    ]
    assert postings(EntryKind.REVERSAL_SENT, names) == [
        ("stripe_balance", "receivable:A", 5_368),
        ("stripe_balance", "receivable:B", 2_855),
    ]
    assert journal("/reversals") == [(5_368, False), (2_855, False)]
    changed = differences(before, names)
    assert changed == {
        "stripe_balance": 8_736 + 1_500 - 5_368 - 2_855,
        "dispute_fee": -1_500,
        "dispute_clearing": 0,
        "receivable:A": 0,
        "receivable:B": 0,
        "receivable:Nina": -618,
        "platform_commission": -739,
        "platform_discounts": 844,
    }
    now_at_stripe = gateway.fetch_balance()["EUR"].available_amount
    assert at_stripe - now_at_stripe == changed["stripe_balance"]
    assert dispute.closed_at is not None


@pytest.mark.parametrize("fee", [0, 1_500])
def test_the_euro_cart_is_won_on_appeal_and_all_is_as_it_was(euro_cart, fee):
    order, names = euro_cart
    before = ledger.balances()
    at_stripe = gateway.fetch_balance()["EUR"].available_amount
    if not fee:
        sandbox_outside.switch("dispute_fee", "returned")
    lost = disputes.decided(disputes.opened(order), "lost")
    sandbox_outside.appeal_dispute(lost.provider_id)
    appealed = disputes.fetched(lost.provider_id)
    assert (appealed.status, appealed.closed_at) == ("appeal_needs_response", None)

    dispute = disputes.decided(appealed, "won")
    disputes.send_waiting()

    assert dispute.restored_at is not None
    assert dispute.closed_at is not None
    returned = [] if fee else [("stripe_balance", "dispute_fee", 1_500)]
    assert postings(EntryKind.DISPUTE_REINSTATED, names) == [
        ("stripe_balance", "dispute_clearing", 8_736),
        *returned,
    ]
    assert postings(EntryKind.DISPUTE_RESTORED, names) == [
        ("order_clearing", "seller_payable:A", 5_368),
        ("order_clearing", "receivable:Nina", 618),
        ("order_clearing", "platform_commission", 739),
        ("platform_discounts", "order_clearing", 844),
        ("order_clearing", "seller_payable:B", 2_855),
        ("dispute_clearing", "order_clearing", 8_736),
    ]
    restored = Transfer.objects.filter(kind="restored").order_by("pk")
    assert [(one.amount, one.status, one.source_charge_id) for one in restored] == [
        (5_368, "sent", ""),
        (2_855, "sent", ""),
    ]
    left = {
        name: amount for name, amount in differences(before, names).items() if amount
    }
    assert left == ({"stripe_balance": fee, "dispute_fee": -fee} if fee else {})
    now_at_stripe = gateway.fetch_balance()["EUR"].available_amount
    assert at_stripe - now_at_stripe == fee


def test_the_yen_order_is_lost_after_the_payout_and_won_on_appeal(yen_order):
    order, names = yen_order
    before = ledger.balances()
    sandbox_outside.switch("dispute_fee", "returned")

    lost = disputes.decided(disputes.opened(order), "lost")

    assert postings(EntryKind.DISPUTE, names) == [
        ("dispute_clearing", "stripe_balance", 11_000),
        ("dispute_fee", "stripe_balance", 1_500),
    ]
    assert postings(EntryKind.DISPUTE_LOST, names) == [
        ("receivable:S", "order_clearing", 8_500),
        ("receivable:C", "order_clearing", 500),
        ("platform_commission", "order_clearing", 1_000),
        ("tax_payable:JP", "order_clearing", 1_000),
        ("order_clearing", "dispute_clearing", 11_000),
    ]
    assert postings(EntryKind.REVERSAL_SENT, names) == [
        ("stripe_balance", "receivable:S", 8_500)
    ]
    assert Reversal.objects.get().amount == 8_500

    disputes.appealed(lost)
    disputes.send_waiting()

    assert postings(EntryKind.DISPUTE_RESTORED, names) == [
        ("order_clearing", "seller_payable:S", 8_500),
        ("order_clearing", "receivable:C", 500),
        ("order_clearing", "platform_commission", 1_000),
        ("order_clearing", "tax_payable:JP", 1_000),
        ("dispute_clearing", "order_clearing", 11_000),
    ]
    assert {n: a for n, a in differences(before, names).items() if a} == {}


def test_a_seller_with_an_empty_balance_makes_it_good_from_the_next_sale(euro_cart):
    order, names = euro_cart
    party = {name: key for key, name in names.items()}["A"]
    account = ConnectedAccount.objects.get(shop__public_id=party)
    sandbox_control.pay_out(account.provider_id, "EUR")

    disputes.decided(disputes.opened(order), "lost")

    refused, sent = Reversal.objects.order_by("pk")
    assert (refused.amount, refused.status, refused.failure_code) == (
        5_368,
        "failed",
        "balance_insufficient",
    )
    assert (sent.amount, sent.status) == (2_855, "sent")
    assert postings(EntryKind.REVERSAL_SENT, names) == [
        ("stripe_balance", "receivable:B", 2_855)
    ]
    assert disputes.balances(names)["receivable:A"] == -5_368

    coat = market.variant(account.shop, price_amount=9_271)
    again = market.buy(market.cart((coat, 1)), market.buyer(email="b@example.com"))
    market.ship(again)
    market.release_sellers()

    assert postings(EntryKind.SELLER_RELEASE, names)[-1] == (
        ("seller_held:A", "seller_payable:A", 9_000)
    )
    assert postings(EntryKind.NETTING, names) == [
        ("seller_payable:A", "receivable:A", 5_368)
    ]
    assert postings(EntryKind.TRANSFER_SENT, names)[-1] == (
        ("clearing_transfer", "stripe_balance", 3_632)
    )
    netting = Netting.objects.get()
    assert (netting.account, netting.seller_order, netting.amount) == (
        account,
        again.seller_orders.get(),
        5_368,
    )
    assert "receivable:A" not in disputes.balances(names)


def differences(before: dict[str, int], names: dict[str, str]) -> dict[str, int]:
    """How each balance changed since, by the names of the example."""
    changed = {}
    for code, amount in ledger.balances().items():
        account, *party = code.split(":")[:-1]
        name = ":".join([account, *(names.get(one, one) for one in party)])
        if code not in before or amount != before[code]:
            changed[name] = amount - before.get(code, 0)
    return changed
