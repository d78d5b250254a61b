"""The two worked examples of docs/money.md, to the cent: from the postings, against the
ledger's balances and the sandbox's own journal and balance.
"""

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from orders.models import OrderLine
from payouts.models import EntryKind, PayoutRunStatus, Posting
from payouts.services import ledger
from tests.factories import market

pytestmark = pytest.mark.django_db
OPENING = 1_000_000


def postings(kind: str, names: dict[str, str]) -> list[tuple[str, str, int]]:
    """All postings of a kind of entry, parties by the names of the example."""

    def named(code: str) -> str:
        account, *party = code.split(":")[:-1]
        return ":".join([account, *(names.get(one, one) for one in party)])

    rows = (
        Posting.objects.filter(entry__kind=kind)
        .select_related("debit", "credit")
        .order_by("pk")
    )
    return [(named(row.debit.code), named(row.credit.code), row.amount) for row in rows]


def transfers_in_journal() -> list[tuple[int, str | None]]:
    """What the sandbox says it sent: amount and the charge drawn on."""
    return [
        (line["amount"], line["request"].get("source_transaction"))
        for line in sandbox_control.journal()
        if line["path"] == "/v1/transfers" and line["outcome"] == "executed"
    ]


def test_the_euro_cart_is_captured_released_sent_and_paid_out(books, settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    trader = market.shop(delivery_amount=495)
    person = market.shop(is_business=False, delivery_amount=650)
    nina = market.creator(trader, rate_bps=1250, funded_by="seller")
    names = {trader.public_id: "A", person.public_id: "B", nina.public_id: "Nina"}
    shirt = market.variant(trader, price_amount=1995)
    mug = market.variant(person, price_amount=2450)
    market.take_in_topups()

    order = market.buy(market.cart((shirt, 3, nina), (mug, 1), code=market.code()))
    charge = order.payments.get().charge_id

    assert order.total_amount == 8_736
    lines = OrderLine.objects.filter(seller_order__order=order).order_by("unit_amount")
    assert [
        (line.gross_amount, line.platform_discount_amount, line.tax_included_amount)
        for line in lines
    ] == [(5_985, 599, 1_039), (2_450, 245, 0)]
    assert postings(EntryKind.CAPTURE, names) == [
        ("stripe_balance", "order_clearing", 8_736),
        ("platform_discounts", "order_clearing", 844),
        ("order_clearing", "seller_held:A", 5_368),
        ("order_clearing", "creator_held:Nina", 618),
        ("order_clearing", "platform_commission", 739),
        ("order_clearing", "seller_held:B", 2_855),
    ]
    assert postings(EntryKind.FEE, names) == [("processing_fee", "stripe_balance", 156)]

    market.ship(order)
    market.release_sellers()

    assert postings(EntryKind.SELLER_RELEASE, names) == [
        ("seller_held:A", "seller_payable:A", 5_368),
        ("seller_held:B", "seller_payable:B", 2_855),
    ]
    assert transfers_in_journal() == [(5_368, charge), (2_855, charge)]
    assert ledger.balances()["stripe_balance:EUR"] == -(OPENING + 357)

    run = market.run_creators(currency="EUR")

    assert run.status == PayoutRunStatus.DONE
    assert postings(EntryKind.CREATOR_RELEASE, names) == [
        ("creator_held:Nina", "creator_payable:Nina", 618)
    ]
    assert postings(EntryKind.TRANSFER, names) == [
        ("seller_payable:A", "clearing_transfer", 5_368),
        ("seller_payable:B", "clearing_transfer", 2_855),
        ("creator_payable:Nina", "clearing_transfer", 618),
    ]
    assert postings(EntryKind.TRANSFER_SENT, names) == [
        ("clearing_transfer", "stripe_balance", 5_368),
        ("clearing_transfer", "stripe_balance", 2_855),
        ("clearing_transfer", "stripe_balance", 618),
    ]
    assert transfers_in_journal()[2:] == [(618, None)]
    # What the sale left, 357, did not do: 261 are the platform's own money.
    assert ledger.balances()["stripe_balance:EUR"] == -(OPENING - 261)
    assert gateway.fetch_balance()["EUR"].available_amount == OPENING - 261
    assert ledger.trial_balance()["EUR"] == 0


def test_the_yen_order_pays_its_tax_to_the_platform(japan, books, settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"JPY": 1}
    seller = market.shop(country="JP", currency="JPY", delivery_amount=0)
    creator = market.creator(seller, rate_bps=500, funded_by="seller")
    names = {seller.public_id: "S", creator.public_id: "C"}
    bowl = market.variant(seller, price_amount=10_000)
    market.take_in_topups()

    order = market.buy(market.cart((bowl, 1, creator)), market.buyer(country="JP"))
    charge = order.payments.get().charge_id

    assert (order.total_amount, order.added_tax_amount) == (11_000, 1_000)
    assert postings(EntryKind.CAPTURE, names) == [
        ("stripe_balance", "order_clearing", 11_000),
        ("order_clearing", "seller_held:S", 8_500),
        ("order_clearing", "creator_held:C", 500),
        ("order_clearing", "platform_commission", 1_000),
        ("order_clearing", "tax_payable:JP", 1_000),
    ]
    assert postings(EntryKind.FEE, names) == [("processing_fee", "stripe_balance", 396)]

    market.ship(order)
    market.release_sellers()
    run = market.run_creators(currency="JPY")

    assert run.status == PayoutRunStatus.DONE
    assert postings(EntryKind.SELLER_RELEASE, names) == [
        ("seller_held:S", "seller_payable:S", 8_500)
    ]
    assert postings(EntryKind.CREATOR_RELEASE, names) == [
        ("creator_held:C", "creator_payable:C", 500)
    ]
    assert postings(EntryKind.TRANSFER_SENT, names) == [
        ("clearing_transfer", "stripe_balance", 8_500),
        ("clearing_transfer", "stripe_balance", 500),
    ]
    assert transfers_in_journal() == [(8_500, charge), (500, None)]
    balances = ledger.balances()
    assert balances["stripe_balance:JPY"] == -(OPENING + 11_000 - 396 - 9_000)
    assert gateway.fetch_balance()["JPY"].available_amount == OPENING + 1_604
    assert balances["tax_payable:JP:JPY"] == 1_000
    assert ledger.trial_balance()["JPY"] == 0
